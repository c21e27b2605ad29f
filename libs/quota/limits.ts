/** The budgets' sizes, and who may use how much of them. */
import type { QuotaPriority } from './quota.ts';

/** A sliding window of calls. */
export interface WindowShape {
  /** Calls allowed in any stretch of `windowMs`. */
  readonly limitCalls: number;
  /** Length of the window, milliseconds. */
  readonly windowMs: number;
  /** Calls are counted in slots of this length, milliseconds; a slot leaves the window as a whole, so counts err upwards. */
  readonly bucketMs: number;
}

/** The CRM's limit: 1,200 requests in a sliding 10 minutes per workspace, all its tokens together (fact P1.5). */
export const CRM_LIMIT_CALLS = 1_200;
export const CRM_WINDOW_MS = 600_000;
/** Between our count and the CRM's lies the way there: calls of one stretch may arrive in a shorter one. */
export const CRM_TRANSIT_MS = 10_000;
/** Slots of 5 s: 122 small numbers a workspace, and a call is held at most 5 s too long. */
export const CRM_BUCKET_MS = 5_000;

/** The CRM's window with the way there added. */
export const CRM_WINDOW: WindowShape = Object.freeze({
  limitCalls: CRM_LIMIT_CALLS,
  windowMs: CRM_WINDOW_MS + CRM_TRANSIT_MS,
  bucketMs: CRM_BUCKET_MS,
});

/**
 * Share of a budget up to which each class is served, all classes' calls counted together. Live edits may use all but a
 * margin for calls that were made and not counted.
 */
export const PRIORITY_SHARE: Readonly<Record<QuotaPriority, number>> = Object.freeze({
  live: 0.98,
  repair: 0.8,
  backfill: 0.6,
});

/** Calls up to which a class is served out of a budget. At least 1 for live edits, or a tiny plan could never write. */
export function limitFor(priority: QuotaPriority, budgetCalls: number): number {
  const calls = Math.floor(budgetCalls * PRIORITY_SHARE[priority]);
  return priority === 'live' ? Math.max(calls, Math.min(1, budgetCalls)) : calls;
}

/**
 * The new month begins for us this much after 00:00 UTC, milliseconds. Unleashed's clock decides (fact U9.5); to begin
 * early would meet a block and take the new month for spent.
 */
export const MONTH_GUARD_MS = 60_000;

/** First wait after a 429 without Retry-After, milliseconds; doubles with each further one. */
export const BLOCK_FIRST_MS = 10_000;
/** Longest wait after a 429, milliseconds, whatever Retry-After says: a nonsense value must not stop a tenant for days. */
export const BLOCK_MAX_MS = 600_000;
/** A 429 this long after the last wait counts as the first again, milliseconds. */
export const BLOCK_MEMORY_MS = 600_000;
