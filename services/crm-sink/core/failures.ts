/** What follows from an error, as one closed table. Pure. */
import { CrmApiError, CrmBudgetError, type CrmErrorCode } from '#prospect-crm';

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

type Row = (error: CrmApiError, circumstances: Circumstances) => Verdict;

const TABLE: Record<CrmErrorCode, Row> = {
  CREDENTIALS_REFUSED: (_error, { nowMs }) => lane('credentials-refused', nowMs + CREDENTIALS_WAIT_MS),
  RATE_LIMITED: (error, { nowMs }) => {
    const wait = Math.min(error.retryAfterMs ?? RATE_LIMIT_WAIT_MS, LONGEST_RETRY_AFTER_MS);
    return lane('rate-limited', nowMs + Math.max(wait, 1_000));
  },
  NOT_FOUND: () => refused('target-missing'),
  // A refused read is no answer about the record: the same query worked for others.
  REFUSED: (_error, circumstances) =>
    circumstances.stage === 'write' ? refused('invalid-value') : trouble('unavailable', circumstances),
  UNAVAILABLE: (_error, circumstances) => trouble('unavailable', circumstances),
  TIMEOUT: (_error, circumstances) => trouble('unavailable', circumstances),
  CONNECTION_LOST: (_error, circumstances) => trouble('unavailable', circumstances),
  NONSENSE_ANSWER: (_error, circumstances) => trouble('nonsense-answer', circumstances),
  CANCELLED: (_error, circumstances) => trouble('unavailable', circumstances),
};

/** What follows from an error whose fate is settled. Throws the error back when it is none of those of a call. */
export function verdictOf(error: unknown, circumstances: Circumstances): Verdict {
  if (error instanceof CrmBudgetError) {
    return lane('rate-limited', Math.max(error.retryAtMs, circumstances.nowMs + 1_000));
  }
  if (error instanceof CrmApiError) return TABLE[error.code](error, circumstances);
  throw error;
}

/** The verdict on a write that nobody knows the fate of, and that reading did not settle. */
export const FATE_UNKNOWN: Verdict = { result: 'unknown', code: 'fate-unknown', scope: 'record', retryAtMs: null };

/** Whether an outcome's code counts towards `failuresInARow`: the server did not answer properly. */
export function isTrouble(code: string): boolean {
  return code === 'unavailable' || code === 'nonsense-answer' || code === 'fate-unknown';
}

/** Whether a write may still take effect after this error, however late: there was no answer, or a gateway's. */
export function mayComeLate(error: unknown): boolean {
  return error instanceof CrmApiError && !error.fateKnown && error.status !== 500 && error.status !== 503;
}

function trouble(code: string, { failuresInARow, nowMs }: Circumstances): Verdict {
  const wait = Math.min(OUTAGE_WAIT_MS * 2 ** Math.min(failuresInARow, 10), LONGEST_OUTAGE_WAIT_MS);
  const scope = failuresInARow >= LANE_TROUBLE_FAILURES ? 'lane' : 'record';
  return { result: 'deferred', code, scope, retryAtMs: nowMs + wait };
}

function lane(code: string, retryAtMs: number): Verdict {
  return { result: 'deferred', code, scope: 'lane', retryAtMs };
}

function refused(code: string): Verdict {
  return { result: 'refused', code, scope: 'record', retryAtMs: null };
}
