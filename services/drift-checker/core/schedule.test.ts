import { describe, expect, it } from 'vitest';
import { type Known, nextCheck, nightlyCheck, ORDER_LIFE_MS, type ScheduleInput } from './schedule.ts';
import { queuedReport } from './tally.ts';

const at = (text: string): number => Date.parse(text);
const known = (checkId: string, requestedAtMs: number, change: object = {}): Known => ({
  checkId,
  report: { ...queuedReport({ checkId, cause: 'request', requestedBy: 'ann', requestedAtMs }, 0), ...change },
});
const finished = { state: 'finished', unleashedCalls: 2 };
const input = (change: Partial<ScheduleInput>): ScheduleInput => ({
  known: [],
  done: new Set(),
  timeZone: 'Pacific/Auckland',
  driftCheck: { nightly: true, hour: 3 },
  changedMs: null,
  monthlyCalls: 20_000,
  sinceMs: at('2026-06-01T00:00:00Z'),
  nowMs: at('2026-06-01T00:00:00Z'),
  ...change,
});

describe('the next check', () => {
  it('is the oldest order that is open; one that was carried out here is not begun again', () => {
    const orders = [known('b', 20), known('a', 10), known('c', 5, finished)];
    const nowMs = 30;
    expect(nextCheck(input({ known: orders, nowMs }))).toMatchObject({ kind: 'check', order: { checkId: 'a' } });
    const done = new Set(['a']);
    expect(nextCheck(input({ known: orders, nowMs, done }))).toMatchObject({
      order: { checkId: 'b', requestedBy: 'ann' },
    });
  });

  it('one that was under way when its instance ended is begun again, and given up after a day', () => {
    const order = [known('a', 10, { state: 'confirming' })];
    expect(nextCheck(input({ known: order, nowMs: 20 }))).toMatchObject({ kind: 'check' });
    expect(nextCheck(input({ known: order, nowMs: 11 + ORDER_LIFE_MS }))).toMatchObject({ kind: 'give-up' });
  });

  it('at night begins at the hour of the tenant, not before it was served for a night', () => {
    // Three in the morning in Auckland is 15:00 UTC in their winter.
    const due = at('2026-06-01T15:00:00Z');
    expect(nextCheck(input({}))).toEqual({ kind: 'wait', untilMs: due });
    expect(nextCheck(input({ nowMs: due }))).toMatchObject({ order: { checkId: `nightly-${due}`, cause: 'nightly' } });
    const off = { nightly: false, hour: 3 };
    expect(nextCheck(input({ nowMs: due, driftCheck: off }))).toEqual({ kind: 'wait', untilMs: null });
  });

  it('makes up for nights that were missed once, and not for one that was carried out here a moment ago', () => {
    const last = at('2026-06-01T15:00:00Z');
    const before = [known(`nightly-${last}`, last, { ...finished, cause: 'nightly' })];
    const nowMs = at('2026-06-05T10:00:00Z');
    const due = at('2026-06-04T15:00:00Z');
    expect(nextCheck(input({ known: before, nowMs }))).toMatchObject({ order: { checkId: `nightly-${due}` } });
    const done = new Set([`nightly-${due}`]);
    expect(nextCheck(input({ known: before, nowMs, done }))).toEqual({
      kind: 'wait',
      untilMs: at('2026-06-05T15:00:00Z'),
    });
  });

  it('at another hour from now on: an earlier one of today was not missed', () => {
    const last = at('2026-06-01T15:00:00Z');
    const before = [known(`nightly-${last}`, last, { ...finished, cause: 'nightly' })];
    // Noon in Auckland; ten in the morning is past.
    const nowMs = at('2026-06-02T00:00:00Z');
    const driftCheck = { nightly: true, hour: 10 };
    const tomorrow = at('2026-06-02T22:00:00Z');
    expect(nextCheck(input({ known: before, nowMs, driftCheck, changedMs: nowMs }))).toEqual({
      ...{ kind: 'wait', untilMs: tomorrow },
    });
    expect(nextCheck(input({ known: before, nowMs: tomorrow, driftCheck, changedMs: nowMs }))).toMatchObject({
      order: { checkId: `nightly-${tomorrow}` },
    });
    expect(nextCheck(input({ nowMs, driftCheck, changedMs: nowMs }))).toEqual({ kind: 'wait', untilMs: tomorrow });
  });

  it('takes no more than its share of the month: an account of many pages is checked less often', () => {
    const last = at('2026-06-01T15:00:00Z');
    // 200 calls a night would be 6,000 a month; a tenth of 20,000 allows every third night.
    const before = [known(`nightly-${last}`, last, { ...finished, cause: 'nightly', unleashedCalls: 200 })];
    const nowMs = at('2026-06-02T20:00:00Z');
    expect(nextCheck(input({ known: before, nowMs }))).toEqual({ kind: 'wait', untilMs: at('2026-06-04T15:00:00Z') });
  });
});

describe('the nightly check', () => {
  const configured = { nightly: false, hour: 3 };
  it.each([
    [undefined, configured],
    ['default', configured],
    ['0', { nightly: true, hour: 0 }],
    ['23', { nightly: true, hour: 23 }],
    ['off', { nightly: false, hour: 3 }],
  ])('with the setting %s is %j', (driftHour, wanted) => {
    expect(nightlyCheck(configured, driftHour)).toEqual(wanted);
  });
  it('is none while the settings say off, whatever is configured', () => {
    expect(nightlyCheck({ nightly: true, hour: 3 }, 'off').nightly).toBe(false);
  });
});
