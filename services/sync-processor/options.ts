/** Settings of the processor alone; those that all services share are in `#runtime`. */
import { z } from 'zod';
import { envInt } from '#runtime';

/** Read from the environment. */
export const processorConfig = z
  .object({
    MAX_LINKS_IN_MEMORY: envInt({ min: 1, max: 50_000_000 }).default(200_000),
    VIEW_CHECK_MS: envInt({ min: 100, max: 3_600_000, unit: 'ms' }).default(10_000),
    SESSION_TIMEOUT_MS: envInt({ min: 1_000, max: 300_000, unit: 'ms' }).default(10_000),
    MAX_BATCH_RECORDS: envInt({ min: 1, max: 10_000 }).default(1_000),
  })
  .transform((env) => ({
    /** Links kept in memory between batches, all tenants together. MAX_LINKS_IN_MEMORY, default 200,000 (some 900 MB). */
    maxLinksInMemory: env.MAX_LINKS_IN_MEMORY,
    /** How often an idle task looks whether Redis is still where it should be. VIEW_CHECK_MS, default 10,000 ms. */
    viewCheckMs: env.VIEW_CHECK_MS,
    /** After this long without a sign of life the tasks go to another instance. SESSION_TIMEOUT_MS, default 10,000 ms. */
    sessionTimeoutMs: env.SESSION_TIMEOUT_MS,
    /** Most input records in one transaction. MAX_BATCH_RECORDS, default 1,000: more gains nothing. */
    maxBatchRecords: env.MAX_BATCH_RECORDS,
  }));
