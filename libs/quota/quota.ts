/** What a budget of API calls looks like to whoever spends it, whichever side and wherever the counts are kept. */

/** The side whose API is called. */
export type QuotaSide = 'crm' | 'unleashed';

/**
 * What the calls are for, the most urgent first: a person's edit; reconciliation and polls; first alignment and sweeps.
 * Each class leaves a reserve for those before it (see `limits.ts`).
 */
export type QuotaPriority = 'live' | 'repair' | 'backfill';

/** A wish for calls. */
export interface QuotaRequest {
  readonly tenantId: string;
  readonly side: QuotaSide;
  readonly priority: QuotaPriority;
  /** How many calls, 1 or more. All or none are granted. */
  readonly calls: number;
}

/** Calls that may be made now. */
export interface QuotaGrant {
  readonly tenantId: string;
  readonly side: QuotaSide;
  /** How many. */
  readonly calls: number;
  /** The slot that they are counted in: a bucket of the window, or a month. */
  readonly slot: number;
}

/**
 * Why nothing was granted:
 * - `window-full`: the CRM's 10 minutes are used up (fact P1.5);
 * - `month-spent`: Unleashed's month is used up (fact U9.5);
 * - `reserved`: what is left is kept for more urgent calls;
 * - `told-to-wait`: the API answered 429 a moment ago.
 */
export type QuotaRefusal = 'window-full' | 'month-spent' | 'reserved' | 'told-to-wait';

/** The answer to a wish. */
export type QuotaAnswer =
  | { readonly granted: true; readonly grant: QuotaGrant }
  | {
      readonly granted: false;
      /** When to ask again, ms since 1970 on the asker's clock. Asking earlier is useless, asking then may be too early. */
      readonly retryAtMs: number;
      readonly reason: QuotaRefusal;
    };

/** How much of a budget is used. */
export interface QuotaUsage {
  /** Calls counted in the window or month. */
  readonly usedCalls: number;
  /** The whole budget of the window or month, margin included. */
  readonly limitCalls: number;
  /** Until when nothing is granted because of a 429, ms since 1970; undefined when not. */
  readonly blockedUntilMs: number | undefined;
  /** When the month's count begins anew, ms since 1970; undefined for a sliding window. */
  readonly resetsAtMs: number | undefined;
  /** Since when the month's calls are counted, ms since 1970, for a forecast; undefined for a sliding window. */
  readonly countedSinceMs: number | undefined;
}

/** A 429 that was answered. */
export interface TooManyRequests {
  readonly tenantId: string;
  readonly side: QuotaSide;
  /** What Retry-After said, milliseconds; undefined when it was absent (fact P1.6: unknown). */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Budgets of API calls, shared by all processes that spend them. Every method throws QuotaError QUOTA_STORE_DOWN
 * (retriable) when the counts cannot be read: callers then wait and ask again, and make no call meanwhile.
 */
export interface Quota {
  /**
   * Asks for calls. Ask before every call that counts, and make it soon: a grant has no life of its own, it is counted at
   * once.
   * @throws QuotaError QUOTA_REQUEST_TOO_LARGE for more than the class may have at all; QUOTA_TENANT_UNKNOWN
   */
  acquire(request: QuotaRequest): Promise<QuotaAnswer>;
  /** Gives calls back that were granted and surely not made (a read that showed that no write is needed). */
  giveBack(grant: QuotaGrant, calls: number): Promise<void>;
  /** Says that the API answered 429. Nothing is granted for that tenant and side until the time that is returned. */
  report429(report: TooManyRequests): Promise<{ readonly blockedUntilMs: number }>;
  /** Says that Unleashed refuses because the month is spent (fact U9.5); others use the same account's calls too. */
  reportMonthSpent(tenantId: string): Promise<void>;
  /** Sets the calls used this month to what Unleashed itself shows. */
  correctMonth(tenantId: string, usedCalls: number): Promise<void>;
  /** How much is used. */
  usage(tenantId: string, side: QuotaSide): Promise<QuotaUsage>;
}
