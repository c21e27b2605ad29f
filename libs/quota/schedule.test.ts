import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PollSchedule, paceAt, pollScheduleOf, pollsBetween } from './schedule.ts';

const at = (iso: string): number => Date.parse(iso);
const schedule: PollSchedule = {
  pollSeconds: 300,
  quiet: { pollSeconds: 3_600, workingHours: { timeZone: 'Pacific/Auckland', from: 8, to: 18 } },
};

describe('the pace of polls', () => {
  it.each([
    // 2026-11-24 is a Tuesday; Auckland is 13 hours ahead then.
    { name: 'a morning at work', now: '2026-11-23T20:00:00Z', wantedMs: 300_000, ends: '2026-11-24T05:00:00Z' },
    { name: 'the last moment of work', now: '2026-11-24T04:59:59Z', wantedMs: 300_000, ends: '2026-11-24T05:00:00Z' },
    { name: 'an evening', now: '2026-11-24T05:00:00Z', wantedMs: 3_600_000, ends: '2026-11-24T19:00:00Z' },
    { name: 'a weekend', now: '2026-11-27T06:00:00Z', wantedMs: 3_600_000, ends: '2026-11-29T19:00:00Z' },
    // Clocks went back on 2026-04-05: work begins at 20:00 UTC from then on.
    { name: 'clocks that change', now: '2026-04-04T06:00:00Z', wantedMs: 3_600_000, ends: '2026-04-05T20:00:00Z' },
  ])('is that of $name', ({ now, wantedMs, ends }) => {
    expect(paceAt(schedule, at(now))).toEqual({ wantedMs, endsAtMs: at(ends) });
  });

  it('is one and the same without working hours', () => {
    expect(paceAt({ pollSeconds: 5 }, 0)).toEqual({ wantedMs: 5_000, endsAtMs: Number.POSITIVE_INFINITY });
    expect(pollsBetween({ pollSeconds: 5 }, 0, 60_000)).toBe(12);
  });

  it('costs at most 150 calls on a day with five minutes of freshness at work, sales people included', () => {
    const day = pollsBetween(schedule, at('2026-11-23T11:00:00Z'), at('2026-11-24T11:00:00Z'));
    expect(day).toBe(10 * 12 + 14);
    expect(Math.ceil(day + day / 12)).toBeLessThanOrEqual(150);
  });

  it('is made of what the tenants file says', () => {
    const timeZone = 'Pacific/Auckland';
    const hours = { from: 8, to: 18 };
    expect(pollScheduleOf({ timeZone, unleashed: { pollSeconds: 5 } })).toEqual({ pollSeconds: 5 });
    expect(pollScheduleOf({ timeZone, unleashed: { pollSeconds: 300, workingHours: hours } })).toEqual(schedule);
    const quiet = (pollSeconds: number, quietPollSeconds?: number) =>
      pollScheduleOf({ timeZone, unleashed: { pollSeconds, workingHours: hours, quietPollSeconds } }).quiet
        ?.pollSeconds;
    expect([quiet(60), quiet(7_200), quiet(300, 900)]).toEqual([720, 7_200, 900]);
  });

  it('ends at midnight where work does, and adds up over any piece of time', () => {
    const late = { timeZone: 'Europe/London', from: 0, to: 24 };
    const round = { pollSeconds: 60, quiet: { pollSeconds: 600, workingHours: late } };
    expect(paceAt(round, at('2026-11-24T12:00:00Z')).endsAtMs).toBe(at('2026-11-25T00:00:00Z'));
    fc.assert(
      fc.property(fc.nat(40 * 86_400), fc.nat(86_400 * 10), fc.nat(86_400 * 10), (from, first, second) => {
        const begin = at('2026-03-01T00:00:00Z') + from * 1_000;
        const middle = begin + first * 1_000;
        const end = middle + second * 1_000;
        const both = pollsBetween(schedule, begin, middle) + pollsBetween(schedule, middle, end);
        expect(pollsBetween(schedule, begin, end)).toBeCloseTo(both, 6);
      }),
      { numRuns: 50 },
    );
  });
});
