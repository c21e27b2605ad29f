/** Configuration of the service, from the environment. */

import { z } from 'zod';
import { apiServiceConfig, envBoolean, envInt, loadConfig } from '#runtime';

/** Options of this service alone. */
export interface ConnectorOptions {
  /** WEBHOOKS: whether deliveries of Unleashed's webhooks are taken. Default true; without subscriptions none come. */
  webhooks: boolean;
  /** TENANTS_AT_ONCE: tenants that are read at the same time at most, by this instance. Default 64. */
  tenantsAtOnce: number;
  /** HINT_DEBOUNCE_MS: wait after a webhook before the customer is read, so that a burst is one read. Default 250 ms. */
  hintDebounceMs: number;
}

const own = z
  .object({
    WEBHOOKS: envBoolean().default(true),
    TENANTS_AT_ONCE: envInt({ min: 1, max: 1_000, unit: 'tenants' }).default(64),
    HINT_DEBOUNCE_MS: envInt({ min: 0, max: 60_000, unit: 'ms' }).default(250),
  })
  .transform(
    (env): ConnectorOptions => ({
      webhooks: env.WEBHOOKS,
      tenantsAtOnce: env.TENANTS_AT_ONCE,
      hintDebounceMs: env.HINT_DEBOUNCE_MS,
    }),
  );

/** Reads and checks the environment; throws ConfigError with all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig({ ...apiServiceConfig, own }, env);
}
