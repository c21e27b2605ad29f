/** The orders that a plan would give: for each record, conflict or company that it is about. */
import { listConflicts } from '../read-model/history.ts';
import { judgedKinds, kindsOf } from '../read-model/kinds.ts';
import { listRecords } from '../read-model/list-records.ts';
import type { PossibleOrder } from '../read-model/order-forecast.ts';
import { kindsWith, WAITING } from '../read-model/plans.ts';
import { type Asked, circumstancesOf } from '../read-model/question.ts';
import { findLink } from '../read-model/show-record.ts';
import { fails } from '../read-model/summary.ts';
import { noSuchCheck } from '../read-routes.ts';
import { PLAN_ITEMS_MAX, type PlanBody } from './plan-body.ts';
import { selectRepairs } from './select-repairs.ts';

/** Rows of a list asked for at a time. */
const ROWS = 200;

/** Selected orders, at most as many as one plan may hold. */
export interface Selection {
  readonly orders: readonly PossibleOrder[];
  /** There were more. */
  readonly more: boolean;
}

interface Named {
  readonly entity: 'company' | 'contact';
  readonly crm_id: string | null;
  readonly unleashed_id: string | null;
}

/** Selects the orders of a plan. Throws Problem 404 for a check that is not known. */
export async function selectOrders(asked: Asked, body: PlanBody): Promise<Selection> {
  if (body.kind === 'repair-drift') {
    const checkId = body.checkId ?? '';
    const orders = (await selectRepairs(asked, { ...body, checkId })) ?? noSuchCheck(checkId);
    return { orders: orders.slice(0, PLAN_ITEMS_MAX), more: orders.length > PLAN_ITEMS_MAX };
  }
  if (body.kind === 'restore') return await restores(asked, body.conflictIds);
  const named = await namedBy(asked, body);
  const orders = named.flatMap((one) => orderOf(body.kind, one) ?? []);
  return { orders: orders.slice(0, PLAN_ITEMS_MAX), more: orders.length > PLAN_ITEMS_MAX };
}

/** The order for one record; null where the record is of no such kind. */
function orderOf(kind: string, { entity, crm_id: crmId, unleashed_id: unleashedId }: Named): PossibleOrder | null {
  const rest = { kind, entity, field: null, value: null };
  if (kind === 'sync-contact') {
    return entity === 'contact' && crmId !== null ? { ...rest, side: 'crm', recordId: crmId } : null;
  }
  if (crmId !== null) return { ...rest, side: 'crm', recordId: crmId };
  return unleashedId === null ? null : { ...rest, side: 'unleashed', recordId: unleashedId };
}

async function namedBy(asked: Asked, { kind, reason, records, filter }: PlanBody): Promise<Named[]> {
  if (records !== undefined) {
    const found: Named[] = [];
    for (const { entity, id } of records) {
      const link = await findLink(asked, entity, id);
      if (link !== null) found.push({ entity, crm_id: link.crm?.id ?? null, unleashed_id: link.unleashed?.id ?? null });
    }
    return found;
  }
  if (filter !== undefined) return listed(asked, filter);
  return ofKinds(asked, kindsFor(asked, kind, reason));
}

function listed(asked: Asked, filter: NonNullable<PlanBody['filter']>): Named[] {
  const found: Named[] = [];
  let cursor: string | undefined;
  do {
    const { records, next } = listRecords(asked, { ...filter, cursor, limit: ROWS });
    for (const { entity, crmId, unleashedId } of records) {
      found.push({ entity, crm_id: crmId, unleashed_id: unleashedId });
    }
    cursor = next ?? undefined;
  } while (cursor !== undefined && found.length <= PLAN_ITEMS_MAX);
  return found;
}

/** Kinds of records that a plan is about where nobody names any. */
function kindsFor(asked: Asked, kind: string, reason: string | undefined): number[] {
  const waiting = WAITING.find(([made]) => made === (kind === 'refuse' ? 'release' : kind));
  if (waiting !== undefined) return kindsWith(asked, (one) => one.reason === waiting[1]).map(({ id }) => id);
  if (kind === 'run-overnight') {
    const differ = kindsOf(asked.connection, asked.tenant.no).filter(
      ({ facts }) =>
        facts.entity === 'company' &&
        facts.whole === null &&
        facts.fields.some(({ field }) => field === 'accountManager'),
    );
    return differ.map(({ id }) => id);
  }
  const judged = judgedKinds(asked.connection, asked.tenant.no, circumstancesOf(asked));
  return judged.filter((one) => fails(one) && one.reason === (reason ?? one.reason)).map(({ id }) => id);
}

function ofKinds({ connection }: Asked, kinds: readonly number[]): Named[] {
  return connection.all<Named>(
    `SELECT entity, crm_id, unleashed_id FROM links WHERE kind IN (SELECT value FROM json_each(?))
       AND entity IN ('company', 'contact') ORDER BY name_key, id LIMIT ?`,
    ...[JSON.stringify(kinds), PLAN_ITEMS_MAX + 1],
  );
}

/** The values that lost, each on its side, youngest first; of a field that lost more than once, the youngest. */
async function restores(asked: Asked, conflictIds: readonly string[] | undefined): Promise<Selection> {
  const wanted = conflictIds === undefined ? null : new Set(conflictIds);
  const orders = new Map<string, PossibleOrder>();
  let cursor: string | undefined;
  do {
    const { conflicts, next } = await listConflicts(asked, { open: false, cursor, limit: ROWS });
    for (const { conflictId, entity, id, field, winner, crmValue, unleashedValue } of conflicts) {
      if (wanted !== null && !wanted.delete(conflictId)) continue;
      if ((entity !== 'company' && entity !== 'contact') || winner === 'none') continue;
      const key = `${entity} ${id} ${field}`;
      if (orders.has(key)) continue;
      const link = await findLink(asked, entity, id);
      const side = winner === 'crm' ? 'unleashed' : 'crm';
      const recordId = link?.[side]?.id;
      const value = side === 'crm' ? crmValue : unleashedValue;
      if (recordId !== undefined) orders.set(key, { kind: 'restore', entity, side, recordId, field, value });
    }
    cursor = wanted?.size === 0 ? undefined : (next ?? undefined);
  } while (cursor !== undefined && orders.size <= PLAN_ITEMS_MAX);
  const all = [...orders.values()];
  return { orders: all.slice(0, PLAN_ITEMS_MAX), more: all.length > PLAN_ITEMS_MAX };
}
