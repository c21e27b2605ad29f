/**
 * Catching up: what changed since the last time, set by set, so that an event that never came only costs time.
 *
 * Companies and contacts are read by their own time stamp. An address and an account have no topic of their own: a change of
 * theirs does not move the company's stamp (fact P3), so their sets are followed too and lead to the companies that show them.
 * Users are few and have no stamp that we know of: all are read.
 *
 * Rows are read in the order of their keys. Nothing is ever taken out of such a list while it is walked through (deletes are
 * soft, fact P2.10, and stamps only grow), so going on by `$skip` can show a row twice and cannot miss one.
 */
import {
  COMPANY_EXPAND,
  type CrmPage,
  type CrmQuery,
  companiesAt,
  companiesOf,
  parseStamp,
  stampLiteral,
} from '#prospect-crm';
import { type JsonRecord, textOf } from '#runtime';
import { beginWalk, endWalk, mark, passPage, type SetCursor } from './cursor.ts';
import { takeIn } from './intake.ts';
import type { CapturePorts, RecordKind } from './ports.ts';

/** Sets that are followed. */
export type FeedSet = 'Users' | 'Divisions' | 'Contacts' | 'Addresses' | 'SalesLedgers';

/** How to catch up. */
export interface CatchUpPace {
  /** Time within which a row may still become visible with an old stamp, milliseconds. */
  overlapMs: number;
  /** Time between walks over all rows, milliseconds. */
  sweepMs: number;
  /** Time between reads of all users, milliseconds. */
  usersMs: number;
  /** Pages of one set that are read in one go, at most. */
  maxPages: number;
}

/** The order in which sets are read: who is named before what names it. */
export const FEED_SETS = ['Users', 'Divisions', 'Contacts', 'Addresses', 'SalesLedgers'] as const satisfies FeedSet[];

/** Sets that are read for the companies that show their rows. */
export const INDIRECT_SETS = ['Addresses', 'SalesLedgers'] as const satisfies FeedSet[];

const ORDER: Readonly<Record<FeedSet, string[]>> = {
  Users: ['UserCode'],
  Divisions: ['DivisionId'],
  Contacts: ['ContactId'],
  Addresses: ['AddressId'],
  SalesLedgers: ['OperatingCompanyCode', 'SalesLedgerId'],
};

const KIND: Readonly<Record<Exclude<FeedSet, 'Addresses' | 'SalesLedgers'>, RecordKind>> = {
  Users: 'user',
  Divisions: 'company',
  Contacts: 'contact',
};

/** How far a step came. */
export interface Step {
  cursor: SetCursor;
  /** True when the walk is through; else it goes on with the next step. */
  isDone: boolean;
}

/** Whether the set is due for a walk over all rows. */
export function isSweepDue(set: FeedSet, cursor: SetCursor, pace: CatchUpPace, nowMs: number): boolean {
  if (isIndirect(set)) return false;
  if (cursor.sweptAtMs === null) return true;
  return nowMs - cursor.sweptAtMs >= (set === 'Users' ? pace.usersMs : pace.sweepMs);
}

/** Whether there is anything to read now. Users are read when all of them are due, and never by stamp. */
export function isDue(set: FeedSet, cursor: SetCursor, pace: CatchUpPace, nowMs: number): boolean {
  return set !== 'Users' || cursor.walk !== null || isSweepDue(set, cursor, pace, nowMs);
}

/**
 * Reads on in a set. The cursor that comes back must be kept before the next step; when it is lost, rows are read again.
 * Rejects with what reading and publishing reject with, and the step is then to be repeated from the cursor given to `keep`.
 *
 * @param keep keeps the cursor between two pages
 * @param read is told of the rows of each page when they are taken in
 */
export async function catchUp(
  ports: CapturePorts,
  set: FeedSet,
  from: SetCursor,
  pace: CatchUpPace,
  keep: (cursor: SetCursor) => Promise<void>,
  read: (rows: readonly JsonRecord[]) => void = () => undefined,
): Promise<Step> {
  if (isIndirect(set) && from.settled === null) return startHere(ports, set, from, pace);
  const isSweep = isSweepDue(set, from, pace, ports.now());
  let cursor = beginWalk(from, isSweep, ports.now(), pace.overlapMs);
  const { since, skip } = cursor.walk ?? { since: null, skip: 0 };
  const query: CrmQuery = {
    orderBy: ORDER[set],
    skip,
    ...(set === 'Divisions' ? { expand: COMPANY_EXPAND } : {}),
    ...(since === null ? {} : { filter: { LastUpdatedTimestamp: { gt: stampLiteral(since) } } }),
  };
  let pages = 0;
  for await (const page of ports.api.pages(set, query, { purpose: since === null ? 'backfill' : 'repair' })) {
    // Not after the last page: the caller keeps what comes back.
    if (pages > 0) await keep(cursor);
    // The first walk of all is a catch-up too; later ones publish everything, so that whatever was forgotten heals.
    await takePage(ports, set, page, since === null && from.sweptAtMs !== null);
    read(page.records);
    cursor = passPage(cursor, page.records.map(stampOf));
    pages += 1;
    if (pages >= pace.maxPages) return { cursor, isDone: false };
  }
  return { cursor: endWalk(cursor, ports.now(), pace.overlapMs), isDone: true };
}

/** Rows of these sets need no first walk: the walk over the companies shows them. Only where they stand now is noted. */
async function startHere(ports: CapturePorts, set: FeedSet, cursor: SetCursor, pace: CatchUpPace): Promise<Step> {
  const startedAtMs = ports.now();
  const query = { orderBy: ['LastUpdatedTimestamp desc'], top: 1 };
  for await (const { records } of ports.api.pages(set, query, { purpose: 'repair' })) {
    const newest = records[0] === undefined ? null : stampOf(records[0]);
    if (newest !== null)
      return { cursor: mark(cursor, newest, startedAtMs, ports.now(), pace.overlapMs), isDone: true };
  }
  return { cursor, isDone: true };
}

async function takePage(ports: CapturePorts, set: FeedSet, page: CrmPage, isSweep: boolean): Promise<void> {
  const { records, readStartedAtMs } = page;
  const readCause = isSweep ? 'sweep' : 'catch-up';
  if (!isIndirect(set)) {
    const reads = records.map((record) => ({ record, readStartedAtMs }));
    // Users carry no stamp that we know of: they are published when they change.
    return takeIn(ports, KIND[set], reads, readCause, !isSweep || set === 'Users');
  }
  const options = { purpose: 'repair' };
  const companies =
    set === 'Addresses'
      ? await companiesAt(ports.api, records.map((record) => textOf(record, 'AddressId')).filter(Boolean), options)
      : await companiesOf(ports.api, records.map(ledgerKeyOf), options);
  return takeIn(ports, 'company', companies, readCause, true);
}

function ledgerKeyOf(record: JsonRecord) {
  return {
    operatingCompanyCode: textOf(record, 'OperatingCompanyCode'),
    salesLedgerId: textOf(record, 'SalesLedgerId'),
  };
}

function isIndirect(set: FeedSet): set is 'Addresses' | 'SalesLedgers' {
  return set === 'Addresses' || set === 'SalesLedgers';
}

function stampOf(record: JsonRecord): number | null {
  return parseStamp(textOf(record, 'LastUpdatedTimestamp'));
}
