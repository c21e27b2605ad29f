/**
 * The overnight fix (row 12 of the mission): at a set hour of the tenant's day, each company's account manager becomes the
 * one in Unleashed. A run that was missed is made up for once; a change of the clocks neither doubles nor drops one.
 */

import { DateTime, IANAZone } from 'luxon';
import type { OvernightRun, Setting } from '#contracts';
import { offReason, standingOf, unclearCode } from './eligibility.ts';
import { decideFor } from './field-merge.ts';
import { recordConflict } from './ledger.ts';
import { fieldState, type LinkRef, type LinkState, withField } from './link-state.ts';
import { type People, peopleOf } from './people.ts';
import { putLink, type StepContext, sayField } from './step-context.ts';
import type { TenantState } from './tenant-state.ts';
import { sameAcross, translate } from './values.ts';

/** Whether a text names a time zone that this runtime knows. */
export function isTimeZone(text: string): boolean {
  return IANAZone.isValidZone(text);
}

/** The next time, in milliseconds, at which the local clock of a zone shows the hour; later than `afterMs`. */
export function nextLocalHour(timeZone: string, hour: number, afterMs: number): number {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  const after = DateTime.fromMillis(afterMs, { zone });
  const today = after.startOf('day').set({ hour });
  const next = today > after ? today : after.plus({ days: 1 }).startOf('day').set({ hour });
  return next.toMillis();
}

/** When the fix is due under a setting; null when it is off. A time that stands and is still right is kept. */
export function overnightDue(setting: Setting, nowMs: number): number | null {
  const on = offReason(setting) === null && setting.accountManagers && setting.accountManagersOvernight;
  return on ? nextLocalHour(setting.timeZone, setting.overnightHour, nowMs) : null;
}

/** What a run would do to one company. */
export interface OvernightItem {
  readonly ref: LinkRef;
  readonly link: LinkState;
  /** ordered: it is set to Unleashed's; otherwise why it is not. */
  readonly verdict: 'ordered' | 'stopped';
  readonly reason: string;
}

/** The plan of a run: every company that takes part and whose account manager differs, and how many were compared. */
export function planOvernight(state: TenantState): { compared: number; items: OvernightItem[] } {
  const people = peopleOf(state);
  const items: OvernightItem[] = [];
  let compared = 0;
  for (const ref of [...state.links.keys()].sort()) {
    const link = state.links.get(ref);
    const item = link === undefined ? null : overnightItem(state, link, people);
    if (item === null) continue;
    compared += 1;
    if (item !== 'same') items.push(item);
  }
  return { compared, items };
}

/** What a run would do to one company; same: nothing, because both sides name the same; null: it takes no part. */
export function overnightItem(state: TenantState, link: LinkState, people: People): OvernightItem | 'same' | null {
  if (link.entity !== 'company' || link.paused || !standingOf(state, link).eligible) return null;
  const { crm, unleashed } = fieldState(link, 'accountManager');
  if (crm === null || unleashed === null || unclearCode(link, 'accountManager') !== null) return null;
  if (sameAcross('accountManager', crm, unleashed, people)) return 'same';
  const { ref } = link;
  if (unleashed === '') return { ref, link, verdict: 'stopped', reason: 'no-manager-in-unleashed' };
  const translated = translate('accountManager', 'crm', unleashed, crm, people);
  if (!translated.ok) return { ref, link, verdict: 'stopped', reason: translated.code };
  return { ref, link, verdict: 'ordered', reason: 'overnight-fix' };
}

/** The company with its account manager set to the one in Unleashed; the one that the CRM showed goes into the ledger. */
export function setManager(context: StepContext, link: LinkState): LinkState {
  const field = fieldState(link, 'accountManager');
  const recorded = recordConflict(context, link, field, 'unleashed', 'overnight');
  context.because.set(`${link.ref}/accountManager`, 'overnight-fix');
  return withField(recorded, decideFor(field, 'unleashed'));
}

/** Runs the fix if it is due. The manager that the CRM showed goes into the ledger and can be restored. */
export function fixOvernight(context: StepContext): void {
  const { setting } = context.state;
  if (setting?.overnightDueAtMs == null || setting.overnightDueAtMs > context.nowMs) return;
  runOvernight(context);
}

/** Runs the fix now. */
export function runOvernight(context: StepContext): void {
  const { state, nowMs } = context;
  const { setting } = state;
  if (setting === null) return;
  const { compared, items } = planOvernight(state);
  const run: OvernightRun = { startedAtMs: nowMs, compared, ordered: 0, stopped: 0 };
  for (const { ref, link, verdict, reason } of items) {
    run[verdict] += 1;
    if (verdict === 'ordered') {
      putLink(context, setManager(context, link));
      context.revisit.add(ref);
    } else sayField(context, link, fieldState(link, 'accountManager'), 'blocked', reason);
  }
  // Not a change of what is allowed: commands under way stay valid, so the version stays.
  state.setting = { ...setting, overnightLast: run, overnightDueAtMs: overnightDue(setting, nowMs) };
  context.settingChanged = true;
}
