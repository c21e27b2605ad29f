/**
 * Contacts that may be the same human being although nobody can tell: alike by e-mail address or name, and not the only ones.
 * They are shown and never joined by guess; a contact of Unleashed that has such lookalikes waits for a person.
 */
import { type Appearance, haveOneName, plainAppearance, type Side, shareOneMailbox } from '#contracts';
import { fieldState, type LinkState } from './link-state.ts';
import { shownAt } from './shown.ts';
import { listed, type TenantState } from './tenant-state.ts';

/** Lookalikes that are kept of one contact, at most. */
export const LOOKALIKES_MOST = 10;

/** How a contact appears on a side, in plain form. */
export function appearanceOf(link: LinkState, side: Side): Appearance {
  const at = (field: string): string => shownAt(fieldState(link, field), side);
  return plainAppearance({ email: at('email'), firstName: at('firstName'), lastName: at('lastName') });
}

/** Whether two contacts may be the same human being: by name, or by address and name. */
export function areAlike(a: Appearance, b: Appearance): boolean {
  return haveOneName(a, b) || shareOneMailbox(a, b);
}

/** Contacts of a company of the CRM that are alike one of Unleashed. */
export function alikeInCrm(state: TenantState, link: LinkState, divisionId: string): LinkState[] {
  const wanted = appearanceOf(link, 'unleashed');
  return listed(state, state.index.children.crm, divisionId).filter(
    (other) => other.crm?.deleted === false && areAlike(appearanceOf(other, 'crm'), wanted),
  );
}
