/** How long a tenant's feed waits after an error. Pure. */
import { UnleashedApiError } from '#unleashed';

/** First wait after a passing trouble, milliseconds; doubled with each failure in a row. */
export const FIRST_WAIT_MS = 1_000;
/** Longest wait after a passing trouble, milliseconds. */
export const LONGEST_WAIT_MS = 300_000;
/** Wait after credentials were refused, milliseconds. A changed tenants file ends it at once. */
export const CREDENTIALS_WAIT_MS = 300_000;
/** Wait after the quota was found spent, milliseconds: bundles of calls can be bought at any time (fact U9.5). */
export const QUOTA_WAIT_MS = 3_600_000;
/** Shortest wait after 429, milliseconds. */
export const RATE_LIMIT_WAIT_MS = 10_000;

/** Milliseconds to wait. `failures`: failures in a row, this one included; at least 1. */
export function waitAfter(error: unknown, failures: number, nowMs: number): number {
  const doubling = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 12), LONGEST_WAIT_MS);
  if (hasRetryAt(error)) return Math.max(error.retryAtMs - nowMs, FIRST_WAIT_MS);
  if (!(error instanceof UnleashedApiError)) return doubling;
  if (error.code === 'CREDENTIALS_REFUSED') return CREDENTIALS_WAIT_MS;
  if (error.code === 'QUOTA_SPENT') return QUOTA_WAIT_MS;
  if (error.code === 'RATE_LIMITED') return Math.max(error.retryAfterMs ?? 0, RATE_LIMIT_WAIT_MS);
  return Math.max(error.retryAfterMs ?? 0, doubling);
}

/** Whether a list was too big to be taken, so that smaller pages are worth a try. */
export function wasTooBig(error: unknown): boolean {
  return error instanceof UnleashedApiError && error.tooBig;
}

function hasRetryAt(error: unknown): error is { retryAtMs: number } {
  return typeof error === 'object' && error !== null && 'retryAtMs' in error && typeof error.retryAtMs === 'number';
}
