/** How long a tenant's feed waits after an error. Pure. */
import { ApiError } from '#http-api';

/** Wait after credentials were refused, milliseconds. A changed tenants file ends it at once. */
export const CREDENTIALS_WAIT_MS = 300_000;
/** Wait after the quota was found spent, milliseconds: bundles of calls can be bought at any time (fact U9.5). */
export const QUOTA_WAIT_MS = 3_600_000;
/** Shortest wait after 429, milliseconds (fact P1.6: Retry-After may be absent). */
export const RATE_LIMIT_WAIT_MS = 10_000;

/** Waits after a passing trouble. */
export interface Patience {
  /** After the first failure, milliseconds; doubled with each one in a row. */
  firstMs: number;
  /** At most, milliseconds. */
  longestMs: number;
}

/** Milliseconds to wait. `failures`: failures in a row, this one included; at least 1. */
export function waitAfter(error: unknown, failures: number, nowMs: number, { firstMs, longestMs }: Patience): number {
  const doubling = Math.min(firstMs * 2 ** Math.min(failures - 1, 12), longestMs);
  if (hasRetryAt(error)) return Math.max(error.retryAtMs - nowMs, firstMs);
  if (!(error instanceof ApiError)) return doubling;
  if (error.code === 'CREDENTIALS_REFUSED') return CREDENTIALS_WAIT_MS;
  if (error.code === 'QUOTA_SPENT') return QUOTA_WAIT_MS;
  if (error.code === 'RATE_LIMITED') return Math.max(error.retryAfterMs ?? 0, RATE_LIMIT_WAIT_MS);
  return Math.max(error.retryAfterMs ?? 0, doubling);
}

function hasRetryAt(error: unknown): error is { retryAtMs: number } {
  return typeof error === 'object' && error !== null && 'retryAtMs' in error && typeof error.retryAtMs === 'number';
}
