/** Configuration of the service, from the environment. */
import { z } from 'zod';
import { apiServiceConfig, envInt, loadConfig } from '#runtime';

/** Options of this service alone. */
const own = z
  .object({
    CONFIRM_SECONDS: envInt({ min: 1, max: 86_400, unit: 's' }).default(150),
    CHECKS_AT_ONCE: envInt({ min: 1, max: 100, unit: 'tenants' }).default(4),
  })
  .transform((env) => ({
    /**
     * CONFIRM_SECONDS: from the first look at a difference to the last, at least. Longer than two rounds of crm-capture's
     * catch-up (CATCH_UP_SECONDS), or an edit without an event could be taken for drift. Default 150 s.
     */
    confirmMs: env.CONFIRM_SECONDS * 1_000,
    /** CHECKS_AT_ONCE: tenants that are checked at the same time, by this instance; each holds its links. Default 4. */
    checksAtOnce: env.CHECKS_AT_ONCE,
  }));

/** Reads and checks the environment; throws ConfigError with all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig({ ...apiServiceConfig, own }, env);
}
