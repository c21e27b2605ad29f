/**
 * Sends changes row by row, so that a field that the CRM does not take stops itself alone and not the others (row 14 of the
 * mission). Where the refusal names the field, that one is left out; where it does not, each is tried alone.
 */
import type { Field } from '#contracts';
import { CrmApiError } from '#prospect-crm';
import type { FieldRefusal } from '#sink';

/** What became of the changes. */
export interface Sent<F extends Field> {
  /** Fields that the CRM took. */
  accepted: F[];
  /** Fields that it refused. */
  refused: Map<F, FieldRefusal>;
  /** Fields of the call that ended it; empty when all were settled. */
  failed: F[];
  /** The error that ended it before every field was settled; null when all were. */
  failure: unknown;
}

/** Sends each row in one call, and in more only if something of it is refused: at most two per field. */
export async function sendIsolating<F extends Field>(
  rows: readonly F[][],
  properties: Readonly<Record<F, readonly string[]>>,
  write: (fields: readonly F[]) => Promise<void>,
): Promise<Sent<F>> {
  const sent: Sent<F> = { accepted: [], refused: new Map(), failed: [], failure: null };
  let groups = [...rows];
  while (groups.length > 0) {
    const [group = [], ...rest] = groups;
    groups = rest;
    try {
      await write(group);
      sent.accepted.push(...group);
    } catch (error) {
      if (!(error instanceof CrmApiError) || error.code !== 'REFUSED')
        return { ...sent, failed: group, failure: error };
      const named = fieldsNamed(error, group, properties);
      const stopped = group.length === 1 ? group : named;
      for (const field of stopped) sent.refused.set(field, { code: 'invalid-value', message: error.message });
      const left = group.filter((field) => !stopped.includes(field));
      if (left.length > 0) groups.push(...(stopped.length > 0 ? [left] : left.map((field) => [field])));
    }
  }
  return sent;
}

/** The fields that a refusal names by their properties (fact P2.11: details[].target). */
export function fieldsNamed<F extends Field>(
  error: CrmApiError,
  fields: readonly F[],
  properties: Readonly<Record<F, readonly string[]>>,
): F[] {
  const targets = new Set(error.targets.map((target) => target.toLowerCase()));
  return fields.filter((field) => properties[field].some((property) => targets.has(property.toLowerCase())));
}
