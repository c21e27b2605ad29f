/** Which check of a tenant is next. Pure. */
import type { DriftReport } from '#contracts';
import { nextLocalHour } from '#sync-core';
import type { CheckOrder } from './tally.ts';

/** Nightly checks may cost this share of a month's calls of Unleashed at most: an account with many pages has them less often. */
export const NIGHTLY_SHARE = 0.1;
const DAYS_PER_MONTH = 30;
const DAY_MS = 86_400_000;
/** An order that was not carried out within this time is given up: what it was to find, the next one finds. */
export const ORDER_LIFE_MS = DAY_MS;

/** A check that is known. */
export interface Known {
  readonly checkId: string;
  readonly report: DriftReport;
}

/** Whether and at which hour of the tenant's day there is a nightly check. */
export interface NightlyCheck {
  readonly nightly: boolean;
  readonly hour: number;
}

/** The nightly check of a tenant: as its settings say (`driftHour` of sync.setting), else as configured. */
export function nightlyCheck(configured: NightlyCheck, driftHour = 'default'): NightlyCheck {
  if (driftHour === 'default') return configured;
  return driftHour === 'off' ? { ...configured, nightly: false } : { nightly: true, hour: Number(driftHour) };
}

/** What it is decided by. */
export interface ScheduleInput {
  /** Checks of the tenant, the youngest order first. */
  readonly known: readonly Known[];
  /** Ids that were carried out here a moment ago, whatever the table still says. */
  readonly done: ReadonlySet<string>;
  readonly timeZone: string;
  readonly driftCheck: NightlyCheck;
  /** Since when that has been so, our clock, if it changed here: a night before that was not missed. Null: it did not change. */
  readonly changedMs: number | null;
  readonly monthlyCalls: number;
  /** Since when the tenant is served here, our clock: a night before that is nobody's. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** What is to be done: a check now, an order to be given up, or nothing before a time (null: before something changes). */
export type Next =
  | { readonly kind: 'check' | 'give-up'; readonly order: CheckOrder }
  | { readonly kind: 'wait'; readonly untilMs: number | null };

/** The oldest order that is open, else the nightly check when it is due. */
export function nextCheck(input: ScheduleInput): Next {
  const { known, done, nowMs } = input;
  const open = known.filter(({ checkId, report }) => isOpen(report) && !done.has(checkId)).at(-1);
  if (open !== undefined) {
    const { cause, requestedBy, requestedAtMs } = open.report;
    const order: CheckOrder = {
      checkId: open.checkId,
      cause: cause === 'nightly' ? 'nightly' : 'request',
      requestedBy,
      requestedAtMs,
    };
    return { kind: nowMs - requestedAtMs > ORDER_LIFE_MS ? 'give-up' : 'check', order };
  }
  if (!input.driftCheck.nightly) return { kind: 'wait', untilMs: null };
  const dueMs = nightlyDueMs(input);
  if (dueMs > nowMs) return { kind: 'wait', untilMs: dueMs };
  return {
    kind: 'check',
    order: { checkId: `nightly-${dueMs}`, cause: 'nightly', requestedBy: '', requestedAtMs: dueMs },
  };
}

/** Whether a check has not ended. */
export function isOpen({ state }: Pick<DriftReport, 'state'>): boolean {
  return state === 'queued' || state === 'comparing' || state === 'confirming';
}

/** A night that was missed is made up for once. */
function nightlyDueMs(input: ScheduleInput): number {
  const { known, done, timeZone, driftCheck, monthlyCalls, sinceMs, nowMs } = input;
  const changedMs = input.changedMs ?? Number.NEGATIVE_INFINITY;
  const nights = known.filter(({ report }) => report.cause === 'nightly').map(({ report }) => report.requestedAtMs);
  for (const id of done) if (id.startsWith('nightly-')) nights.push(Number(id.slice('nightly-'.length)));
  const last = Math.max(...nights, Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(last)) return nextLocalHour(timeZone, driftCheck.hour, Math.max(sinceMs, changedMs));
  const afterMs = Math.max(last + (daysBetween(known, monthlyCalls) - 1) * DAY_MS, changedMs);
  const dueMs = nextLocalHour(timeZone, driftCheck.hour, afterMs);
  // Of several nights that were missed the last one counts.
  const todays = nextLocalHour(timeZone, driftCheck.hour, nowMs - DAY_MS);
  return dueMs <= nowMs && todays <= nowMs ? Math.max(dueMs, todays) : dueMs;
}

function daysBetween(known: readonly Known[], monthlyCalls: number): number {
  const calls = known.find(({ report }) => report.state === 'finished')?.report.unleashedCalls ?? 0;
  return Math.max(1, Math.ceil((calls * DAYS_PER_MONTH) / (NIGHTLY_SHARE * monthlyCalls)));
}
