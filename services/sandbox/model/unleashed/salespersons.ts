/** Sales persons (section 8). */
import type { Change, Row, WriteContext } from '../types.ts';
import {
  canonicalKeys,
  flagField,
  refuseInput,
  refuseSilently,
  spellingOf,
  textField,
  type UnleashedRules,
} from './answers.ts';
import { emailAllowed } from './fields.ts';
import { putSalesperson, type UnleashedState } from './state.ts';
import { changedFields, changeOf, nextStamp } from './write.ts';

/** Longest FullName and Email in characters (section 8). */
const longestText = 256;
const personSpelling = spellingOf(['Guid', 'FullName', 'Email', 'Obsolete', 'LastModifiedOn']);

/**
 * Creates or changes a sales person.
 * @param guid its GUID, settable when adding only
 * @throws Refusal 400 for a missing or taken e-mail or name, an empty 500 for unknown keys
 */
export function writeSalesperson(
  state: UnleashedState,
  rules: UnleashedRules,
  guid: string,
  given: Row,
  context: WriteContext,
): { person: Row; created: boolean; changes: Change[] } {
  const { values, unknown } = canonicalKeys(given, personSpelling);
  if (unknown.length > 0) refuseSilently();
  const before = state.salespersons.get(guid);
  const kept = context.by === 'api' ? {} : (before ?? {});
  const merged: Row = { ...kept, ...values };
  const person: Row = {
    Guid: guid,
    FullName: textField(rules, 'FullName', merged.FullName, longestText),
    Email: textField(rules, 'Email', merged.Email, longestText),
    Obsolete: flagField(rules, 'Obsolete', merged.Obsolete, false),
    LastModifiedOn: before?.LastModifiedOn ?? null,
  };
  for (const field of ['FullName', 'Email']) {
    if (person[field] === null) refuseInput(rules, field, `${field} is required.`);
  }
  if (!emailAllowed(String(person.Email))) refuseInput(rules, 'Email', 'Email is not a valid e-mail address.');
  const email = String(person.Email).toLowerCase();
  for (const other of state.salespersons.values()) {
    if (other.Guid !== guid && String(other.Email).toLowerCase() === email) {
      refuseInput(rules, 'Email', 'Email belongs to another sales person.');
    }
  }
  const fields = changedFields(before, person);
  if (!before || fields.length > 0 || rules.noopPostBumpsLastModified) {
    person.LastModifiedOn = nextStamp(state, rules, before, context.nowMs);
  }
  putSalesperson(state, person);
  const change = changeOf('salesperson', guid, '', before ? 'update' : 'insert', fields, context);
  return { person, created: !before, changes: [change] };
}
