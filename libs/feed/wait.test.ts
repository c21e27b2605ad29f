import { expect, test } from 'vitest';
import { ApiError, type ApiErrorCode, BudgetError } from '#http-api';
import { CREDENTIALS_WAIT_MS, QUOTA_WAIT_MS, RATE_LIMIT_WAIT_MS, waitAfter } from './wait.ts';

const NOW_MS = 1_000_000;
const PATIENCE = { firstMs: 700, longestMs: 90_000 };
const error = (code: ApiErrorCode, retryAfterMs: number | null = null) =>
  new ApiError(code, 'as told', { call: 'GET /x', retryAfterMs });

test.each([
  ['passing trouble', error('UNAVAILABLE'), 1, 700],
  ['again', error('TIMEOUT'), 3, 2_800],
  ['for long', error('NONSENSE_ANSWER'), 99, 90_000],
  ['with Retry-After', error('UNAVAILABLE', 9_000), 1, 9_000],
  ['credentials', error('CREDENTIALS_REFUSED'), 1, CREDENTIALS_WAIT_MS],
  ['quota', error('QUOTA_SPENT'), 1, QUOTA_WAIT_MS],
  ['429', error('RATE_LIMITED'), 1, RATE_LIMIT_WAIT_MS],
  ['429 with Retry-After', error('RATE_LIMITED', 60_000), 1, 60_000],
  ['our own budget', new BudgetError('unleashed', NOW_MS + 77_000, false), 5, 77_000],
  ['our own budget, from a clock ahead', new BudgetError('crm', 0, false), 1, 700],
  ['a store', new Error('away'), 2, 1_400],
])('%s', (_name, given, failures, wanted) => {
  expect(waitAfter(given, failures, NOW_MS, PATIENCE)).toBe(wanted);
});
