import { expect, test } from 'vitest';
import { BudgetError } from '#http-api';
import { REASONS } from '#sync-core';
import { errorOf } from './failures.testing.ts';
import { CALL_FAILURES, mayComeLate, OTHER_FAILURES } from './failures.ts';
import {
  CREDENTIALS_WAIT_MS,
  isTrouble,
  LONGEST_OUTAGE_WAIT_MS,
  nextMonthMs,
  OUTAGE_WAIT_MS,
  RATE_LIMIT_WAIT_MS,
  verdictOf,
} from './verdict.ts';

const NOW_MS = Date.UTC(2026, 11, 31, 23);
const AT = { stage: 'write', attempt: 1, failuresInARow: 0, nowMs: NOW_MS } as const;

test('trouble that goes on is the lane’s, and is waited for longer', () => {
  const verdict = (failuresInARow: number) => verdictOf(errorOf('UNAVAILABLE'), { ...AT, failuresInARow });
  expect(verdict(1)).toMatchObject({ scope: 'record', retryAtMs: NOW_MS + OUTAGE_WAIT_MS * 2 });
  expect(verdict(2)).toMatchObject({ scope: 'lane', retryAtMs: NOW_MS + OUTAGE_WAIT_MS * 4 });
  expect(verdict(99).retryAtMs).toBe(NOW_MS + LONGEST_OUTAGE_WAIT_MS);
  expect(isTrouble('unavailable') && isTrouble('nonsense-answer') && isTrouble('fate-unknown')).toBe(true);
  expect(isTrouble('ok') || isTrouble('invalid-value') || isTrouble('quota-spent')).toBe(false);
});

test('an empty 500 is never the lane’s trouble', () => {
  const verdict = verdictOf(errorOf('EMPTY_SERVER_ERROR', { status: 500 }), { ...AT, failuresInARow: 5 });
  expect(verdict).toMatchObject({ result: 'deferred', scope: 'record' });
});

test('Retry-After is followed within reason', () => {
  const wait = (retryAfterMs?: number) =>
    (verdictOf(errorOf('RATE_LIMITED', retryAfterMs === undefined ? {} : { retryAfterMs }), AT).retryAtMs ?? 0) -
    NOW_MS;
  expect([wait(60_000), wait(0), wait(1e12), wait()]).toEqual([60_000, 1_000, 3_600_000, RATE_LIMIT_WAIT_MS]);
});

test('credentials, quota and our own budget have times of their own', () => {
  expect(verdictOf(errorOf('CREDENTIALS_REFUSED'), AT).retryAtMs).toBe(NOW_MS + CREDENTIALS_WAIT_MS);
  expect(verdictOf(errorOf('QUOTA_SPENT'), AT).retryAtMs).toBe(Date.UTC(2027, 0, 1));
  expect(verdictOf(new BudgetError('crm', NOW_MS + 9_000, false), AT).retryAtMs).toBe(NOW_MS + 9_000);
  expect(verdictOf(new BudgetError('unleashed', 0, false), AT).retryAtMs).toBe(NOW_MS + 1_000);
});

test('what is no error of a call is thrown on', () => {
  expect(() => verdictOf(new TypeError('a bug'), AT)).toThrow('a bug');
});

test('what may come late: no answer, or a gateway’s; not what the server itself said', () => {
  expect(mayComeLate(errorOf('TIMEOUT', { fateKnown: false }))).toBe(true);
  expect(mayComeLate(errorOf('UNAVAILABLE', { fateKnown: false, status: 502 }))).toBe(true);
  expect(mayComeLate(errorOf('UNAVAILABLE', { fateKnown: false, status: 503 }))).toBe(false);
  expect(mayComeLate(errorOf('EMPTY_SERVER_ERROR', { fateKnown: false, status: 500 }))).toBe(false);
  expect(mayComeLate(errorOf('REFUSED', { status: 400 }))).toBe(false);
  expect(mayComeLate(new Error('x'))).toBe(false);
});

test('the month ends at its end, also in December', () => {
  expect(nextMonthMs(NOW_MS)).toBe(Date.UTC(2027, 0, 1));
  expect(nextMonthMs(Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 1, 1));
});

test.each(Object.entries({ ...CALL_FAILURES, ...OTHER_FAILURES }))(
  'the reason of %s is known to people',
  (_name, { code }) => {
    expect(Object.keys(REASONS)).toContain(code);
  },
);
