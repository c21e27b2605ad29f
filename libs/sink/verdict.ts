/** What an outcome says about a command that was not carried out: from a row of the table of failures, with its times. Pure. */
import { ApiError, BudgetError } from '#http-api';
import type { CommandContext } from './context.ts';
import { CALL_FAILURES, type CallFailure, type CallStage, classify } from './failures.ts';

/** What an outcome says about a command that was not carried out. */
export interface Verdict {
  result: 'refused' | 'deferred' | 'unknown';
  /** Stable reason code. */
  code: string;
  /** Whether it is about the record or about the whole side of the tenant. */
  scope: 'record' | 'lane';
  /** For deferred: not before this time, our clock. */
  retryAtMs: number | null;
}

/** What a verdict depends on besides the error. */
export interface Circumstances extends CallStage {
  /** Commands of the tenant in a row, before this one, that failed for want of a proper answer. */
  failuresInARow: number;
  nowMs: number;
}

/** Failures in a row from which trouble counts as that of the whole lane. */
const LANE_TROUBLE_FAILURES = 2;
/** Wait after an outage, milliseconds; doubled with each failure in a row up to the longest. */
export const OUTAGE_WAIT_MS = 2_000;
/** Longest wait after an outage, milliseconds. */
export const LONGEST_OUTAGE_WAIT_MS = 120_000;
/** Wait after 429 without Retry-After, milliseconds (fact P1.6). */
export const RATE_LIMIT_WAIT_MS = 10_000;
/** Longest wait that a server may ask for by Retry-After, milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Wait after credentials were refused, milliseconds: someone has to correct them. */
export const CREDENTIALS_WAIT_MS = 300_000;
/** Shortest wait after the server or the budget asked to slow down, milliseconds. */
const SHORTEST_RATE_WAIT_MS = 1_000;

/** The verdict on a write that nobody knows the fate of, and that reading did not settle. */
export const FATE_UNKNOWN: Verdict = { result: 'unknown', code: 'fate-unknown', scope: 'record', retryAtMs: null };

/** The circumstances in which a call of a command failed. */
export function circumstancesOf({ command, ports }: CommandContext, stage: Circumstances['stage']): Circumstances {
  return { stage, attempt: command.attempt, failuresInARow: ports.failuresInARow(), nowMs: ports.now() };
}

/** What follows from an error whose fate is settled. Throws the error back when it is none of those of a call. */
export function verdictOf(error: unknown, circumstances: Circumstances): Verdict {
  const name = classify(error, circumstances);
  if (name === null) throw error;
  const { code } = CALL_FAILURES[name];
  const retryAtMs = endOfWait(name, error, circumstances);
  if (retryAtMs === null) return { result: 'refused', code, scope: 'record', retryAtMs };
  return { result: 'deferred', code, scope: isOfLane(name, circumstances) ? 'lane' : 'record', retryAtMs };
}

/** Whether an outcome's code counts towards `failuresInARow`: the server did not answer properly. */
export function isTrouble(code: string): boolean {
  return code === 'unavailable' || code === 'nonsense-answer' || code === 'fate-unknown';
}

/** The first moment of the next month, UTC: when a quota begins anew (fact U9.5). */
export function nextMonthMs(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

/** Trouble is the record's at first, and after some in a row the lane's. */
function isOfLane(name: CallFailure, { failuresInARow }: Circumstances): boolean {
  const { wait, action } = CALL_FAILURES[name];
  if (wait === 'outage') return failuresInARow >= LANE_TROUBLE_FAILURES;
  return action === 'pause-lane' || action === 'ask';
}

/** Until when the row's wait lasts; null when there is none. */
function endOfWait(name: CallFailure, error: unknown, circumstances: Circumstances): number | null {
  const { nowMs, failuresInARow } = circumstances;
  switch (CALL_FAILURES[name].wait) {
    case 'outage':
    case 'outage-of-record':
      return nowMs + Math.min(OUTAGE_WAIT_MS * 2 ** Math.min(failuresInARow, 10), LONGEST_OUTAGE_WAIT_MS);
    case 'asked': {
      const askedMs = (error instanceof ApiError ? error.retryAfterMs : null) ?? RATE_LIMIT_WAIT_MS;
      return nowMs + Math.max(Math.min(askedMs, LONGEST_RETRY_AFTER_MS), SHORTEST_RATE_WAIT_MS);
    }
    case 'budget':
      return Math.max(error instanceof BudgetError ? error.retryAtMs : 0, nowMs + SHORTEST_RATE_WAIT_MS);
    case 'month':
      return nextMonthMs(nowMs);
    case 'person':
      return nowMs + CREDENTIALS_WAIT_MS;
    case 'none':
      return null;
  }
}
