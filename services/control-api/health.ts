/** How a tenant does: how fresh each direction is, what waits and for how long, what the calls of the month lead to, incidents. */

import { z } from 'zod';
import { type Alert, type Freshness, type Progress, type Setting, SIDES, type Side, type Tenant } from '#contracts';
import { forecastMonth } from '#quota';
import { UPDATE_CALLS } from '#sync-core';
import { type OverviewAnswer, STATES, time } from './read-model/answers.ts';

const direction = z.object({
  from: z.string().describe('Side that the edits are made on.'),
  to: z.string(),
  freshUntil: time
    .nullable()
    .describe(
      'Every edit made there before this moment is applied on the other side or explained; null: not known yet.',
    ),
  readUntil: time.nullable().describe('Every edit made there before this moment was read and decided on.'),
  nextRead: time.nullable().describe('When that moves on, if nothing is in the way.'),
  waiting: z.int().describe('Records with an edit that is neither applied nor explained yet.'),
  oldestWaiting: time.nullable(),
  clearedBy: time
    .nullable()
    .describe('When what waits is through, as fast as the calls allow; null when nothing waits or writing is held up.'),
  trouble: z
    .object({ code: z.string(), since: time })
    .nullable()
    .describe('Why the side cannot be read; null: it can.'),
});

const incident = z.object({
  rule: z.string(),
  subject: z.string().describe('crm, unleashed, or empty for all of the tenant.'),
  state: z.enum(['firing', 'resolved']),
  value: z.number().describe('In the unit of the rule.'),
  threshold: z.number(),
  detail: z.string().describe('Stable code that says more; empty for none.'),
  since: time,
  firedAt: time,
  resolvedAt: time.nullable(),
  toldAt: time.nullable().describe('When the webhook last took a notice of it.'),
  lastError: z.string().describe('Why the last notice was not taken; empty when it was.'),
  pausedLane: z.boolean(),
});

/** GET …/health */
export const healthAnswer = z.object({
  tenantId: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  states: z
    .record(z.enum(STATES), z.int())
    .nullable()
    .describe('Records by how they stand; null while the read model is being built.'),
  directions: z.array(direction),
  quota: z
    .object({
      usedCalls: z.int(),
      limitCalls: z.int(),
      callsPerDay: z.int(),
      forecastCalls: z.int().describe("Calls by the end of the month at the month's pace."),
      spentAt: time.nullable().describe('When the budget is spent at that pace; null when it lasts.'),
      resetsAt: time,
      asOf: time,
    })
    .nullable()
    .describe("Unleashed's calls of the month; null while they are not known."),
  incidents: z.array(incident).describe('Open ones first, then past ones, youngest first.'),
});

/** GET /v1/overview */
export const healthsAnswer = z.object({ tenants: z.array(healthAnswer) });

/** How a tenant does, as the API shows it. */
export type HealthView = z.infer<typeof healthAnswer>;

/** What is known of a tenant. */
export interface HealthParts {
  readonly tenant: Tenant;
  readonly setting: Setting | undefined;
  readonly states: OverviewAnswer['states'] | null;
  /** Sides that nothing is written to now. */
  readonly closed: ReadonlySet<string>;
  progressOf(side: Side): Progress | undefined;
  freshnessOf(side: Side): Freshness | undefined;
  readonly alerts: readonly Alert[];
  readonly nowMs: number;
}

/** Calls that writing may make in an hour without taking those of people, by target side. */
const CALLS_AN_HOUR: Readonly<Record<Side, number>> = { crm: 3_600, unleashed: 7_200 };
/** Past incidents that are shown. */
const PAST_SHOWN = 20;

/** Shows it. */
export function healthOf(parts: HealthParts): HealthView {
  const { tenant, setting, states } = parts;
  return {
    tenantId: tenant.tenantId,
    name: tenant.name,
    enabled: setting?.enabled === true,
    states,
    directions: SIDES.map((side) => directionOf(parts, side)),
    quota: quotaOf(parts),
    incidents: incidentsOf(parts.alerts),
  };
}

function directionOf(parts: HealthParts, from: Side): HealthView['directions'][number] {
  const to: Side = from === 'crm' ? 'unleashed' : 'crm';
  const progress = parts.progressOf(from);
  const fresh = parts.freshnessOf(from);
  const since = progress?.troubleSinceMs ?? null;
  return {
    from,
    to,
    freshUntil: iso(fresh?.freshUntilMs),
    readUntil: iso(fresh?.readUntilMs),
    nextRead: iso(progress === undefined || since !== null ? null : progress.sentAtMs + progress.everyMs),
    waiting: fresh?.waiting ?? 0,
    oldestWaiting: iso(fresh?.oldestWaitingMs),
    clearedBy: iso(clearedByMs(parts, to, fresh?.waiting ?? 0)),
    trouble: progress === undefined || since === null ? null : { code: progress.troubleCode, since: isoTime(since) },
  };
}

/** When what waits for a side is written, at the pace that its calls allow, and within Unleashed's month. */
function clearedByMs({ closed, nowMs, progressOf }: HealthParts, to: Side, waiting: number): number | null {
  if (waiting === 0 || closed.has(to)) return null;
  const calls = waiting * UPDATE_CALLS[to];
  const byPaceMs = nowMs + (calls / CALLS_AN_HOUR[to]) * 3_600_000;
  const month = progressOf('unleashed');
  if (to === 'crm' || month?.usedCalls == null || month.limitCalls === null || month.resetsAtMs === null)
    return byPaceMs;
  return month.usedCalls + calls > month.limitCalls ? Math.max(byPaceMs, month.resetsAtMs) : byPaceMs;
}

function quotaOf({ progressOf, nowMs }: HealthParts): HealthView['quota'] {
  const month = progressOf('unleashed');
  if (month?.usedCalls == null || month.limitCalls === null) return null;
  const { usedCalls, limitCalls, countedSinceMs, sentAtMs } = month;
  const found = forecastMonth({ nowMs, usedCalls, limitCalls, countedSinceMs: countedSinceMs ?? undefined });
  return {
    usedCalls,
    limitCalls,
    callsPerDay: found.callsPerDay,
    forecastCalls: found.forecastCalls,
    spentAt: iso(found.spentAtMs),
    resetsAt: isoTime(found.resetsAtMs),
    asOf: isoTime(sentAtMs),
  };
}

function incidentsOf(alerts: readonly Alert[]): HealthView['incidents'] {
  const sorted = [...alerts].sort((a, b) => b.firedAtMs - a.firedAtMs);
  const open = sorted.filter(({ state }) => state === 'firing');
  const past = sorted.filter(({ state }) => state !== 'firing').slice(0, PAST_SHOWN);
  return [...open, ...past].map((alert) => ({
    rule: alert.rule,
    subject: alert.subject,
    state: alert.state === 'firing' ? 'firing' : 'resolved',
    value: alert.value,
    threshold: alert.threshold,
    detail: alert.detail,
    since: isoTime(alert.sinceMs),
    firedAt: isoTime(alert.firedAtMs),
    resolvedAt: iso(alert.resolvedAtMs),
    toldAt: iso(alert.toldAtMs),
    lastError: alert.lastError,
    pausedLane: alert.pausedLane,
  }));
}

function iso(timeMs: number | null | undefined): string | null {
  return timeMs == null ? null : isoTime(timeMs);
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
