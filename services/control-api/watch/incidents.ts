/**
 * When a measured rule becomes an incident, when it is over, and when of either somebody is to be told. Pure.
 *
 *   (applies for holdMs) ─▶ firing ─▶ (does not apply for CLEAR_MS) ─▶ resolved
 *
 * An incident is told of when it begins, every few hours while it goes on, and when it is over; what was told stands in its
 * record, so a restart tells nothing twice. What flickers is one incident, and not one for each time.
 */
import type { Alert } from '#contracts';
import { ALERT_RULES, type AlertRuleName } from '#sync-core';
import type { Measured } from './measure.ts';

/** A rule has not applied for this long when its incident is over, milliseconds. */
export const CLEAR_MS = 120_000;
/** An incident that goes on is told of again after this time, milliseconds. */
export const REPEAT_MS = 4 * 3_600_000;
/** Wait after a notice that was not taken, milliseconds; doubled with each one in a row, up to an hour. */
export const RETRY_MS = 60_000;
const RETRY_LONGEST_MS = 3_600_000;
/** Notices of one state that are tried at most; then the next state, or the repetition, begins anew. */
export const TRIES_MAX = 8;
/** Past incidents of a tenant that are kept. */
export const PAST_KEPT = 50;

/** Who orders what follows from an incident. */
export const ALERT_SUBJECT = 'alert-rule';

/** Times that whoever runs it may set, milliseconds. */
export interface AlertTimes {
  /** How long a rule has to apply before that is an incident. */
  readonly holdMs: Readonly<Record<AlertRuleName, number>>;
  /** How long a rule has not to apply before its incident is over. */
  readonly clearMs: number;
  /** Wait after a notice that was not taken; doubled with each one in a row, up to an hour. */
  readonly retryMs: number;
}

/** How long each rule has to apply unless that is set. */
export const HOLD_MS = Object.fromEntries(
  Object.entries(ALERT_RULES).map(([rule, { holdMs }]) => [rule, holdMs]),
) as AlertTimes['holdMs'];

/** Those times unless they are set. */
export const ALERT_TIMES: AlertTimes = Object.freeze({ holdMs: HOLD_MS, clearMs: CLEAR_MS, retryMs: RETRY_MS });

/** What is remembered of a rule and subject between looks: since when it applies, or does not. */
export type Changes = Map<string, { applies: boolean; sinceMs: number }>;

/** The incidents of a tenant after a look: those that are new or changed. */
export function follow(
  tenantId: string,
  measured: readonly Measured[],
  open: readonly Alert[],
  changes: Changes,
  nowMs: number,
  times: AlertTimes = ALERT_TIMES,
): Alert[] {
  const changed: Alert[] = [];
  const seen = new Set<string>();
  for (const one of measured) {
    const key = `${one.rule}/${one.subject}`;
    seen.add(key);
    const since = noted(changes, key, one.applies, nowMs);
    const incident = open.find(({ rule, subject }) => `${rule}/${subject}` === key);
    if (incident === undefined) {
      if (one.applies && nowMs - since >= times.holdMs[one.rule]) changed.push(begun(tenantId, one, since, nowMs));
    } else if (!one.applies && nowMs - since >= times.clearMs) changed.push(over(incident, one.value, nowMs));
  }
  // A rule that was switched off, or cannot be measured any more, has no incident.
  for (const incident of open) {
    if (!seen.has(`${incident.rule}/${incident.subject}`)) changed.push(over(incident, incident.value, nowMs));
  }
  return changed;
}

function noted(changes: Changes, key: string, applies: boolean, nowMs: number): number {
  const known = changes.get(key);
  if (known?.applies === applies) return known.sinceMs;
  changes.set(key, { applies, sinceMs: nowMs });
  return nowMs;
}

function begun(
  tenantId: string,
  { rule, subject, value, threshold, detail }: Measured,
  sinceMs: number,
  nowMs: number,
): Alert {
  return {
    tenantId,
    rule,
    subject,
    state: 'firing',
    value,
    threshold,
    detail,
    sinceMs,
    firedAtMs: nowMs,
    resolvedAtMs: null,
    toldAtMs: null,
    toldState: '',
    tries: 0,
    lastError: '',
    pausedLane: false,
    changedAtMs: nowMs,
  };
}

function over(incident: Alert, value: number, nowMs: number): Alert {
  return { ...incident, state: 'resolved', value, resolvedAtMs: nowMs, tries: 0, lastError: '', changedAtMs: nowMs };
}

/** Whether somebody is to be told of an incident now. One that was over before anybody was told of it is not told of. */
export function isDue(
  { state, toldState, toldAtMs, tries, changedAtMs }: Alert,
  nowMs: number,
  { retryMs }: AlertTimes = ALERT_TIMES,
): boolean {
  const isRepeated = toldAtMs !== null && nowMs - toldAtMs >= REPEAT_MS;
  if (toldState === state && !(state === 'firing' && isRepeated)) return false;
  if (state === 'resolved' && toldState === '') return false;
  if (tries >= TRIES_MAX) return state === 'firing' && nowMs - changedAtMs >= REPEAT_MS;
  const waitMs = tries === 0 ? 0 : Math.min(retryMs * 2 ** (tries - 1), RETRY_LONGEST_MS);
  return nowMs - changedAtMs >= waitMs;
}

/** The incident after a notice that it is in `state` was taken, or not. It may have gone on while somebody was told. */
export function told(incident: Alert, state: string, error: string | null, nowMs: number): Alert {
  if (error === null) {
    return { ...incident, toldAtMs: nowMs, toldState: state, tries: 0, lastError: '', changedAtMs: nowMs };
  }
  // The next state has all its tries before it.
  if (incident.state !== state) return { ...incident, lastError: error };
  const tries = incident.tries >= TRIES_MAX ? 1 : incident.tries + 1;
  return { ...incident, tries, lastError: error, changedAtMs: nowMs };
}
