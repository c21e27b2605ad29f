import { expect, test } from 'vitest';
import { CREDENTIALS_WAIT_MS, isTrouble, OUTAGE_WAIT_MS, RATE_LIMIT_WAIT_MS } from '#sink';
import { BudgetError, type UnleashedErrorCode } from '#unleashed';
import { mayComeLate, nextMonthMs, verdictOf } from './failures.ts';
import { apiError } from './fake-unleashed.ts';

const NOW_MS = Date.UTC(2026, 11, 31, 23);
const READ = { stage: 'read', attempt: 1, failuresInARow: 0, nowMs: NOW_MS } as const;
const WRITE = { ...READ, stage: 'write' } as const;
const soon = NOW_MS + OUTAGE_WAIT_MS;

test.each<{ code: UnleashedErrorCode; read: unknown; write: unknown }>([
  same('CREDENTIALS_REFUSED', ['deferred', 'credentials-refused', 'lane', NOW_MS + CREDENTIALS_WAIT_MS]),
  same('QUOTA_SPENT', ['deferred', 'quota-spent', 'lane', Date.UTC(2027, 0, 1)]),
  same('RATE_LIMITED', ['deferred', 'rate-limited', 'lane', NOW_MS + RATE_LIMIT_WAIT_MS]),
  same('NOT_FOUND', ['refused', 'target-missing', 'record', null]),
  {
    code: 'REFUSED',
    read: ['deferred', 'unavailable', 'record', soon],
    write: ['refused', 'invalid-value', 'record', null],
  },
  same('EMPTY_SERVER_ERROR', ['deferred', 'unavailable', 'record', soon]),
  same('UNAVAILABLE', ['deferred', 'unavailable', 'record', soon]),
  same('TIMEOUT', ['deferred', 'unavailable', 'record', soon]),
  same('CONNECTION_LOST', ['deferred', 'unavailable', 'record', soon]),
  same('NONSENSE_ANSWER', ['deferred', 'nonsense-answer', 'record', soon]),
  same('CANCELLED', ['deferred', 'unavailable', 'record', soon]),
])('$code', ({ code, read, write }) => {
  const row = (verdict: ReturnType<typeof verdictOf>) => [
    verdict.result,
    verdict.code,
    verdict.scope,
    verdict.retryAtMs,
  ];
  expect(row(verdictOf(apiError(code), READ))).toEqual(read);
  expect(row(verdictOf(apiError(code), WRITE))).toEqual(write);
});

function same(code: UnleashedErrorCode, row: unknown) {
  return { code, read: row, write: row };
}

test('trouble that repeats is that of the lane, with longer waits', () => {
  expect(verdictOf(apiError('UNAVAILABLE'), { ...READ, failuresInARow: 2 })).toMatchObject({
    scope: 'lane',
    retryAtMs: NOW_MS + 4 * OUTAGE_WAIT_MS,
  });
  expect(isTrouble('unavailable') && isTrouble('nonsense-answer') && isTrouble('fate-unknown')).toBe(true);
  expect(isTrouble('ok') || isTrouble('invalid-value') || isTrouble('quota-spent')).toBe(false);
});

test('Retry-After is kept to, within reason', () => {
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 60_000 }), READ).retryAtMs).toBe(NOW_MS + 60_000);
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 0 }), READ).retryAtMs).toBe(NOW_MS + 1000);
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 1e12 }), READ).retryAtMs).toBe(NOW_MS + 3_600_000);
});

test('our own budget', () => {
  expect(verdictOf(new BudgetError(NOW_MS + 9_000, true), READ)).toMatchObject({ code: 'rate-limited', scope: 'lane' });
  expect(verdictOf(new BudgetError(0, false), READ)).toMatchObject({ code: 'quota-spent', retryAtMs: NOW_MS + 1000 });
});

test('an error of no table is thrown back', () => {
  expect(() => verdictOf(new TypeError('bug'), READ)).toThrow('bug');
});

test('only what may still be under way can come late', () => {
  expect(mayComeLate(apiError('TIMEOUT', { fateKnown: false }))).toBe(true);
  expect(mayComeLate(apiError('UNAVAILABLE', { fateKnown: false, status: 504 }))).toBe(true);
  expect(mayComeLate(apiError('EMPTY_SERVER_ERROR', { fateKnown: false, status: 500 }))).toBe(false);
  expect(mayComeLate(apiError('REFUSED', { status: 400 }))).toBe(false);
});

test('the month ends at its end, also in December', () => {
  expect(nextMonthMs(NOW_MS)).toBe(Date.UTC(2027, 0, 1));
  expect(nextMonthMs(Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 1, 1));
});
