/** What to read next of a tenant. Pure. */
import { sweepIntervalMs } from '#quota';
import type { Cursor } from './cursor.ts';

/** How often to read. */
export interface Pace {
  /** Milliseconds between polls: the wanted freshness, stretched to what the budget allows. */
  pollMs: number;
  /** Milliseconds between sweeps of an account that is too big for one page. */
  sweepMs: number;
}

/** A read that is due. */
export type Job =
  /** All customers with all contacts in one call. */
  | { kind: 'whole' }
  /** One page of the walk over all customers. */
  | { kind: 'sweep-page'; page: number }
  /** Customers changed since the cursor. */
  | { kind: 'delta' }
  /** All sales people. */
  | { kind: 'salespersons' };

/** A long list of contacts is read again after this time, milliseconds, when nothing says that it changed. */
export const LONG_LIST_MS = 3_600_000;

/** Polls from one read of the sales people to the next: they change seldom. */
export const POLLS_PER_SALESPERSONS = 12;

/** Whether the account fits into one page, so that a poll sees everything at the cost of one call. */
export function fitsOnePage({ numberOfItems, pageSize }: Cursor): boolean {
  return numberOfItems !== null && numberOfItems <= pageSize;
}

/** Pages of a walk over all customers. */
export function pagesOf({ numberOfItems, pageSize }: Cursor): number {
  return Math.max(1, Math.ceil((numberOfItems ?? 1) / pageSize));
}

/** The reads of one poll, in order. At most one page of a sweep, so that hints and changes come in between. */
export function jobsOf(cursor: Cursor, pace: Pace, nowMs: number): Job[] {
  const jobs: Job[] = [];
  if (cursor.salespersonsAtMs === null || nowMs - cursor.salespersonsAtMs >= pace.pollMs * POLLS_PER_SALESPERSONS) {
    jobs.push({ kind: 'salespersons' });
  }
  if (fitsOnePage(cursor) && cursor.sweep === null) return [...jobs, { kind: 'whole' }];
  if (cursor.sinceMs !== null) jobs.push({ kind: 'delta' });
  if (cursor.sweep !== null) jobs.push({ kind: 'sweep-page', page: cursor.sweep.page });
  else if (cursor.sweptAtMs === null || nowMs - cursor.sweptAtMs >= pace.sweepMs)
    jobs.push({ kind: 'sweep-page', page: 1 });
  return jobs;
}

/** When to poll again: at once while the first sweep is under way, since nothing is known before it is through. */
export function nextPollMs(cursor: Cursor, pace: Pace, nowMs: number): number {
  return cursor.sweep !== null && cursor.sinceMs === null ? nowMs : nowMs + pace.pollMs;
}

/**
 * Time from one moment at which everything is known to the next: the changes of a large account leave out contacts, whose
 * edits may not show on their customer (fact U13.2), and long lists are read in turns.
 */
export function completeEveryMs(cursor: Cursor, { pollMs, sweepMs }: Pace): number {
  if (!fitsOnePage(cursor)) return sweepMs;
  return Object.keys(cursor.longLists).length > 0 ? Math.max(pollMs, LONG_LIST_MS) : pollMs;
}

/** Time between sweeps such that they take their share of the month's calls and no more. */
export function sweepMs(cursor: Cursor, monthlyCalls: number): number {
  return sweepIntervalMs(pagesOf(cursor), monthlyCalls);
}
