/** Puts the shared call budget in front of every call of a client. */
import type { Side } from '#contracts';
import type { Quota, QuotaPriority } from '#quota';
import type { ApiClientOptions } from './call-options.ts';

/** The call budget does not allow the call now; nothing was sent. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
  readonly code = 'BUDGET_SPENT';
  readonly retriable = true;
  /** When to try again, our clock. */
  readonly retryAtMs: number;
  /** True when a 429 of a moment ago is the reason, and not a budget that is used up. */
  readonly toldToWait: boolean;
  /** The API: the CRM's calls are counted in ten minutes, Unleashed's in a month. */
  readonly side: Side;

  constructor(side: Side, retryAtMs: number, toldToWait: boolean) {
    super(toldToWait ? 'the API asked to slow down' : 'the call budget is spent');
    this.side = side;
    this.retryAtMs = retryAtMs;
    this.toldToWait = toldToWait;
  }
}

/** What each purpose of a call may use of the budget; one that is not listed counts as repair. */
const PRIORITY_BY_PURPOSE: Readonly<Record<string, QuotaPriority>> = {
  live: 'live',
  repair: 'repair',
  reconciliation: 'repair',
  backfill: 'backfill',
  hint: 'repair',
  poll: 'repair',
  sweep: 'backfill',
};

/** Options of `budgetHooks`. */
export interface BudgetOptions {
  quota: Pick<Quota, 'acquire' | 'report429' | 'reportMonthSpent'>;
  tenantId: string;
  side: Side;
  /** Told of errors of the budget's own store while reporting; the call itself has ended by then. Default: nothing. */
  onError?: (error: unknown) => void;
}

/**
 * Hooks for a client: each call asks the budget first and is not made without a grant (it rejects with BudgetError, or with
 * what the budget's store says), and what the server says about its limits is passed on.
 */
export function budgetHooks(options: BudgetOptions): Required<Pick<ApiClientOptions, 'beforeCall' | 'afterCall'>> {
  const { quota, tenantId, side, onError } = options;
  return {
    async beforeCall({ purpose }) {
      const priority = PRIORITY_BY_PURPOSE[purpose] ?? 'repair';
      const answer = await quota.acquire({ tenantId, side, priority, calls: 1 });
      if (!answer.granted) throw new BudgetError(side, answer.retryAtMs, answer.reason === 'told-to-wait');
    },
    afterCall(_info, { code, retryAfterMs }) {
      if (code === 'RATE_LIMITED') {
        const wait = retryAfterMs === null ? {} : { retryAfterMs };
        quota.report429({ tenantId, side, ...wait }).catch((error: unknown) => onError?.(error));
      } else if (code === 'QUOTA_SPENT') {
        quota.reportMonthSpent(tenantId).catch((error: unknown) => onError?.(error));
      }
    },
  };
}
