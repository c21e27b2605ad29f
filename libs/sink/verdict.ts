/** What follows when a command was not carried out: the parts that all APIs share. Pure. */

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

/** What a table of failures needs to know besides the error. */
export interface Circumstances {
  /** What failed: reading the record, or writing it. */
  stage: 'read' | 'write';
  /** Commands of the tenant in a row, before this one, that failed for want of a proper answer. */
  failuresInARow: number;
  nowMs: number;
}

/** Failures in a row from which trouble counts as that of the whole lane. */
export const LANE_TROUBLE_FAILURES = 2;
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

/** Whether an outcome's code counts towards `failuresInARow`: the server did not answer properly. */
export function isTrouble(code: string): boolean {
  return code === 'unavailable' || code === 'nonsense-answer' || code === 'fate-unknown';
}

/** The whole lane waits until a time. */
export function laneUntil(code: string, retryAtMs: number): Verdict {
  return { result: 'deferred', code, scope: 'lane', retryAtMs };
}

/** The command is not carried out, now or later. */
export function refused(code: string): Verdict {
  return { result: 'refused', code, scope: 'record', retryAtMs: null };
}

/** The credentials were refused. */
export function credentialsRefused({ nowMs }: Circumstances): Verdict {
  return laneUntil('credentials-refused', nowMs + CREDENTIALS_WAIT_MS);
}

/** The server asked to slow down; `retryAfterMs` is what it asked for, null when it named no time. */
export function rateLimited(retryAfterMs: number | null, { nowMs }: Circumstances): Verdict {
  const wait = Math.min(retryAfterMs ?? RATE_LIMIT_WAIT_MS, LONGEST_RETRY_AFTER_MS);
  return laneUntil('rate-limited', nowMs + Math.max(wait, SHORTEST_RATE_WAIT_MS));
}

/** Our own budget asks to wait until a time. */
export function budgetWait(code: string, retryAtMs: number, { nowMs }: Circumstances): Verdict {
  return laneUntil(code, Math.max(retryAtMs, nowMs + SHORTEST_RATE_WAIT_MS));
}

/** There was no proper answer: the record waits, and after some in a row the lane. */
export function trouble(code: string, circumstances: Circumstances): Verdict {
  const scope = circumstances.failuresInARow >= LANE_TROUBLE_FAILURES ? 'lane' : 'record';
  return { result: 'deferred', code, scope, retryAtMs: outageEndMs(circumstances) };
}

/** Until when to wait after an outage. */
export function outageEndMs({ nowMs, failuresInARow }: Circumstances): number {
  return nowMs + Math.min(OUTAGE_WAIT_MS * 2 ** Math.min(failuresInARow, 10), LONGEST_OUTAGE_WAIT_MS);
}
