/** Calendar months in UTC, and a month's budget, as pure functions. `lua/acquire-month.lua` does the same inside Redis. */
import { MONTH_GUARD_MS } from './limits.ts';

/** A calendar month in UTC. */
export interface Month {
  /** Months since year 0: year × 12 + month (0 to 11). */
  readonly index: number;
  /** First moment, ms since 1970. */
  readonly startMs: number;
  /** First moment of the next month, ms since 1970. */
  readonly endMs: number;
}

/** A month by its index. */
export function monthByIndex(index: number): Month {
  return {
    index,
    startMs: Date.UTC(Math.floor(index / 12), index % 12),
    endMs: Date.UTC(Math.floor((index + 1) / 12), (index + 1) % 12),
  };
}

/** The month that a moment lies in. */
export function monthOf(nowMs: number): Month {
  const date = new Date(nowMs);
  return monthByIndex(date.getUTCFullYear() * 12 + date.getUTCMonth());
}

/** The month whose budget a call made now is counted in: the old one until a little after midnight (see MONTH_GUARD_MS). */
export function budgetMonthOf(nowMs: number): Month {
  return monthOf(nowMs - MONTH_GUARD_MS);
}

/** When the next month's budget begins, ms since 1970. */
export function budgetResetMs(month: Month): number {
  return month.endMs + MONTH_GUARD_MS;
}

/** A month's count. */
export interface MonthState {
  /** Index of the month that was counted last. */
  readonly month: number;
  readonly usedCalls: number;
  /** Since when its calls are counted, ms since 1970. */
  readonly sinceMs: number;
}

/** The outcome of asking for calls. */
export interface MonthAnswer {
  readonly granted: boolean;
  /** When refused: how long until the next month's budget, milliseconds. 0 when granted. */
  readonly waitMs: number;
  /** Calls used this month after this. */
  readonly usedCalls: number;
  /** The state after this. */
  readonly state: MonthState;
}

/** Asks for calls. A clock that went back to an older month changes nothing: the newest month seen stays. */
export function takeFromMonth(
  state: MonthState | undefined,
  request: { readonly nowMs: number; readonly calls: number; readonly limitCalls: number },
): MonthAnswer {
  const month = budgetMonthOf(request.nowMs);
  const current =
    state !== undefined && state.month >= month.index
      ? state
      : { month: month.index, usedCalls: 0, sinceMs: request.nowMs };
  const usedCalls = current.usedCalls + request.calls;
  if (usedCalls <= request.limitCalls) {
    return { granted: true, waitMs: 0, usedCalls, state: { ...current, usedCalls } };
  }
  const waitMs = budgetResetMs(monthByIndex(current.month)) - request.nowMs;
  return { granted: false, waitMs, usedCalls: current.usedCalls, state: current };
}

/** Takes calls off the count that were granted and not made; nothing when another month has begun, never below 0. */
export function giveBackToMonth(state: MonthState, month: number, calls: number): MonthState {
  return state.month === month ? { ...state, usedCalls: Math.max(0, state.usedCalls - calls) } : state;
}
