/** What the rules of a tenant's alerts measure, out of what is known of it. Pure. */
import { type Freshness, type Lane, type Progress, type Setting, SIDES, type Side } from '#contracts';
import { ALERT_RULES, type AlertRuleName, alertThreshold } from '#sync-core';

/** A rule about one thing, measured. */
export interface Measured {
  readonly rule: AlertRuleName;
  /** crm, unleashed, or empty for all of the tenant. */
  readonly subject: '' | Side;
  readonly value: number;
  readonly threshold: number;
  /** Stable code that says more; empty for none. */
  readonly detail: string;
  readonly applies: boolean;
}

/** What is known of a tenant. */
export interface Known {
  readonly setting: Setting | undefined;
  readonly lanes: readonly Lane[];
  /** Records that take part, those of them that fail, and those that the breaker holds; null while that is not known. */
  readonly records: { readonly all: number; readonly failing: number; readonly held: number } | null;
  /** Differences that the last comparison of both sides found; null when there was none yet. */
  readonly differences: number | null;
  progressOf(side: Side): Progress | undefined;
  freshnessOf(side: Side): Freshness | undefined;
  /** Since when a lane is closed, as far as it was watched; null while it is open. */
  closedSinceMs(side: Side): number | null;
  readonly nowMs: number;
}

const CREDENTIALS: ReadonlySet<string> = new Set(['CREDENTIALS_REFUSED', 'credentials-refused', 'credentials']);
/** Few records say nothing about a share. */
const RECORDS_MIN = 20;

/** Every rule that is on, about everything that it can be about. */
export function measure(known: Known): Measured[] {
  const { setting } = known;
  const found: Measured[] = [];
  const add = (
    rule: AlertRuleName,
    subject: Measured['subject'],
    value: number | null,
    detail = '',
    least = 0,
  ): void => {
    const threshold = alertThreshold(setting?.alertRules ?? {}, rule);
    if (threshold === null || value === null) return;
    const from = Math.max(threshold, least);
    const rounded = (amount: number): number => Math.round(amount * 10) / 10;
    found.push({ rule, subject, value: rounded(value), threshold: rounded(from), detail, applies: value >= from });
  };
  for (const side of SIDES) {
    const progress = known.progressOf(side);
    const trouble = progress?.troubleSinceMs ?? null;
    const code = trouble === null ? '' : (progress?.troubleCode ?? '');
    add(
      'freshness',
      side,
      setting?.enabled === true ? minutesSince(known, known.freshnessOf(side)?.freshUntilMs) : null,
      code,
      normalMinutes(progress),
    );
    add('unreadable', side, trouble === null ? 0 : minutesSince(known, trouble), code);
    const lane = known.lanes.find((one) => one.side === side && one.state !== 'open');
    add('lane', side, lane === undefined ? 0 : minutesSince(known, known.closedSinceMs(side)), lane?.code ?? '');
    const refused = [code, lane?.code ?? ''].find((one) => CREDENTIALS.has(one));
    add('credentials', side, refused === undefined ? 0 : ALERT_RULES.credentials.threshold, refused ?? '');
  }
  const month = known.progressOf('unleashed');
  const isKnown = month?.usedCalls != null && month.limitCalls !== null && month.limitCalls > 0;
  // What was used in a month that is over says nothing.
  const isOver = (month?.resetsAtMs ?? Number.POSITIVE_INFINITY) <= known.nowMs;
  add('quota', 'unleashed', isKnown ? (isOver ? 0 : (100 * month.usedCalls!) / month.limitCalls!) : null);
  const { records } = known;
  add('failing', '', records === null || records.all < RECORDS_MIN ? null : (100 * records.failing) / records.all);
  // How many wait for approval; one is enough.
  add('breaker', '', records === null ? null : records.held, records?.held ? 'breaker-held' : '');
  add('drift', '', known.differences);
  return found;
}

function minutesSince({ nowMs }: Known, sinceMs: number | null | undefined): number | null {
  return sinceMs == null ? null : Math.max(0, nowMs - sinceMs) / 60_000;
}

/** So many minutes behind is what the reading of a side gives when all is well: two rounds, and what it takes off for safety. */
function normalMinutes(progress: Progress | undefined): number {
  if (progress === undefined) return 0;
  return (2 * progress.everyMs) / 60_000 + 5;
}
