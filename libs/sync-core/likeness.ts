/**
 * Contacts that may be the same human being although nobody can tell: alike by e-mail address or name, and not the only ones.
 * They are shown and never joined by guess; a contact of Unleashed that has such lookalikes waits for a person.
 */
import { fieldState, type LinkState } from './link-state.ts';
import { shownAt } from './shown.ts';
import { listed, type TenantState } from './tenant-state.ts';

/** Lookalikes that are kept of one contact, at most. */
export const LOOKALIKES_MOST = 10;

/** What contacts are told apart by, in plain form: trimmed and in small letters. */
export interface Appearance {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** How a contact appears on a side. */
export function appearanceOf(link: LinkState, side: 'crm' | 'unleashed'): Appearance {
  const plain = (field: string): string => shownAt(fieldState(link, field), side).trim().toLowerCase();
  return { email: plain('email'), firstName: plain('firstName'), lastName: plain('lastName') };
}

/** First and last name in one; empty for a contact without either. */
export function fullName({ firstName, lastName }: Appearance): string {
  return [firstName, lastName].filter((name) => name !== '').join(' ');
}

/**
 * Whether two contacts may be the same human being: the same name, or the same e-mail address and names that do not speak
 * against it. People share mailboxes, so an address alone says nothing.
 */
export function areAlike(a: Appearance, b: Appearance): boolean {
  const name = fullName(a);
  if (name !== '' && name === fullName(b)) return true;
  if (a.email === '' || a.email !== b.email) return false;
  const agree = (field: 'firstName' | 'lastName'): boolean =>
    a[field] === '' || b[field] === '' || a[field] === b[field];
  return agree('firstName') || agree('lastName');
}

/** Contacts of a company of the CRM that are alike one of Unleashed. */
export function alikeInCrm(state: TenantState, link: LinkState, divisionId: string): LinkState[] {
  const wanted = appearanceOf(link, 'unleashed');
  return listed(state, state.index.children.crm, divisionId).filter(
    (other) => other.crm?.deleted === false && areAlike(appearanceOf(other, 'crm'), wanted),
  );
}
