/** The 'Sync to Unleashed' button of a contact record, at any moment (row 5 of the mission). */
import { offReason, standingOf } from './eligibility.ts';
import { explainRecord } from './explain.ts';
import { fieldState, type LinkState } from './link-state.ts';
import { idAt, shownAt } from './shown.ts';
import { linkOf, listed, type TenantState } from './tenant-state.ts';
import { isBlank } from './values.ts';

/** What the place of the button shows. */
export interface ButtonState {
  /** enabled; disabled (reason says why not); creating (pressed, under way); created (reason is the state of its sync). */
  readonly state: 'enabled' | 'disabled' | 'creating' | 'created';
  /** Stable reason code. */
  readonly reason: string;
  /** GUID of the Unleashed contact: the one that is kept the same, or one of that name that could be used; else null. */
  readonly unleashedId: string | null;
}

/** The button for a contact of the CRM. */
export function buttonOf(state: TenantState, contactId: string): ButtonState {
  const link = linkOf(state, 'contact', 'crm', contactId);
  if (link?.crm == null) return disabled('record-unknown');
  if (link.unleashed !== null)
    return { state: 'created', reason: explainRecord(state, link).reason, unleashedId: link.unleashed.id };
  const off = offReason(state.setting);
  if (off !== null) return disabled(off);
  if (!link.crm.active) return disabled(link.crm.inactiveReason);
  const company = linkOf(state, 'company', 'crm', link.crm.parentId);
  if (company === undefined) return disabled('no-company-known');
  const standing = standingOf(state, company);
  if (!standing.eligible) return disabled(standing.reason);
  const stopped = link.fields.find((field) => field.blocked !== null)?.blocked;
  if (link.createWanted && stopped == null) {
    return { state: 'creating', reason: link.retry?.code ?? 'write-under-way', unleashedId: null };
  }
  if (isBlank('firstName', 'crm', shown(link, 'firstName')) || isBlank('lastName', 'crm', shown(link, 'lastName'))) {
    return disabled('contact-without-name');
  }
  const namesake = namesakeOf(state, link, idAt(company, 'unleashed'));
  if (namesake !== null) return { state: 'disabled', reason: 'name-taken', unleashedId: namesake };
  return { state: 'enabled', reason: stopped?.code ?? 'ok', unleashedId: null };
}

function disabled(reason: string): ButtonState {
  return { state: 'disabled', reason, unleashedId: null };
}

/** A contact of the customer with the same first and last name, which is unique there (fact U7.2). */
function namesakeOf(state: TenantState, link: LinkState, customerGuid: string): string | null {
  const nameOf = (one: LinkState, side: 'crm' | 'unleashed'): string =>
    ['firstName', 'lastName'].map((field) => shownAt(fieldState(one, field), side).trim().toLowerCase()).join(' ');
  const wanted = nameOf(link, 'crm');
  const there = listed(state, state.index.children.unleashed, customerGuid);
  const found = there.find((one) => one.unleashed?.deleted === false && nameOf(one, 'unleashed') === wanted);
  return found?.unleashed?.id ?? null;
}

function shown(link: LinkState, field: string): string {
  return shownAt(fieldState(link, field), 'crm');
}
