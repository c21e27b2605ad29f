import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MONTH_GUARD_MS } from './limits.ts';
import {
  budgetMonthOf,
  budgetResetMs,
  giveBackToMonth,
  type MonthState,
  monthByIndex,
  monthOf,
  takeFromMonth,
} from './month.ts';

const at = (text: string) => Date.parse(text);

describe('months', () => {
  it.each([
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-12-31T23:59:59.999Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
  ])('%s lies in the month from %s to %s', (now, start, end) => {
    expect(monthOf(at(now))).toMatchObject({ startMs: at(start), endMs: at(end) });
  });

  it('follow on each other without gap or overlap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1970 * 12, max: 2200 * 12 }), (index) => {
        const month = monthByIndex(index);
        expect(month.endMs).toBe(monthByIndex(index + 1).startMs);
        expect(monthOf(month.startMs).index).toBe(index);
        expect(monthOf(month.endMs - 1).index).toBe(index);
      }),
    );
  });

  it('count calls of the first minute still in the old month, for Unleashed may be behind', () => {
    const november = monthOf(at('2026-11-15T00:00:00Z'));
    expect(budgetMonthOf(november.endMs + MONTH_GUARD_MS - 1)).toEqual(november);
    expect(budgetMonthOf(budgetResetMs(november)).index).toBe(november.index + 1);
  });
});

describe('takeFromMonth', () => {
  const NOW_MS = at('2026-11-15T00:00:00Z');

  it('never grants more than the limit in a month, whatever is given back', () => {
    const steps = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 6 * 86_400_000 }),
        calls: fc.integer({ min: 1, max: 30 }),
        back: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let state: MonthState | undefined;
        let nowMs = NOW_MS;
        const granted = new Map<number, number>();
        for (const { afterMs, calls, back } of list) {
          nowMs += afterMs;
          const answer = takeFromMonth(state, { nowMs, calls, limitCalls: 100 });
          state = answer.state;
          const { month } = state;
          if (answer.granted) {
            const given = Math.min(back, calls);
            state = giveBackToMonth(state, month, given);
            granted.set(month, (granted.get(month) ?? 0) + calls - given);
          }
          expect(granted.get(month) ?? 0).toBeLessThanOrEqual(100);
          expect(state.usedCalls).toBe(granted.get(month) ?? 0);
        }
      }),
    );
  });

  it('refuses until the next month begins', () => {
    const spent = takeFromMonth(undefined, { nowMs: NOW_MS, calls: 100, limitCalls: 100 });
    const refused = takeFromMonth(spent.state, { nowMs: NOW_MS, calls: 1, limitCalls: 100 });
    expect(refused.granted).toBe(false);
    expect(NOW_MS + refused.waitMs).toBe(at('2026-12-01T00:01:00Z'));
    const next = takeFromMonth(refused.state, { nowMs: NOW_MS + refused.waitMs, calls: 1, limitCalls: 100 });
    expect(next).toMatchObject({ granted: true, usedCalls: 1 });
  });

  it('keeps the newest month when the clock goes back', () => {
    const { state } = takeFromMonth(undefined, { nowMs: NOW_MS, calls: 100, limitCalls: 100 });
    const back = takeFromMonth(state, { nowMs: at('2026-10-31T00:00:00Z'), calls: 1, limitCalls: 100 });
    expect(back).toMatchObject({ granted: false, usedCalls: 100 });
  });

  it('gives nothing back to another month', () => {
    const { state } = takeFromMonth(undefined, { nowMs: NOW_MS, calls: 10, limitCalls: 100 });
    expect(giveBackToMonth(state, state.month - 1, 5)).toBe(state);
    expect(giveBackToMonth(state, state.month, 50).usedCalls).toBe(0);
  });
});
