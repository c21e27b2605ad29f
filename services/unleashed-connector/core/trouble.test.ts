import { expect, test } from 'vitest';
import { type ApiErrorCode, BudgetError } from '#http-api';
import { UnleashedApiError } from '#unleashed';
import {
  CREDENTIALS_WAIT_MS,
  FIRST_WAIT_MS,
  LONGEST_WAIT_MS,
  QUOTA_WAIT_MS,
  RATE_LIMIT_WAIT_MS,
  waitAfter,
} from './trouble.ts';

const NOW_MS = 1_000_000;
const error = (code: ApiErrorCode, retryAfterMs: number | null = null) =>
  new UnleashedApiError(code, 'as told', { call: 'GET /x', retryAfterMs });

test.each([
  ['passing trouble', error('UNAVAILABLE'), 1, FIRST_WAIT_MS],
  ['again', error('TIMEOUT'), 3, 4 * FIRST_WAIT_MS],
  ['for long', error('NONSENSE_ANSWER'), 99, LONGEST_WAIT_MS],
  ['with Retry-After', error('UNAVAILABLE', 9_000), 1, 9_000],
  ['credentials', error('CREDENTIALS_REFUSED'), 1, CREDENTIALS_WAIT_MS],
  ['quota', error('QUOTA_SPENT'), 1, QUOTA_WAIT_MS],
  ['429', error('RATE_LIMITED'), 1, RATE_LIMIT_WAIT_MS],
  ['429 with Retry-After', error('RATE_LIMITED', 60_000), 1, 60_000],
  ['our own budget', new BudgetError('unleashed', NOW_MS + 77_000, false), 5, 77_000],
  ['a store', new Error('away'), 2, 2 * FIRST_WAIT_MS],
])('%s', (_name, given, failures, wanted) => {
  expect(waitAfter(given, failures, NOW_MS)).toBe(wanted);
});
