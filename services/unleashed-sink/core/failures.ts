/** What follows from an error, as one closed table. Pure. */
import {
  budgetWait,
  type Circumstances,
  credentialsRefused,
  laneUntil,
  outageEndMs,
  rateLimited,
  refused,
  trouble,
  type Verdict,
} from '#sink';
import { BudgetError, UnleashedApiError, type UnleashedErrorCode } from '#unleashed';

/** What the table needs to know besides the error. */
export interface WriteCircumstances extends Circumstances {
  /** 1 for the first try of the command, counted by whoever ordered it. */
  attempt: number;
}

/** Tries after which a record that gives empty 500s counts as one that cannot be sent (fact U9.3). */
export const UNSENDABLE_ATTEMPTS = 3;

type Row = (error: UnleashedApiError, circumstances: WriteCircumstances) => Verdict;

const TABLE: Record<UnleashedErrorCode, Row> = {
  CREDENTIALS_REFUSED: (_error, circumstances) => credentialsRefused(circumstances),
  QUOTA_SPENT: (_error, { nowMs }) => laneUntil('quota-spent', nextMonthMs(nowMs)),
  RATE_LIMITED: (error, circumstances) => rateLimited(error.retryAfterMs, circumstances),
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
export function verdictOf(error: unknown, circumstances: WriteCircumstances): Verdict {
  if (error instanceof BudgetError) {
    const code = error.toldToWait ? 'rate-limited' : 'quota-spent';
    return budgetWait(code, error.retryAtMs, circumstances);
  }
  if (error instanceof UnleashedApiError) return TABLE[error.code](error, circumstances);
  throw error;
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
