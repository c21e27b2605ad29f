/**
 * Changes that an event named and whose read was given up: they are left to catching up. That goes by stamps and does not show a
 * row whose stamp is not a new one, because the CRM's clock was set back or the change moves none. So what the walks of a round did
 * not show is read by name at its end.
 */
import { type CrmChange, type CrmEntity, parseLedgerKey } from '#prospect-crm';
import { type JsonRecord, textOf } from '#runtime';
import type { FeedSet } from './catch-up.ts';
import type { CapturePorts } from './ports.ts';
import { readChange } from './read-change.ts';

/** A change that is left. */
export interface LeftChange extends CrmChange {
  /** When it was left, our clock. */
  leftAtMs: number;
}

/** Where they are kept. Rejects with RuntimeError when it cannot be asked. */
export interface LeftStore {
  leave(change: LeftChange): Promise<void>;
  forget(changes: readonly LeftChange[]): Promise<void>;
}

/** Reads of one round that may fail: a record that cannot be read stands in nobody's way, and an outage costs few calls. */
const MAX_FAILURES = 3;

const ENTITY: Readonly<Record<FeedSet, CrmEntity>> = {
  Users: 'User',
  Divisions: 'Division',
  Contacts: 'Contact',
  Addresses: 'Address',
  SalesLedgers: 'SalesLedger',
};

const KEYS: Readonly<Record<Exclude<FeedSet, 'SalesLedgers'>, string>> = {
  Users: 'UserCode',
  Divisions: 'DivisionId',
  Contacts: 'ContactId',
  Addresses: 'AddressId',
};

/** What was left before a round began, and what its walks have shown of it since. */
export interface LeftOfRound {
  readonly changes: readonly LeftChange[];
  /** Takes note of rows of a set that a walk has read. */
  read(set: FeedSet, rows: readonly JsonRecord[]): void;
  isShown(change: CrmChange): boolean;
}

/** Begins to watch what a round shows. */
export function watchLeft(changes: readonly LeftChange[]): LeftOfRound {
  const unseen = new Set(changes.map(nameOf));
  return {
    changes,
    read(set, rows) {
      if (unseen.size > 0) for (const row of rows) unseen.delete(rowOf(set, row));
    },
    isShown: (change) => !unseen.has(nameOf(change)),
  };
}

function rowOf(set: FeedSet, row: JsonRecord): string {
  return set === 'SalesLedgers'
    ? rowName('SalesLedger', ledgerName(textOf(row, 'OperatingCompanyCode'), textOf(row, 'SalesLedgerId')))
    : rowName(ENTITY[set], textOf(row, KEYS[set]));
}

/** The text that a change is kept as. Each time that a row is left has a text of its own. */
export function leftText({ entity, id, leftAtMs }: LeftChange): string {
  return `${entity}/${leftAtMs}/${id}`;
}

/** Reads such a text; null for anything else. */
export function parseLeft(text: string): LeftChange | null {
  const [, entity = '', leftAtMs, id = ''] = /^(\w+)\/(\d+)\/(.*)$/s.exec(text) ?? [];
  const known = Object.values(ENTITY).find((one) => one === entity);
  return known === undefined ? null : { entity: known, id, leftAtMs: Number(leftAtMs) };
}

/**
 * Reads and publishes what was left before a round began and was not shown by its walks. Resolves with false when some of it could
 * not be read and is left for the next round; what is older than a walk over everything is forgotten.
 *
 * @param sweepMs time between walks over everything, milliseconds
 * @param onError told why a change could not be read
 */
export async function readLeft(
  ports: CapturePorts,
  store: LeftStore,
  left: LeftOfRound,
  sweepMs: number,
  onError: (error: unknown) => void,
): Promise<boolean> {
  if (left.changes.length === 0) return true;
  const oldestMs = ports.now() - sweepMs;
  const isOver = (one: LeftChange): boolean => one.leftAtMs < oldestMs || left.isShown(one);
  await store.forget(left.changes.filter(isOver));
  const byRow = Map.groupBy(
    left.changes.filter((one) => !isOver(one)),
    nameOf,
  );
  let failures = 0;
  for (const changes of byRow.values()) {
    const [change] = changes;
    if (change === undefined || failures === MAX_FAILURES) break;
    try {
      await readChange(ports, change, 0);
    } catch (error) {
      failures += 1;
      onError(error);
      continue;
    }
    await store.forget(changes);
  }
  return failures === 0;
}

function nameOf({ entity, id }: CrmChange): string {
  if (entity !== 'SalesLedger') return rowName(entity, id);
  const { operatingCompanyCode, salesLedgerId } = parseLedgerKey(id);
  return rowName(entity, ledgerName(operatingCompanyCode ?? '', salesLedgerId));
}

function ledgerName(operatingCompanyCode: string, salesLedgerId: string): string {
  return `${operatingCompanyCode}/${salesLedgerId}`;
}

function rowName(entity: CrmEntity, id: string): string {
  return `${entity}/${id}`;
}
