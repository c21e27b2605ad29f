/** Puts the shared call budget in front of every call of a client (fact P1.5: 1,200 calls in 10 minutes per workspace). */
import type { Quota, QuotaPriority } from '#quota';
import type { CrmCallInfo, CrmCallResult, CrmClientOptions } from './client-options.ts';

/** The call budget does not allow the call now; nothing was sent. */
export class CrmBudgetError extends Error {
  override readonly name = 'CrmBudgetError';
  readonly code = 'BUDGET_SPENT';
  readonly retriable = true;
  /** When to try again, our clock. */
  readonly retryAtMs: number;

  constructor(retryAtMs: number, toldToWait: boolean) {
    super(toldToWait ? 'the CRM asked to slow down' : 'the calls of these 10 minutes are used up');
    this.retryAtMs = retryAtMs;
  }
}

const PRIORITIES: ReadonlySet<string> = new Set<QuotaPriority>(['live', 'repair', 'backfill']);

/** Options of `crmBudgetHooks`. */
export interface CrmBudgetOptions {
  quota: Pick<Quota, 'acquire' | 'report429'>;
  tenantId: string;
  /** Told of errors of the budget's own store while reporting; the call itself has ended by then. Default: nothing. */
  onError?: (error: unknown) => void;
}

/**
 * Hooks for `createCrmClient`: each call asks the budget first and is not made without a grant (it rejects with
 * CrmBudgetError, or with what the budget's store says), and a 429 is passed on. A call's purpose is its priority; one that
 * is none counts as repair.
 */
export function crmBudgetHooks(
  options: CrmBudgetOptions,
): Required<Pick<CrmClientOptions, 'beforeCall' | 'afterCall'>> {
  const { quota, tenantId, onError } = options;
  return {
    async beforeCall({ purpose }: CrmCallInfo) {
      const priority = PRIORITIES.has(purpose) ? (purpose as QuotaPriority) : 'repair';
      const answer = await quota.acquire({ tenantId, side: 'crm', priority, calls: 1 });
      if (!answer.granted) throw new CrmBudgetError(answer.retryAtMs, answer.reason === 'told-to-wait');
    },
    afterCall(_info: CrmCallInfo, { code, retryAfterMs }: CrmCallResult) {
      if (code !== 'RATE_LIMITED') return;
      const wait = retryAfterMs === null ? {} : { retryAfterMs };
      quota.report429({ tenantId, side: 'crm', ...wait }).catch((error: unknown) => onError?.(error));
    },
  };
}
