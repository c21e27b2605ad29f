/** Alerts of the tenants that are looked after here: measured, followed, told, and acted on. */
import { type Alert, alertKey, SIDES, type Side } from '#contracts';
import type { Log } from '#runtime';
import { ALERT_PAUSE } from '#sync-core';
import { ALERT_TIMES, type AlertTimes, type Changes, follow, isDue, PAST_KEPT, told } from './incidents.ts';
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
  /** Default: ALERT_TIMES. */
  readonly times?: AlertTimes;
  nowMs(): number;
}

/** Looks after alerts. */
export interface Alerts {
  /**
   * Looks at these tenants; resolves when what was found is written. What follows from it, notices and pauses, goes on by itself:
   * a webhook that does not answer holds up no look at anybody. A tenant that cannot be looked at does not keep the others from it.
   */
  look(tenantIds: readonly string[]): Promise<void>;
  /** Resolves when nothing that followed from a look is under way. Never rejects. */
  quiet(): Promise<void>;
  /** Forgets a tenant that is looked after elsewhere. */
  forget(tenantId: string): void;
}

/** Tenants that the webhook is told of at the same time. */
const TOLD_AT_ONCE = 32;

interface Memory {
  readonly changes: Changes;
  readonly closedSinceMs: Map<Side, number>;
  /** Incidents by key, ahead of what is published: our own records come back later. */
  readonly incidents: Map<string, Alert>;
}

const keyOf = ({ tenantId, rule, subject, firedAtMs }: Alert): string => alertKey(tenantId, rule, subject, firedAtMs);

/** Makes them. */
export function createAlerts(parts: AlertsParts): Alerts {
  const times = parts.times ?? ALERT_TIMES;
  const memories = new Map<string, Memory>();
  /** What follows from looks, by tenant, one after the other for each. */
  const underWay = new Map<string, Promise<void>>();

  function memoryOf(tenantId: string): Memory {
    const known = memories.get(tenantId);
    if (known !== undefined) return known;
    const incidents = new Map(parts.publishedOf(tenantId).map((alert) => [keyOf(alert), alert]));
    const fresh: Memory = { changes: new Map(), closedSinceMs: new Map(), incidents };
    memories.set(tenantId, fresh);
    return fresh;
  }

  async function keep(memory: Memory, alert: Alert): Promise<void> {
    const key = keyOf(alert);
    const before = memory.incidents.get(key);
    memory.incidents.set(key, alert);
    try {
      await parts.publish(key, alert.tenantId, alert);
    } catch (error) {
      // What nobody else can know of is found again at the next look.
      if (memory.incidents.get(key) === alert) {
        if (before === undefined) memory.incidents.delete(key);
        else memory.incidents.set(key, before);
      }
      throw error;
    }
  }

  async function look(tenantId: string): Promise<void> {
    const memory = memoryOf(tenantId);
    const nowMs = parts.nowMs();
    const known = parts.knownOf(tenantId);
    noteLanes(memory, known.lanes, nowMs);
    const measured = measure({ ...known, nowMs, closedSinceMs: (side) => memory.closedSinceMs.get(side) ?? null });
    const open = [...memory.incidents.values()].filter(({ state }) => state === 'firing');
    for (const alert of follow(tenantId, measured, open, memory.changes, nowMs, times)) {
      await keep(memory, alert);
      const { rule, subject, state, value, threshold, detail } = alert;
      const line = { tenantId, rule, subject, value, threshold, detail };
      if (state === 'firing') parts.log.warn(line, 'an alert: its rule applies');
      else parts.log.info(line, 'an alert is over');
    }
    await forgetPast(memory);
    follows(tenantId, memory, known.setting?.alertRules?.[ALERT_PAUSE] === 'on');
  }

  /** Begins what follows from a look, unless that of the last one goes on; then it is begun after the next. */
  function follows(tenantId: string, memory: Memory, isPausing: boolean): void {
    if (underWay.has(tenantId) || underWay.size >= TOLD_AT_ONCE) return;
    const work = async (): Promise<void> => {
      if (isPausing) await pauseLanes(memory);
      await tell(tenantId, memory);
    };
    const done = work()
      .catch((error: unknown) =>
        parts.log.warn({ err: error, tenantId }, 'what follows from an alert was not done yet'),
      )
      .finally(() => underWay.delete(tenantId));
    underWay.set(tenantId, done);
  }

  /** Writing stops while many records fail: once for each incident. */
  async function pauseLanes(memory: Memory): Promise<void> {
    for (const [key, alert] of memory.incidents) {
      if (alert.rule !== 'failing' || alert.state !== 'firing' || alert.pausedLane) continue;
      for (const side of SIDES) await parts.pause(alert.tenantId, side, `${key}/${side}`);
      const now = memory.incidents.get(key);
      if (now === undefined || !isOurs(alert.tenantId, memory)) return;
      await keep(memory, { ...now, pausedLane: true });
    }
  }

  async function tell(tenantId: string, memory: Memory): Promise<void> {
    const tellWebhook = parts.tellOf(tenantId);
    if (tellWebhook === undefined) return;
    const due = [...memory.incidents.values()].filter((alert) => isDue(alert, parts.nowMs(), times));
    if (due.length === 0) return;
    const error = await tellWebhook(due);
    if (error !== null) parts.log.warn({ tenantId, notices: due.length, reason: error }, 'a notice was not taken');
    for (const alert of due) {
      const now = memory.incidents.get(keyOf(alert));
      if (now === undefined || !isOurs(tenantId, memory)) continue;
      await keep(memory, told(now, alert.state, error, parts.nowMs()));
    }
  }

  /** Whether a tenant is still looked after here: else somebody else's word on its incidents is newer. */
  function isOurs(tenantId: string, memory: Memory): boolean {
    return memories.get(tenantId) === memory;
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
      const failed: unknown[] = [];
      for (const tenantId of tenantIds) await look(tenantId).catch((error: unknown) => void failed.push(error));
      if (failed.length > 0) throw failed[0];
    },
    quiet: async () => void (await Promise.all(underWay.values())),
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
