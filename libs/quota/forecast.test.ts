import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advisePoll, forecastMonth } from './forecast.ts';
import { limitFor } from './limits.ts';
import { budgetMonthOf, budgetResetMs, monthOf } from './month.ts';

const at = (text: string) => Date.parse(text);
const DAY_MS = 86_400_000;

describe('forecastMonth', () => {
  it('sees an even pace reach the budget at the end', () => {
    const forecast = forecastMonth({ nowMs: at('2026-11-16T00:00:30Z'), usedCalls: 5_000, limitCalls: 10_000 });
    expect(forecast.callsPerDay).toBe(333);
    expect(forecast.forecastCalls).toBeGreaterThan(9_990);
    expect(forecast.forecastCalls).toBeLessThan(10_010);
    expect(forecast.resetsAtMs).toBe(at('2026-12-01T00:01:00Z'));
  });

  it('names the day on which a fast pace spends the budget', () => {
    const forecast = forecastMonth({ nowMs: at('2026-11-11T00:00:00Z'), usedCalls: 5_000, limitCalls: 10_000 });
    expect(forecast.forecastCalls).toBeGreaterThan(14_900);
    expect(forecast.spentAtMs).toBe(at('2026-11-21T00:00:00Z'));
  });

  it('says that it is spent already', () => {
    const nowMs = at('2026-11-11T00:00:00Z');
    expect(forecastMonth({ nowMs, usedCalls: 12, limitCalls: 10 }).spentAtMs).toBe(nowMs);
  });

  it('judges a tenant that began late by its own days', () => {
    const late = { nowMs: at('2026-11-25T00:00:00Z'), usedCalls: 500, limitCalls: 10_000 };
    expect(forecastMonth({ ...late, countedSinceMs: at('2026-11-24T00:00:00Z') }).callsPerDay).toBe(500);
    expect(forecastMonth(late).callsPerDay).toBe(21);
  });

  it('makes no prophecy out of the first minutes, and none without calls', () => {
    expect(forecastMonth({ nowMs: at('2026-11-01T00:02:00Z'), usedCalls: 1, limitCalls: 10_000 }).callsPerDay).toBe(24);
    expect(forecastMonth({ nowMs: at('2026-11-09T00:00:00Z'), usedCalls: 0, limitCalls: 10 })).toMatchObject({
      callsPerDay: 0,
      forecastCalls: 0,
      spentAtMs: undefined,
    });
  });
});

describe('advisePoll', () => {
  const wanted = {
    nowMs: at('2026-11-01T00:02:00Z'),
    lastPollAtMs: undefined,
    schedule: { pollSeconds: 300 },
    callsPerPoll: 2,
  };

  it('keeps to the wanted time while the calls last', () => {
    const advice = advisePoll({ ...wanted, usedCalls: 0, limitCalls: 100_000 });
    expect(advice).toEqual({ nextPollAtMs: wanted.nowMs, intervalMs: 300_000, pace: 'wanted' });
  });

  it('counts from the last poll, and never into the past', () => {
    const budget = { usedCalls: 0, limitCalls: 100_000 };
    const lastPollAtMs = wanted.nowMs - 100_000;
    expect(advisePoll({ ...wanted, ...budget, lastPollAtMs }).nextPollAtMs).toBe(lastPollAtMs + 300_000);
    expect(advisePoll({ ...wanted, ...budget, lastPollAtMs: 0 }).nextPollAtMs).toBe(wanted.nowMs);
  });

  it('stretches when they would not last', () => {
    const advice = advisePoll({ ...wanted, usedCalls: 0, limitCalls: 2_500 });
    expect(advice.pace).toBe('stretched');
    // 2,000 of 2,500 calls are for polls, two each: 1,000 polls in 30 days.
    expect(advice.intervalMs).toBe(Math.ceil((budgetResetMs(monthOf(wanted.nowMs)) - wanted.nowMs) / 1_000));
  });

  it('waits for the next month when the share for polls is spent', () => {
    const advice = advisePoll({ ...wanted, usedCalls: 80, limitCalls: 100 });
    expect(advice).toMatchObject({ pace: 'spent', nextPollAtMs: at('2026-12-01T00:01:00Z') });
  });

  it('makes the calls last to the end of the month and polls no more often than wanted', () => {
    fc.assert(
      fc.property(
        fc.record({
          dayOfMonth: fc.integer({ min: 0, max: 29 }),
          schedule: fc.record({ pollSeconds: fc.integer({ min: 60, max: 3_600 }) }),
          callsPerPoll: fc.integer({ min: 1, max: 8 }),
          limitCalls: fc.integer({ min: 10, max: 3_000 }),
          usedShare: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        ({ dayOfMonth, usedShare, ...plan }) => {
          let nowMs = at('2026-11-01T00:02:00Z') + dayOfMonth * DAY_MS;
          const month = budgetMonthOf(nowMs);
          let usedCalls = Math.floor(plan.limitCalls * usedShare);
          const before = usedCalls;
          let lastPollAtMs: number | undefined;
          let polls = 0;
          for (;;) {
            const advice = advisePoll({ ...plan, nowMs, lastPollAtMs, usedCalls });
            if (budgetMonthOf(advice.nextPollAtMs).index !== month.index) break;
            if (lastPollAtMs !== undefined) {
              expect(advice.nextPollAtMs - lastPollAtMs).toBeGreaterThanOrEqual(plan.schedule.pollSeconds * 1_000);
            }
            nowMs = advice.nextPollAtMs;
            lastPollAtMs = nowMs;
            usedCalls += plan.callsPerPoll;
            polls++;
          }
          const forPolls = limitFor('repair', plan.limitCalls);
          expect(usedCalls).toBeLessThanOrEqual(Math.max(before, forPolls));
          // And they are used: either all, or as many as the wanted interval could use.
          const leftMs = budgetResetMs(month) - at('2026-11-01T00:02:00Z') - dayOfMonth * DAY_MS;
          const couldUse = Math.min(
            Math.floor((forPolls - before) / plan.callsPerPoll),
            leftMs / (plan.schedule.pollSeconds * 1_000),
          );
          expect(polls).toBeGreaterThanOrEqual(Math.floor(Math.max(couldUse, 0)) - 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('polls densely while people are at work, begins with them, and stretches all hours alike when calls are short', () => {
    const hours = { timeZone: 'Europe/London', from: 8, to: 18 };
    const schedule = { pollSeconds: 300, quiet: { pollSeconds: 3_600, workingHours: hours } };
    const ask = (now: string, lastPollAtMs: number | undefined, limitCalls: number) =>
      advisePoll({ nowMs: at(now), lastPollAtMs, schedule, callsPerPoll: 1, usedCalls: 0, limitCalls });
    const work = '2026-11-03T10:00:00Z';
    expect(ask(work, at(work), 100_000)).toEqual({
      nextPollAtMs: at(work) + 300_000,
      intervalMs: 300_000,
      pace: 'wanted',
    });
    const dawn = '2026-11-03T07:30:00Z';
    expect(ask(dawn, at(dawn), 100_000)).toMatchObject({
      nextPollAtMs: at('2026-11-03T08:00:00Z'),
      intervalMs: 3_600_000,
    });
    const short = [ask(work, undefined, 2_000), ask(dawn, undefined, 2_000)];
    expect(short.map(({ pace }) => pace)).toEqual(['stretched', 'stretched']);
    expect(short[1]!.intervalMs / short[0]!.intervalMs).toBeCloseTo(12, 0);
  });
});
