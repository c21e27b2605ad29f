/** How long to wait after an error of reading. Pure. */
import { CrmApiError } from '#prospect-crm';

/** First wait after a passing trouble, milliseconds; doubled with each failure in a row. */
export const FIRST_WAIT_MS = 500;
/** Longest wait after a passing trouble, milliseconds. */
export const LONGEST_WAIT_MS = 120_000;
/** Wait after credentials were refused, milliseconds. A changed tenants file ends it at once. */
export const CREDENTIALS_WAIT_MS = 300_000;
/** Shortest wait after 429, milliseconds (fact P1.6: Retry-After may be absent). */
export const RATE_LIMIT_WAIT_MS = 10_000;

/** Milliseconds to wait. `failures`: failures in a row, this one included; at least 1. */
export function waitAfter(error: unknown, failures: number, nowMs: number): number {
  const doubling = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 12), LONGEST_WAIT_MS);
  if (hasRetryAt(error)) return Math.max(error.retryAtMs - nowMs, FIRST_WAIT_MS);
  if (!(error instanceof CrmApiError)) return doubling;
  if (error.code === 'CREDENTIALS_REFUSED') return CREDENTIALS_WAIT_MS;
  if (error.code === 'RATE_LIMITED') return Math.max(error.retryAfterMs ?? 0, RATE_LIMIT_WAIT_MS);
  return Math.max(error.retryAfterMs ?? 0, doubling);
}

function hasRetryAt(error: unknown): error is { retryAtMs: number } {
  return typeof error === 'object' && error !== null && 'retryAtMs' in error && typeof error.retryAtMs === 'number';
}
