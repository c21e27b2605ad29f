import { expect, test } from 'vitest';
import { CrmBudgetError, type CrmErrorCode } from '#prospect-crm';
import { isTrouble, LONGEST_OUTAGE_WAIT_MS, OUTAGE_WAIT_MS, RATE_LIMIT_WAIT_MS } from '#sink';
import { mayComeLate, verdictOf } from './failures.ts';
import { apiError } from './fake-crm.ts';

const at = { stage: 'write', failuresInARow: 0, nowMs: 1_000 } as const;
const deferred = (code: string, scope: string, retryAtMs: number) => ({ result: 'deferred', code, scope, retryAtMs });
const refused = (code: string) => ({ result: 'refused', code, scope: 'record', retryAtMs: null });

test.each<[CrmErrorCode, object]>([
  ['CREDENTIALS_REFUSED', deferred('credentials-refused', 'lane', 301_000)],
  ['RATE_LIMITED', deferred('rate-limited', 'lane', 1_000 + RATE_LIMIT_WAIT_MS)],
  ['NOT_FOUND', refused('target-missing')],
  ['REFUSED', refused('invalid-value')],
  ['UNAVAILABLE', deferred('unavailable', 'record', 1_000 + OUTAGE_WAIT_MS)],
  ['TIMEOUT', deferred('unavailable', 'record', 1_000 + OUTAGE_WAIT_MS)],
  ['CONNECTION_LOST', deferred('unavailable', 'record', 1_000 + OUTAGE_WAIT_MS)],
  ['NONSENSE_ANSWER', deferred('nonsense-answer', 'record', 1_000 + OUTAGE_WAIT_MS)],
  ['CANCELLED', deferred('unavailable', 'record', 1_000 + OUTAGE_WAIT_MS)],
])('%s', (code, expected) => {
  expect(verdictOf(apiError(code), at)).toEqual(expected);
});

test('trouble that goes on is the lane’s, and is waited for longer', () => {
  const verdict = (failuresInARow: number) => verdictOf(apiError('UNAVAILABLE'), { ...at, failuresInARow });
  expect(verdict(2)).toEqual(deferred('unavailable', 'lane', 1_000 + OUTAGE_WAIT_MS * 4));
  expect(verdict(99)).toEqual(deferred('unavailable', 'lane', 1_000 + LONGEST_OUTAGE_WAIT_MS));
});

test('a refused read says nothing about the record', () => {
  expect(verdictOf(apiError('REFUSED'), { ...at, stage: 'read' })).toMatchObject({
    result: 'deferred',
    code: 'unavailable',
  });
});

test('Retry-After is followed within reason', () => {
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 60_000 }), at).retryAtMs).toBe(61_000);
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 0 }), at).retryAtMs).toBe(2_000);
  expect(verdictOf(apiError('RATE_LIMITED', { retryAfterMs: 1e12 }), at).retryAtMs).toBe(3_601_000);
});

test('a budget that says no defers the lane', () => {
  expect(verdictOf(new CrmBudgetError(9_000, false), at)).toEqual(deferred('rate-limited', 'lane', 9_000));
});

test('what is no error of a call is thrown on', () => {
  expect(() => verdictOf(new Error('a bug'), at)).toThrow('a bug');
});

test('what may come late: no answer, or a gateway’s; not what the server itself said', () => {
  expect(mayComeLate(apiError('TIMEOUT', { fateKnown: false }))).toBe(true);
  expect(mayComeLate(apiError('UNAVAILABLE', { fateKnown: false, status: 502 }))).toBe(true);
  expect(mayComeLate(apiError('UNAVAILABLE', { fateKnown: false, status: 503 }))).toBe(false);
  expect(mayComeLate(apiError('UNAVAILABLE', { fateKnown: true }))).toBe(false);
  expect(mayComeLate(new Error('x'))).toBe(false);
  expect(['unavailable', 'nonsense-answer', 'fate-unknown', 'rate-limited', 'ok'].filter(isTrouble)).toHaveLength(3);
});
