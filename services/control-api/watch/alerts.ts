/** Alerts of the tenants that are looked after here: measured, followed, told, and acted on. */
import { type Alert, alertKey, SIDES, type Side } from '#contracts';
import type { Log } from '#runtime';
import { ALERT_PAUSE } from '#sync-core';
import { type Changes, follow, isDue, PAST_KEPT, told } from './incidents.ts';
import { type Known, measure } from './measure.ts';

/** What it needs. */
export interface AlertsParts {
  /** What is known of a tenant. */
  knownOf(tenantId: string): Omit<Known, 'closedSinceMs' | 'nowMs'>;
  /** Incidents as published. */
  publishedOf(tenantId: string): readonly Alert[];
  /** Resolves when it is written; `alert` null forgets an old one. */
  publish(key: string, tenantId: string, alert: Alert | null): Promise<void>;
  /** What tells a tenant's webhook, and gives why it was not taken, null when it was. Undefined: it has none. */
  tellOf(tenantId: string): ((alerts: readonly Alert[]) => Promise<string | null>) | undefined;
  /** Orders a pause of writing to a side because of an incident; repeated with the same key it is one order. */
  pause(tenantId: string, side: Side, key: string): Promise<void>;
  readonly log: Log;
  nowMs(): number;
}

/** Looks after alerts. */
export interface Alerts {
  /** Looks at these tenants; resolves when all that follows is written and told, or noted as not told. */
  look(tenantIds: readonly string[]): Promise<void>;
  /** Forgets a tenant that is looked after elsewhere. */
  forget(tenantId: string): void;
}

/** Tenants that the webhook is told of at the same time. */
const TOLD_AT_ONCE = 8;

interface Memory {
  readonly changes: Changes;
  readonly closedSinceMs: Map<Side, number>;
  /** Incidents by key, ahead of what is published: our own records come back later. */
  readonly incidents: Map<string, Alert>;
}

const keyOf = ({ tenantId, rule, subject, firedAtMs }: Alert): string => alertKey(tenantId, rule, subject, firedAtMs);

/** Makes them. */
export function createAlerts(parts: AlertsParts): Alerts {
  const memories = new Map<string, Memory>();

  function memoryOf(tenantId: string): Memory {
    const known = memories.get(tenantId);
    if (known !== undefined) return known;
    const incidents = new Map(parts.publishedOf(tenantId).map((alert) => [keyOf(alert), alert]));
    const fresh: Memory = { changes: new Map(), closedSinceMs: new Map(), incidents };
    memories.set(tenantId, fresh);
    return fresh;
  }

  async function keep(memory: Memory, alert: Alert): Promise<void> {
    memory.incidents.set(keyOf(alert), alert);
    await parts.publish(keyOf(alert), alert.tenantId, alert);
  }

  async function look(tenantId: string): Promise<void> {
    const memory = memoryOf(tenantId);
    const nowMs = parts.nowMs();
    const known = parts.knownOf(tenantId);
    noteLanes(memory, known.lanes, nowMs);
    const measured = measure({ ...known, nowMs, closedSinceMs: (side) => memory.closedSinceMs.get(side) ?? null });
    const open = [...memory.incidents.values()].filter(({ state }) => state === 'firing');
    for (const alert of follow(tenantId, measured, open, memory.changes, nowMs)) {
      const { rule, subject, state, value, threshold, detail } = alert;
      const line = { tenantId, rule, subject, value, threshold, detail };
      if (state === 'firing') parts.log.warn(line, 'an alert: its rule applies');
      else parts.log.info(line, 'an alert is over');
      await keep(memory, alert);
    }
    if (known.setting?.alertRules?.[ALERT_PAUSE] === 'on') await pauseLanes(memory);
    await forgetPast(memory);
  }

  /** Writing stops while most of it fails: once for each incident. */
  async function pauseLanes(memory: Memory): Promise<void> {
    for (const alert of memory.incidents.values()) {
      if (alert.rule !== 'failing' || alert.state !== 'firing' || alert.pausedLane) continue;
      for (const side of SIDES) await parts.pause(alert.tenantId, side, `${keyOf(alert)}/${side}`);
      await keep(memory, { ...alert, pausedLane: true, changedAtMs: parts.nowMs() });
    }
  }

  async function tell(tenantId: string): Promise<void> {
    const memory = memories.get(tenantId);
    const tellWebhook = parts.tellOf(tenantId);
    if (memory === undefined || tellWebhook === undefined) return;
    const due = [...memory.incidents.values()].filter((alert) => isDue(alert, parts.nowMs()));
    if (due.length === 0) return;
    const error = await tellWebhook(due);
    if (error !== null) parts.log.warn({ tenantId, notices: due.length, reason: error }, 'a notice was not taken');
    for (const alert of due) await keep(memory, told(alert, error, parts.nowMs()));
  }

  async function forgetPast(memory: Memory): Promise<void> {
    const past = [...memory.incidents].filter(([, { state }]) => state === 'resolved');
    past.sort(([, a], [, b]) => b.firedAtMs - a.firedAtMs);
    for (const [key, { tenantId }] of past.slice(PAST_KEPT)) {
      memory.incidents.delete(key);
      await parts.publish(key, tenantId, null);
    }
  }

  return {
    async look(tenantIds) {
      for (const tenantId of tenantIds) await look(tenantId);
      for (let at = 0; at < tenantIds.length; at += TOLD_AT_ONCE) {
        await Promise.all(tenantIds.slice(at, at + TOLD_AT_ONCE).map(tell));
      }
    },
    forget: (tenantId) => void memories.delete(tenantId),
  };
}

function noteLanes({ closedSinceMs }: Memory, lanes: Known['lanes'], nowMs: number): void {
  for (const side of SIDES) {
    const isClosed = lanes.some((lane) => lane.side === side && lane.state !== 'open');
    if (!isClosed) closedSinceMs.delete(side);
    else if (!closedSinceMs.has(side)) closedSinceMs.set(side, nowMs);
  }
}
