/** What follows from an error, as one closed table. Pure. */
import { CrmApiError, CrmBudgetError, type CrmErrorCode } from '#prospect-crm';
import { budgetWait, type Circumstances, credentialsRefused, rateLimited, refused, trouble, type Verdict } from '#sink';

type Row = (error: CrmApiError, circumstances: Circumstances) => Verdict;

const TABLE: Record<CrmErrorCode, Row> = {
  CREDENTIALS_REFUSED: (_error, circumstances) => credentialsRefused(circumstances),
  RATE_LIMITED: (error, circumstances) => rateLimited(error.retryAfterMs, circumstances),
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
    return budgetWait('rate-limited', error.retryAtMs, circumstances);
  }
  if (error instanceof CrmApiError) return TABLE[error.code](error, circumstances);
  throw error;
}

/** Whether a write may still take effect after this error, however late: there was no answer, or a gateway's. */
export function mayComeLate(error: unknown): boolean {
  return error instanceof CrmApiError && !error.fateKnown && error.status !== 500 && error.status !== 503;
}
