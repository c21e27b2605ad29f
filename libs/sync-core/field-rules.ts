/** What decides on one field besides its values: what stands in its way, whether it waits for approval, which policy holds. */
import type { BlockedField, Field, Setting, Side } from '#contracts';
import type { ConflictPolicy } from './field-merge.ts';
import { type FieldState, otherSide } from './link-state.ts';
import { MATCHING_CODES, type People } from './people.ts';
import { shownAt } from './shown.ts';
import { sameAcross, sameAtSide, translate } from './values.ts';

/** What keeps a value from being written: known from before, or that it has no form on the other side. */
export function obstacle(state: FieldState, to: Side, people: People): BlockedField | null {
  const from = otherSide(to);
  const value = shownAt(state, from);
  const { blocked } = state;
  const translated = translate(state.field, to, value, shownAt(state, to), people);
  if (!translated.ok) return { side: to, value, code: translated.code, message: '' };
  if (
    blocked !== null &&
    !MATCHING_CODES.has(blocked.code) &&
    blocked.side === to &&
    sameAtSide(state.field, from, blocked.value, value)
  )
    return blocked;
  return null;
}

/** Never agreed, and the two sides differ: nothing is written while the first alignment waits for approval. */
export function awaitsApproval(state: FieldState, people: People): boolean {
  const { field, agreed, settled, crm, unleashed } = state;
  if (agreed !== null || settled !== null || crm === null || unleashed === null) return false;
  return !sameAcross(field, crm, unleashed, people);
}

/** Whether a field is left alone by the settings until the first alignment is approved. */
export function isHeld(setting: Setting | null, state: FieldState, people: People): boolean {
  return setting?.alignment === 'hold' && awaitsApproval(state, people);
}

/** The policy for conflicts of one field; `unaligned`: for two values that were never the same. */
export function policyFor(setting: Setting | null, entity: string, field: Field, unaligned: boolean): ConflictPolicy {
  const name = `${entity}.${field}`;
  const first = unaligned ? setting?.alignmentPolicies[name] : undefined;
  return policyOf(first ?? setting?.fieldPolicies[name] ?? setting?.conflictPolicy);
}

function policyOf(text: string | undefined): ConflictPolicy {
  return text === 'crm' || text === 'unleashed' || text === 'ask' ? text : 'latest';
}
