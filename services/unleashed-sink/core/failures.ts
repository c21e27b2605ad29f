/** What follows from an error, as one closed table. Pure. */
import { BudgetError, UnleashedApiError, type UnleashedErrorCode } from '#unleashed';

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

/** What the table needs to know besides the error. */
export interface Circumstances {
  /** What failed: reading the record, or writing it. */
  stage: 'read' | 'write';
  /** 1 for the first try of the command, counted by whoever ordered it. */
  attempt: number;
  /** Commands of the tenant in a row, before this one, that failed for want of a proper answer. */
  failuresInARow: number;
  nowMs: number;
}

/** Failures in a row from which trouble counts as that of the whole lane. */
export const LANE_TROUBLE_FAILURES = 2;
/** Tries after which a record that gives empty 500s counts as one that cannot be sent (fact U9.3). */
export const UNSENDABLE_ATTEMPTS = 3;
/** Wait after an outage, milliseconds; doubled with each failure in a row up to the longest. */
export const OUTAGE_WAIT_MS = 2_000;
/** Longest wait after an outage, milliseconds. */
export const LONGEST_OUTAGE_WAIT_MS = 120_000;
/** Wait after 429 without Retry-After, milliseconds. */
export const RATE_LIMIT_WAIT_MS = 10_000;
/** Longest wait that a server may ask for by Retry-After, milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** Wait after credentials were refused, milliseconds: someone has to correct them. */
export const CREDENTIALS_WAIT_MS = 300_000;

type Row = (error: UnleashedApiError, circumstances: Circumstances) => Verdict;

const TABLE: Record<UnleashedErrorCode, Row> = {
  CREDENTIALS_REFUSED: (_error, { nowMs }) => lane('credentials-refused', nowMs + CREDENTIALS_WAIT_MS),
  QUOTA_SPENT: (_error, { nowMs }) => lane('quota-spent', nextMonthMs(nowMs)),
  RATE_LIMITED: (error, { nowMs }) => {
    const wait = Math.min(error.retryAfterMs ?? RATE_LIMIT_WAIT_MS, LONGEST_RETRY_AFTER_MS);
    return lane('rate-limited', nowMs + Math.max(wait, 1000));
  },
  NOT_FOUND: () => refused('target-missing'),
  REFUSED: (_error, circumstances) =>
    circumstances.stage === 'write' ? refused('invalid-value') : trouble('unavailable', circumstances),
  EMPTY_SERVER_ERROR: (_error, circumstances) => {
    if (circumstances.stage === 'read') return trouble('unavailable', circumstances);
    if (circumstances.attempt >= UNSENDABLE_ATTEMPTS) return refused('unsendable');
    return { result: 'deferred', code: 'unavailable', scope: 'record', retryAtMs: outageEndMs(circumstances) };
  },
  UNAVAILABLE: (_error, circumstances) => trouble('unavailable', circumstances),
  TIMEOUT: (_error, circumstances) => trouble('unavailable', circumstances),
  CONNECTION_LOST: (_error, circumstances) => trouble('unavailable', circumstances),
  NONSENSE_ANSWER: (_error, circumstances) => trouble('nonsense-answer', circumstances),
  CANCELLED: (_error, circumstances) => trouble('unavailable', circumstances),
};

/** What follows from an error whose fate is settled. Throws the error back when it is none of those of a call. */
export function verdictOf(error: unknown, circumstances: Circumstances): Verdict {
  if (error instanceof BudgetError) {
    const code = error.toldToWait ? 'rate-limited' : 'quota-spent';
    return lane(code, Math.max(error.retryAtMs, circumstances.nowMs + 1000));
  }
  if (error instanceof UnleashedApiError) return TABLE[error.code](error, circumstances);
  throw error;
}

/** The verdict on a write that nobody knows the fate of, and that reading did not settle. */
export const FATE_UNKNOWN: Verdict = { result: 'unknown', code: 'fate-unknown', scope: 'record', retryAtMs: null };

/** Whether a failure counts towards `failuresInARow`: the server did not answer properly. */
export function isTrouble(code: string): boolean {
  return code === 'unavailable' || code === 'nonsense-answer' || code === 'fate-unknown';
}

/** Whether a write may still take effect after this error, however late: there was no answer, or a gateway's. */
export function mayComeLate(error: UnleashedApiError): boolean {
  return !error.fateKnown && error.status !== 500 && error.status !== 503;
}

/** The first moment of the next month, UTC: when the quota begins anew (fact U9.5). */
export function nextMonthMs(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

function trouble(code: string, circumstances: Circumstances): Verdict {
  const scope = circumstances.failuresInARow >= LANE_TROUBLE_FAILURES ? 'lane' : 'record';
  return { result: 'deferred', code, scope, retryAtMs: outageEndMs(circumstances) };
}

function outageEndMs({ nowMs, failuresInARow }: Circumstances): number {
  return nowMs + Math.min(OUTAGE_WAIT_MS * 2 ** Math.min(failuresInARow, 10), LONGEST_OUTAGE_WAIT_MS);
}

function lane(code: string, retryAtMs: number): Verdict {
  return { result: 'deferred', code, scope: 'lane', retryAtMs };
}

function refused(code: string): Verdict {
  return { result: 'refused', code, scope: 'record', retryAtMs: null };
}
