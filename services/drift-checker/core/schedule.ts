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

/** What it is decided by. */
export interface ScheduleInput {
  /** Checks of the tenant, the youngest order first. */
  readonly known: readonly Known[];
  /** Ids that were carried out here a moment ago, whatever the table still says. */
  readonly done: ReadonlySet<string>;
  readonly timeZone: string;
  readonly driftCheck: { readonly nightly: boolean; readonly hour: number };
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
function nightlyDueMs({ known, done, timeZone, driftCheck, monthlyCalls, sinceMs, nowMs }: ScheduleInput): number {
  const nights = known.filter(({ report }) => report.cause === 'nightly').map(({ report }) => report.requestedAtMs);
  for (const id of done) if (id.startsWith('nightly-')) nights.push(Number(id.slice('nightly-'.length)));
  const last = Math.max(...nights, Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(last)) return nextLocalHour(timeZone, driftCheck.hour, sinceMs);
  const dueMs = nextLocalHour(timeZone, driftCheck.hour, last + (daysBetween(known, monthlyCalls) - 1) * DAY_MS);
  // Of several nights that were missed the last one counts.
  const todays = nextLocalHour(timeZone, driftCheck.hour, nowMs - DAY_MS);
  return dueMs <= nowMs && todays <= nowMs ? Math.max(dueMs, todays) : dueMs;
}

function daysBetween(known: readonly Known[], monthlyCalls: number): number {
  const calls = known.find(({ report }) => report.state === 'finished')?.report.unleashedCalls ?? 0;
  return Math.max(1, Math.ceil((calls * DAYS_PER_MONTH) / (NIGHTLY_SHARE * monthlyCalls)));
}
