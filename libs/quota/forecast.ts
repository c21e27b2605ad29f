/** Where a month's calls are heading, and how often to poll so that they last. Pure. */
import { limitFor } from './limits.ts';
import { budgetMonthOf, budgetResetMs } from './month.ts';
import { type PollSchedule, paceAt, pollsBetween } from './schedule.ts';

const DAY_MS = 86_400_000;
/** At least this much of a month must have passed before its pace says anything, milliseconds. */
const PACE_MIN_MS = 3_600_000;

/** How a month is going. */
export interface MonthForecast {
  /** Calls used so far this month. */
  readonly usedCalls: number;
  /** The month's budget. */
  readonly limitCalls: number;
  /** Pace so far, calls a day; measured over an hour at least. */
  readonly callsPerDay: number;
  /** Calls by the end of the month at this pace. */
  readonly forecastCalls: number;
  /** When the budget will be spent at this pace, ms since 1970; undefined when it lasts. `now` when it is spent already. */
  readonly spentAtMs: number | undefined;
  /** When the next month's budget begins, ms since 1970. */
  readonly resetsAtMs: number;
}

/**
 * Forecasts a month from its pace so far.
 * @param countedSinceMs since when calls are counted, ms since 1970; a tenant that began on the 20th is not judged by 20
 *   quiet days. Default: the month's beginning
 */
export function forecastMonth(input: {
  readonly nowMs: number;
  readonly usedCalls: number;
  readonly limitCalls: number;
  readonly countedSinceMs?: number | undefined;
}): MonthForecast {
  const { nowMs, usedCalls, limitCalls } = input;
  const month = budgetMonthOf(nowMs);
  const resetsAtMs = budgetResetMs(month);
  const sinceMs = Math.max(input.countedSinceMs ?? month.startMs, month.startMs);
  const elapsedMs = Math.max(nowMs - sinceMs, PACE_MIN_MS);
  const callsPerMs = usedCalls / elapsedMs;
  const forecastCalls = Math.round(usedCalls + callsPerMs * Math.max(resetsAtMs - nowMs, 0));
  const spentInMs = callsPerMs > 0 ? Math.max(limitCalls - usedCalls, 0) / callsPerMs : Number.POSITIVE_INFINITY;
  const spentAtMs = usedCalls >= limitCalls ? nowMs : Math.round(nowMs + spentInMs);
  return {
    usedCalls,
    limitCalls,
    callsPerDay: Math.round(callsPerMs * DAY_MS),
    forecastCalls,
    spentAtMs: spentAtMs < resetsAtMs ? spentAtMs : undefined,
    resetsAtMs,
  };
}

/** When to poll next. */
export interface PollAdvice {
  /** When the next poll may begin, ms since 1970. */
  readonly nextPollAtMs: number;
  /** Time between polls that it was computed from, milliseconds. */
  readonly intervalMs: number;
  /** `wanted`: as configured. `stretched`: longer, so that the calls last. `spent`: no calls for polls until next month. */
  readonly pace: 'wanted' | 'stretched' | 'spent';
}

/**
 * Spreads the polls over what is left of the month, so that the share of less urgent calls (`repair`) lasts to its end and
 * the rest stays for live edits.
 *
 * Facts U9.5 and U9.9: a poll a minute on one endpoint costs 44,640 calls a month, every 5 minutes 8,928.
 */
export function advisePoll(input: {
  readonly nowMs: number;
  /** When the last poll began, ms since 1970; undefined = never. */
  readonly lastPollAtMs: number | undefined;
  /** Wanted time between polls. */
  readonly schedule: PollSchedule;
  /** What one poll costs, calls (pages of customers and sales people); at least 1. */
  readonly callsPerPoll: number;
  /** Calls used so far this month. */
  readonly usedCalls: number;
  /** The month's budget. */
  readonly limitCalls: number;
}): PollAdvice {
  const { nowMs, usedCalls, limitCalls } = input;
  const { wantedMs, endsAtMs } = paceAt(input.schedule, nowMs);
  const resetsAtMs = budgetResetMs(budgetMonthOf(nowMs));
  const pollsLeft = Math.floor(
    (limitFor('repair', limitCalls) - usedCalls) / Math.max(1, Math.ceil(input.callsPerPoll)),
  );
  if (pollsLeft <= 0)
    return { nextPollAtMs: resetsAtMs, intervalMs: Math.max(resetsAtMs - nowMs, wantedMs), pace: 'spent' };
  // What is missing is taken from every hour alike: those at work stay the denser ones.
  const stretch = Math.max(1, pollsBetween(input.schedule, nowMs, resetsAtMs) / pollsLeft);
  const intervalMs = Math.ceil(wantedMs * stretch);
  const next = input.lastPollAtMs === undefined ? nowMs : Math.max(nowMs, input.lastPollAtMs + intervalMs);
  // Work begins with a poll, however long the night's interval is.
  const nextPollAtMs = next > endsAtMs ? Math.max(endsAtMs, nowMs) : next;
  return { nextPollAtMs, intervalMs, pace: stretch > 1 ? 'stretched' : 'wanted' };
}

/** Sweep pages a month cost at most this share of the calls. */
const SWEEP_SHARE = 0.2;
/** Shortest time between sweeps, milliseconds. */
const SHORTEST_SWEEP_MS = 3_600_000;

/** Time between walks over all pages of an account such that they take their share of the month's calls and no more, ms. */
export function sweepIntervalMs(pages: number, monthlyCalls: number): number {
  return Math.max(SHORTEST_SWEEP_MS, (pages * 30 * DAY_MS) / (SWEEP_SHARE * monthlyCalls));
}
