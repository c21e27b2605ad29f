import { expect, test } from 'vitest';
import { BudgetError } from '#http-api';
import { CrmApiError } from '#prospect-crm';
import { CREDENTIALS_WAIT_MS, FIRST_WAIT_MS, LONGEST_WAIT_MS, RATE_LIMIT_WAIT_MS, waitAfter } from './trouble.ts';

const call = { call: 'GET /x' };

test('trouble is waited for longer and longer', () => {
  const error = new CrmApiError('UNAVAILABLE', 'x', call);
  expect([1, 2, 3, 99].map((failures) => waitAfter(error, failures, 0))).toEqual([
    FIRST_WAIT_MS,
    FIRST_WAIT_MS * 2,
    FIRST_WAIT_MS * 4,
    LONGEST_WAIT_MS,
  ]);
  expect(waitAfter(new Error('other'), 1, 0)).toBe(FIRST_WAIT_MS);
});

test('what is told is followed', () => {
  expect(waitAfter(new BudgetError('crm', 9_000, false), 1, 1_000)).toBe(8_000);
  expect(waitAfter(new BudgetError('crm', 0, false), 1, 1_000)).toBe(FIRST_WAIT_MS);
  expect(waitAfter(new CrmApiError('RATE_LIMITED', 'x', { ...call, retryAfterMs: 30_000 }), 1, 0)).toBe(30_000);
  expect(waitAfter(new CrmApiError('RATE_LIMITED', 'x', call), 1, 0)).toBe(RATE_LIMIT_WAIT_MS);
  expect(waitAfter(new CrmApiError('UNAVAILABLE', 'x', { ...call, retryAfterMs: 5_000 }), 1, 0)).toBe(5_000);
  expect(waitAfter(new CrmApiError('CREDENTIALS_REFUSED', 'x', call), 1, 0)).toBe(CREDENTIALS_WAIT_MS);
});
