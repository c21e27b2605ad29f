/** The record that a command is about: how it is read, written and compared. One target per kind of record. */
import type { Field } from '#contracts';
import { CrmApiError, type CrmEntity, type CrmRead, type CrmSet } from '#prospect-crm';
import type { JsonRecord } from '#runtime';
import { type FieldRefusal, guardOf, type Seen } from '#sink';
import type { Context } from './ports.ts';

/** A kind of record. Its calls reject with CrmApiError, BudgetError or GateClosedError. */
export interface Target<F extends Field> {
  /** The fields that it has. */
  readonly fields: readonly F[];
  /** Properties of the API by field, to read from a refusal which field it is about. */
  readonly properties: Readonly<Record<F, readonly string[]>>;
  /** Reads the record. One that is not there is a CrmApiError with code NOT_FOUND. */
  read(): Promise<Seen<F>>;
  /** Why a value need not even be tried; null when it may. */
  refuse(seen: Seen<F>, field: F, value: string): FieldRefusal | null;
  /** Fields that are one row of the CRM, and so one call. */
  rows(fields: readonly F[]): F[][];
  /** Writes the given fields of one row and no others (fact P2.8). */
  write(seen: Seen<F>, changes: ReadonlyMap<F, string>): Promise<void>;
  /** Properties, other than those of written fields, that differ between two reads (I5). */
  drift(before: Seen<F>, after: Seen<F>, written: readonly F[]): string[];
}

/** Reads one row. */
export async function readRow(context: Context, set: CrmSet, key: string, expand: readonly string[]): Promise<CrmRead> {
  context.calls += 1;
  const query = expand.length === 0 ? {} : { expand: [...expand] };
  const read = await context.ports.api.get(set, Number(key), query, { purpose: context.purpose });
  if (read !== null) return read;
  throw new CrmApiError('NOT_FOUND', 'no such record', { call: `GET ${set}` });
}

/** Rows that commands write, as events name them. */
const ENTITY = { Divisions: 'Division', Addresses: 'Address', Contacts: 'Contact' } as const satisfies Partial<
  Record<CrmSet, CrmEntity>
>;

/** Writes some properties of one row, if the command may still write when the request goes out. */
export async function patchRow(
  context: Context,
  set: keyof typeof ENTITY,
  key: string,
  body: JsonRecord,
): Promise<void> {
  const { api, ownEvents } = context.ports;
  const row = { entity: ENTITY[set], id: key };
  context.calls += 1;
  // A count that cannot be kept costs a look, or the time until the next catch-up.
  const uncounted = (): undefined => undefined;
  await ownEvents.expect(row).catch(uncounted);
  try {
    await api.patch(set, Number(key), body, { purpose: context.purpose, guard: guardOf(context) });
  } catch (error) {
    if (!(error instanceof CrmApiError) || error.fateKnown) await ownEvents.expectNoMore(row).catch(uncounted);
    throw error;
  }
}
