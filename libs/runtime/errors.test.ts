import { describe, expect, it } from 'vitest';
import { describeError, isAborted, isRetriable, RuntimeError, TwoWayError } from './errors.ts';

describe('TwoWayError', () => {
  it('carries code, retriable, hint and cause', () => {
    const cause = new Error('below');
    const error = new TwoWayError('SPILT', 'Milk is spilt.', { retriable: true, hint: 'Wipe it.', cause });
    expect(error).toMatchObject({ code: 'SPILT', retriable: true, hint: 'Wipe it.', cause });
    expect('cause' in new TwoWayError('SPILT', 'Milk.', { retriable: false })).toBe(false);
  });
});

describe('describeError', () => {
  it.each([
    [new RuntimeError('REDIS_UNAVAILABLE', 'gone'), { code: 'REDIS_UNAVAILABLE', retriable: true, message: 'gone' }],
    [new TypeError('odd'), { code: 'TypeError', retriable: false, message: 'odd' }],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), { code: 'ENOENT', retriable: false }],
    ['text', { code: 'UNKNOWN', message: 'text' }],
    [undefined, { code: 'UNKNOWN', message: 'undefined' }],
  ])('reads %s', (error, expected) => {
    expect(describeError(error)).toMatchObject(expected);
  });
});

describe('isAborted and isRetriable', () => {
  it('know our own and foreign errors', () => {
    expect(isAborted(new RuntimeError('ABORTED', 'stop'))).toBe(true);
    expect(isAborted(AbortSignal.abort().reason)).toBe(true);
    expect(isAborted(new RuntimeError('DEADLINE_EXCEEDED', 'late'))).toBe(false);
    expect(isRetriable(new RuntimeError('DEADLINE_EXCEEDED', 'late'))).toBe(true);
    expect(isRetriable(new Error('plain'))).toBe(false);
    expect(isRetriable({ retriable: true })).toBe(false);
  });
});
