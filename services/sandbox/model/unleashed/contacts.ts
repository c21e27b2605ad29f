/** Contacts of a customer: list, create, replace, delete (section 7). */
import type { Change, Json, Row, WriteContext } from '../types.ts';
import {
  canonicalKeys,
  flagField,
  refuseInput,
  refuseMissing,
  refuseSilently,
  spellingOf,
  textField,
  type UnleashedRules,
} from './answers.ts';
import { contactFlags, contactTexts, emailAllowed, websiteAllowed } from './fields.ts';
import { contactsOfCustomer, dropContact, makeGuid, putContact, type UnleashedState } from './state.ts';
import { bumpCustomer, changedFields, changeOf } from './write.ts';

/** A written contact and the changes that came with it. */
export type WrittenContact = { contact: Row; changes: Change[] };

const contactSpelling = spellingOf(['Guid', ...Object.keys(contactTexts), ...contactFlags]);
const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a GUID in any case. */
export function isGuid(text: unknown): text is string {
  return typeof text === 'string' && guidPattern.test(text.toLowerCase());
}

/**
 * A contact of a customer.
 * @throws Refusal 404 when it is not there
 */
export function findContact(state: UnleashedState, customer: string, guid: string): Row {
  const contact = state.contacts.get(guid);
  if (!contact || contact.CustomerGuid !== customer) return refuseMissing('Contact');
  return contact;
}

/**
 * Creates a contact; with a client-made Guid that exists already it updates that one (switch
 * `contactPostTakesClientGuid`).
 * @throws Refusal 400 for values that are not taken or a name that is there already (fact U7.2)
 */
export function createContact(
  state: UnleashedState,
  rules: UnleashedRules,
  customer: string,
  given: Row,
  context: WriteContext,
): WrittenContact {
  const values = contactKeys(rules, given);
  const own = rules.contactPostTakesClientGuid && isGuid(values.Guid) ? values.Guid.toLowerCase() : undefined;
  const existing = own === undefined ? undefined : state.contacts.get(own);
  if (existing) {
    if (existing.CustomerGuid !== customer) refuseInput(rules, 'Guid', 'This contact belongs to another customer.');
    return replaceContact(state, rules, existing, given, context);
  }
  const fields = contactFields(rules, values, undefined);
  const others = contactsOfCustomer(state, customer);
  if (others.length === 0 && values.IsDefault === undefined) fields.IsDefault = true;
  checkContact(state, rules, customer, undefined, fields);
  const contact: Row = { Guid: own ?? makeGuid(state), CustomerGuid: customer, ...fields };
  return store(state, rules, undefined, contact, context);
}

/**
 * Changes a contact. The API's PUT blanks what is left out (fact U6.13; switch `contactPutIsPartial`); people change
 * only what they give.
 */
export function replaceContact(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row,
  given: Row,
  context: WriteContext,
): WrittenContact {
  const values = contactKeys(rules, given);
  const partial = rules.contactPutIsPartial || context.by !== 'api';
  const fields = contactFields(rules, values, partial ? before : undefined);
  checkContact(state, rules, String(before.CustomerGuid), before, fields);
  return store(state, rules, before, { ...before, ...fields }, context);
}

/** Deletes a contact for good. */
export function deleteContact(
  state: UnleashedState,
  rules: UnleashedRules,
  contact: Row,
  context: WriteContext,
): Change[] {
  const customer = String(contact.CustomerGuid);
  dropContact(state, contact);
  bumpCustomer(state, rules, customer, context);
  const fields = Object.entries(contact)
    .filter(([, before]) => before !== null)
    .map(([field, before]) => ({ field, before, after: null }));
  return [changeOf('contact', String(contact.Guid), customer, 'delete', fields, context)];
}

function contactKeys(rules: UnleashedRules, given: Row): Row {
  const { values, unknown } = canonicalKeys(given, contactSpelling);
  if (unknown.length > 0 && rules.unknownKeys === 'refused') refuseSilently();
  return values;
}

function contactFields(rules: UnleashedRules, values: Row, kept: Row | undefined): Row {
  const row: Row = {};
  for (const [field, longest] of Object.entries(contactTexts)) {
    row[field] = kept && !(field in values) ? (kept[field] ?? null) : textField(rules, field, values[field], longest);
  }
  for (const field of contactFlags) {
    row[field] = kept && !(field in values) ? (kept[field] ?? false) : flagField(rules, field, values[field], false);
  }
  return row;
}

function checkContact(
  state: UnleashedState,
  rules: UnleashedRules,
  customer: string,
  before: Row | undefined,
  fields: Row,
): void {
  const blank = (field: string): boolean => String(fields[field] ?? '').trim() === '';
  const { contactNamesRequired: needed } = rules;
  if (needed === 'both' && (blank('FirstName') || blank('LastName'))) {
    refuseInput(rules, blank('FirstName') ? 'FirstName' : 'LastName', 'A contact needs a first and a last name.');
  }
  if (needed === 'any' && blank('FirstName') && blank('LastName') && blank('EmailAddress')) {
    refuseInput(rules, 'FirstName', 'A contact needs a first name, a last name or an e-mail address.');
  }
  if (rules.emailRule && !emailAllowed(String(fields.EmailAddress ?? ''))) {
    refuseInput(rules, 'EmailAddress', 'EmailAddress is not a valid e-mail address.');
  }
  if (!websiteAllowed(rules.websiteRule, String(fields.Website ?? ''))) {
    refuseInput(rules, 'Website', 'Website is not a valid URL.');
  }
  if (!rules.contactNameUniqueEnforced || (before && nameKey(before) === nameKey(fields))) return;
  if (nameKey(fields) === ' ') return;
  const taken = contactsOfCustomer(state, customer).some((other) => nameKey(other) === nameKey(fields));
  if (taken) refuseInput(rules, 'FirstName', 'A contact of this name exists already.');
}

function nameKey(row: Row): string {
  const part = (value: Json | undefined): string =>
    String(value ?? '')
      .trim()
      .toLowerCase();
  return `${part(row.FirstName)} ${part(row.LastName)}`;
}

function store(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row | undefined,
  contact: Row,
  context: WriteContext,
): WrittenContact {
  const customer = String(contact.CustomerGuid);
  const changes: Change[] = [];
  if (contact.IsDefault === true) {
    for (const other of contactsOfCustomer(state, customer)) {
      if (other.Guid === contact.Guid || other.IsDefault !== true) continue;
      const after = { ...other, IsDefault: false };
      putContact(state, after);
      changes.push(changeOf('contact', String(other.Guid), customer, 'update', changedFields(other, after), context));
    }
  }
  putContact(state, contact);
  bumpCustomer(state, rules, customer, context);
  const action = before ? 'update' : 'insert';
  changes.unshift(changeOf('contact', String(contact.Guid), customer, action, changedFields(before, contact), context));
  return { contact, changes };
}
