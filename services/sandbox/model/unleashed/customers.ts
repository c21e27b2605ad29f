/** POST of customers: create and whole-record update (section 6). */
import type { Change, Row, WriteContext } from '../types.ts';
import { bodyObject, refuseInput, type UnleashedRules } from './answers.ts';
import { isGuid } from './contacts.ts';
import { checkFields, postedAddresses, postedFields, sendableKeys } from './customer-fields.ts';
import { primaryFields } from './show.ts';
import { defaultContact, makeGuid, putContact, type UnleashedState } from './state.ts';
import { changedFields, changeOf, storeCustomer } from './write.ts';

/** A written customer and the changes that came with it. */
export type WrittenCustomer = { customer: Row; created: boolean; changes: Change[] };

/** Details of the primary contact as a customer shows them (section 5). */
const primaryNames = ['ContactFirstName', 'ContactLastName', 'Email'];

/** Fields that a POST cannot send and that it leaves as they are (fact U6.4). */
const keptFields: Row = { XeroContactId: null, SourceId: null, Reminder: null, CurrencyId: null };

/**
 * POST /Customers and POST /Customers/{guid}: creates, or overwrites every sendable field (facts U6.1 to U6.4).
 * @param pathGuid GUID of the path, when it has one
 * @throws Refusal 400 or an empty 500
 */
export function postCustomer(
  state: UnleashedState,
  rules: UnleashedRules,
  pathGuid: string | undefined,
  body: string,
  context: WriteContext,
): WrittenCustomer {
  const values = sendableKeys(rules, bodyObject(rules, body));
  const bodyGuid = values.Guid ?? undefined;
  if (bodyGuid !== undefined && !isGuid(bodyGuid)) refuseInput(rules, 'Guid', 'Guid is not a GUID.');
  const named = bodyGuid === undefined ? undefined : String(bodyGuid).toLowerCase();
  if (pathGuid !== undefined && named !== undefined && named !== pathGuid) {
    refuseInput(rules, 'Guid', 'Guid differs from the one in the URL.');
  }
  const guid = pathGuid ?? named ?? makeGuid(state);
  const before = state.customers.get(guid);
  const fields = postedFields(state, rules, values, before);
  if (before) keepCode(rules, before, fields);
  checkCode(state, rules, guid, fields);
  const addresses = postedAddresses(state, rules, before?.Addresses ?? [], values.Addresses);
  const row: Row = { ...keptFields, ...before, ...fields, Addresses: addresses, Guid: guid };
  return { customer: row, created: !before, changes: store(state, rules, before, row, primaryOf(row), context) };
}

/**
 * An edit by a person or another machine: only the given fields change, by their stored names; Addresses as a whole.
 * @throws Refusal 400 as the API would
 */
export function editCustomer(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row | undefined,
  given: Row,
  context: WriteContext,
): WrittenCustomer {
  const blank = before ?? { ...keptFields, ...postedFieldsOfNothing(state, rules, given), Addresses: [] };
  const guid = String(before?.Guid ?? makeGuid(state));
  const row: Row = { ...blank, ...given, Guid: guid };
  checkFields(rules, row);
  checkCode(state, rules, guid, row);
  const primary = { ...(before ? primaryFields(state, before) : {}), ...pick(given, primaryNames) };
  return { customer: row, created: !before, changes: store(state, rules, before, row, primary, context) };
}

function postedFieldsOfNothing(state: UnleashedState, rules: UnleashedRules, given: Row): Row {
  const { CustomerCode = null, CustomerName = null } = given;
  return postedFields(state, rules, { CustomerCode, CustomerName }, undefined);
}

function keepCode(rules: UnleashedRules, before: Row, fields: Row): void {
  if (fields.CustomerCode === before.CustomerCode || rules.codeChangeThroughPost === 'applied') return;
  if (rules.codeChangeThroughPost === 'refused') {
    refuseInput(rules, 'CustomerCode', 'CustomerCode cannot be changed.');
  }
  fields.CustomerCode = before.CustomerCode ?? null;
}

function checkCode(state: UnleashedState, rules: UnleashedRules, guid: string, fields: Row): void {
  const owner = state.codes.get(String(fields.CustomerCode));
  if (owner === undefined || owner === guid) return;
  refuseInput(rules, 'CustomerCode', 'CustomerCode exists already.', rules.duplicateCodeStatus);
}

/**
 * Stores a customer, and its primary contact details where they belong: in its default contact, or in the customer
 * itself under the switch `customerPostEditsPrimaryContact` = false.
 */
function store(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Row | undefined,
  row: Row,
  primary: Row,
  context: WriteContext,
): Change[] {
  if (!rules.customerPostEditsPrimaryContact) return [storeCustomer(state, rules, before, row, [], context)];
  const shownBefore = before ? primaryFields(state, before) : {};
  for (const name of primaryNames) row[name] = null;
  const contactChanges = writePrimary(state, String(row.Guid), primary, context);
  const fields = contactChanges.length > 0 ? changedFields(shownBefore, primary) : [];
  return [storeCustomer(state, rules, before, row, fields, context), ...contactChanges];
}

function primaryOf(row: Row): Row {
  return pick(row, primaryNames);
}

function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.flatMap((name) => (name in row ? [[name, row[name] ?? null]] : [])));
}

/** Writes primary contact details to the default contact of a customer, or makes one. */
function writePrimary(state: UnleashedState, guid: string, primary: Row, context: WriteContext): Change[] {
  const names = {
    FirstName: primary.ContactFirstName ?? null,
    LastName: primary.ContactLastName ?? null,
    EmailAddress: primary.Email ?? null,
  };
  const before = defaultContact(state, guid);
  if (!before && Object.values(names).every((value) => value === null)) return [];
  const contact: Row = before ? { ...before, ...names } : newPrimary(state, guid, names);
  const fields = changedFields(before, contact);
  if (fields.length === 0) return [];
  putContact(state, contact);
  return [changeOf('contact', String(contact.Guid), guid, before ? 'update' : 'insert', fields, context)];
}

function newPrimary(state: UnleashedState, customer: string, names: Row): Row {
  return {
    Guid: makeGuid(state),
    CustomerGuid: customer,
    ...names,
    OfficePhone: null,
    MobilePhone: null,
    PhoneNumber: null,
    FaxNumber: null,
    DDINumber: null,
    TollFreeNumber: null,
    Website: null,
    Notes: null,
    DeliveryAddress: null,
    IsDefault: true,
    ForOrdering: false,
    ForInvoicing: false,
    ForShipping: false,
  };
}
