import { TwoWayError } from '#runtime';

/** Code → may the same call be made again? */
const RETRIABLE = {
  /**
   * Redis cannot be asked. Nothing was granted as far as the caller may assume. Wait and ask again: to call the API without
   * a grant would be a guess, and several processes guessing at once is how a quota is overrun.
   */
  QUOTA_STORE_DOWN: true,
  /** More calls at once than this class may ever have; split the work. */
  QUOTA_REQUEST_TOO_LARGE: false,
  /** No monthly budget is known for this tenant: it is not in the tenants file (any more). */
  QUOTA_TENANT_UNKNOWN: false,
  /** What Redis holds was not written by this program, or its clock is far from ours. */
  QUOTA_STORE_NONSENSE: false,
} as const;

/** What can go wrong here. Closed: a caller can switch over it. */
export type QuotaErrorCode = keyof typeof RETRIABLE;

/** An error of this library. */
export class QuotaError extends TwoWayError<QuotaErrorCode> {
  constructor(code: QuotaErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(code, message, { retriable: RETRIABLE[code], ...details });
    this.name = 'QuotaError';
  }
}
