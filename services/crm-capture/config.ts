/** Configuration of the service, from the environment. */
import { z } from 'zod';
import { apiServiceConfig, envInt, loadConfig } from '#runtime';

/** Options of this service alone. */
export interface CaptureOptions {
  /** CATCH_UP_SECONDS: time between looks for changes that no event told of, per tenant. Default 60 s; 5 calls each. */
  catchUpSeconds: number;
  /**
   * CATCH_UP_OVERLAP_SECONDS: time within which the CRM may still show a row with an older time stamp (fact P8.4). Rows are
   * read again for so long. Default 120 s.
   */
  overlapSeconds: number;
  /** SWEEP_HOURS: time between walks over all companies and contacts, which heal whatever was missed. Default 24 h. */
  sweepHours: number;
  /** USERS_SECONDS: time between reads of all users; events of users come in between. Default 300 s. */
  usersSeconds: number;
  /**
   * HOOK_DEBOUNCE_MS: wait after an event before its record is read, and again while events come within it, so that a burst is
   * one read. Default 50 ms; less is quicker and costs calls where records are saved again and again.
   */
  debounceMs: number;
  /** HOOK_REST_MS: from one read of a record to the next because of events, so that saving again and again is one more read. Default 400 ms. */
  restMs: number;
  /** READS_AT_ONCE: records of one tenant that are read at the same time because of events. Default 4. */
  readsAtOnce: number;
  /** TENANTS_AT_ONCE: tenants that catch up at the same time, by this instance. Default 16. */
  tenantsAtOnce: number;
}

const own = z
  .object({
    CATCH_UP_SECONDS: envInt({ min: 1, max: 86_400, unit: 's' }).default(60),
    CATCH_UP_OVERLAP_SECONDS: envInt({ min: 0, max: 86_400, unit: 's' }).default(120),
    SWEEP_HOURS: envInt({ min: 1, max: 8_760, unit: 'h' }).default(24),
    USERS_SECONDS: envInt({ min: 1, max: 86_400, unit: 's' }).default(300),
    HOOK_DEBOUNCE_MS: envInt({ min: 0, max: 10_000, unit: 'ms' }).default(50),
    HOOK_REST_MS: envInt({ min: 0, max: 60_000, unit: 'ms' }).default(400),
    READS_AT_ONCE: envInt({ min: 1, max: 64 }).default(4),
    TENANTS_AT_ONCE: envInt({ min: 1, max: 1_000, unit: 'tenants' }).default(16),
  })
  .transform(
    (env): CaptureOptions => ({
      catchUpSeconds: env.CATCH_UP_SECONDS,
      overlapSeconds: env.CATCH_UP_OVERLAP_SECONDS,
      sweepHours: env.SWEEP_HOURS,
      usersSeconds: env.USERS_SECONDS,
      debounceMs: env.HOOK_DEBOUNCE_MS,
      restMs: env.HOOK_REST_MS,
      readsAtOnce: env.READS_AT_ONCE,
      tenantsAtOnce: env.TENANTS_AT_ONCE,
    }),
  );

/** Reads and checks the environment; throws ConfigError with all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig({ ...apiServiceConfig, own }, env);
}
