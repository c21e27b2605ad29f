import type { Clock, RedisStore } from '#runtime';
import type { WindowShape } from './limits.ts';

/** What every kind of quota needs. */
export interface QuotaOptions {
  /**
   * Calls that the tenant's Unleashed plan allows in a month (`unleashed.monthlyCalls` of the tenants file, read at each
   * request, so that a bought bundle counts at once); undefined when there is no such tenant.
   */
  readonly monthlyCallsOf: (tenantId: string) => number | undefined;
  /** Whose time counts for `retryAtMs`. Default: the machine's. */
  readonly clock?: Clock;
  /** The CRM's limit. Default CRM_WINDOW; anything else is for tests. */
  readonly crmWindow?: WindowShape;
}

/** What a quota shared through Redis needs. */
export interface RedisQuotaOptions extends QuotaOptions {
  readonly redis: RedisStore;
  /**
   * Which time the counts go by. Default `redis`: Redis' own, the one clock that all processes share. `clock` is for tests
   * that move time.
   */
  readonly time?: 'redis' | 'clock';
}
