/** How tenants stood over the last day, and their calls over the month: what the charts show. */
import { z } from 'zod';
import { budgetMonthOf } from '#quota';
import { SAMPLE_MS } from '../watch/samples.ts';
import { time } from './answers.ts';
import type { Connection } from './database.ts';
import { type Asked, isoTime } from './question.ts';

const DAY_MS = 24 * 3_600_000;

const sides = z.object({ crm: z.int(), unleashed: z.int() });

const moment = z.object({
  at: time,
  lagMs: z
    .object({ crm: z.int().nullable(), unleashed: z.int().nullable() })
    .describe('How far freshness of the edits of each side was behind; null: not known. Of several tenants the worst.'),
  waiting: sides.describe('Records with an edit of the side that was neither applied nor explained.'),
  failing: z.int().nullable().describe('Records that failed; null: not known.'),
});

/** GET …/trends */
export const trendsAnswer = z.object({
  day: z.array(moment).describe('The last day, oldest first, a moment for each five minutes that the service ran.'),
  month: z
    .array(z.object({ at: time, usedCalls: z.int(), limitCalls: z.int() }))
    .describe("Unleashed's calls of the running month, one for each day (UTC), the last of it; oldest first."),
});

/** GET /v1/trends */
export const allTrendsAnswer = trendsAnswer.pick({ day: true });

/** Answers by their types. */
export type TrendsAnswer = z.infer<typeof trendsAnswer>;
export type AllTrendsAnswer = z.infer<typeof allTrendsAnswer>;

interface Row {
  readonly at: number;
  readonly crm_lag: number | null;
  readonly unleashed_lag: number | null;
  readonly crm_waiting: number;
  readonly unleashed_waiting: number;
  readonly failing: number | null;
}

/** How a tenant stood. */
export function trendsOf({ connection, tenant }: Asked, nowMs: number): TrendsAnswer {
  const month = connection.all<{ at: number; used: number; allowed: number }>(
    `SELECT at_ms AS at, used_calls AS used, limit_calls AS allowed FROM samples
     WHERE tenant_no = ? AND span = 'month' AND at_ms >= ? AND used_calls IS NOT NULL AND limit_calls IS NOT NULL
     ORDER BY at_ms`,
    ...[tenant.no, budgetMonthOf(nowMs).startMs],
  );
  return {
    day: dayOf(connection, [tenant.id], nowMs),
    month: month.map(({ at, used, allowed }) => ({ at: isoTime(at), usedCalls: used, limitCalls: allowed })),
  };
}

/** How several tenants stood together: the worst freshness, and the sums of what waits and fails. */
export function dayOf(connection: Connection, tenantIds: readonly string[], nowMs: number): TrendsAnswer['day'] {
  // Places are used again: what is older was simply not written over, because nobody ran then.
  const rows = connection.all<Row>(
    `SELECT max(at_ms) AS at, max(crm_lag_ms) AS crm_lag, max(unleashed_lag_ms) AS unleashed_lag,
       sum(crm_waiting) AS crm_waiting, sum(unleashed_waiting) AS unleashed_waiting, sum(failing) AS failing
     FROM samples
     WHERE tenant_no IN (SELECT no FROM tenants WHERE tenant_id IN (SELECT value FROM json_each(?)))
       AND span = 'day' AND at_ms > ? AND at_ms <= ?
     GROUP BY at_ms / ${SAMPLE_MS} ORDER BY at`,
    ...[JSON.stringify(tenantIds), nowMs - DAY_MS, nowMs],
  );
  return rows.map((row) => ({
    at: isoTime(row.at),
    lagMs: { crm: row.crm_lag, unleashed: row.unleashed_lag },
    waiting: { crm: row.crm_waiting, unleashed: row.unleashed_waiting },
    failing: row.failing,
  }));
}
