/** Unleashed's pages: what people may do with its records. */
import type { PersonDesk } from './person-desk.ts';
import { answer, type Change, isObject, type Json, Refusal, type Row, type WriteContext } from './types.ts';
import { refuseInput } from './unleashed/answers.ts';
import { createContact, deleteContact, findContact, replaceContact } from './unleashed/contacts.ts';
import { editCustomer } from './unleashed/customers.ts';
import { addressTexts, customerFlags, customerMaybes, customerNumbers, customerTexts } from './unleashed/fields.ts';
import { writeSalesperson } from './unleashed/salespersons.ts';
import { showContact, showCustomer, showSalesperson } from './unleashed/show.ts';
import { contactsOfCustomer, dropContact, makeGuid } from './unleashed/state.ts';
import { changeOf } from './unleashed/write.ts';
import type { Workspace } from './workspace-state.ts';

/** The desk of an Unleashed collection, or undefined. */
export function personUnleashed(workspace: Workspace, collection: string): PersonDesk | undefined {
  switch (collection) {
    case 'companies':
      return customers(workspace);
    case 'contacts':
      return contacts(workspace);
    case 'salespersons':
      return salespersons(workspace);
    default:
      return undefined;
  }
}

function customers(workspace: Workspace): PersonDesk {
  const { unleashed } = workspace;
  const rules = workspace.switches.unleashed;
  const shown = (row: Row): Row => ({
    Id: String(row.Guid),
    ...showCustomer(unleashed, rules, row, false),
    ContactCount: unleashed.contactsOf.get(String(row.Guid))?.length ?? 0,
  });
  return {
    list: () =>
      [...unleashed.customers.values()].sort((a, b) => (String(a.CustomerCode) < String(b.CustomerCode) ? -1 : 1)),
    show: shown,
    get: (id) => {
      const row = unleashed.customers.get(id);
      return row && shown(row);
    },
    parentOf: () => '',
    create: (fields, context) => {
      const given = storedFields(workspace, fields);
      const { customer, changes } = editCustomer(unleashed, rules, undefined, given, context);
      return { id: String(customer.Guid), changes };
    },
    update: (id, fields, context) => {
      const before = unleashed.customers.get(id);
      return editCustomer(unleashed, rules, before, storedFields(workspace, fields), context).changes;
    },
    remove: (id, context) => removeCustomer(workspace, id, context),
  };
}

const editable = [
  ...Object.keys(customerTexts),
  ...customerNumbers,
  ...customerMaybes,
  ...customerFlags,
  'Reminder',
  'SourceId',
  'XeroContactId',
  'Addresses',
];

/** What a page gives, under the names it is stored by: blanks null, SalesPerson by its GUID, addresses with a GUID each. */
function storedFields(workspace: Workspace, fields: Row): Row {
  const rules = workspace.switches.unleashed;
  const given: Row = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'SalesPerson') given.SalesPersonGuid = salespersonGuid(workspace, value);
    else if (name === 'Addresses') given.Addresses = storedAddresses(workspace, value);
    else if (editable.includes(name)) given[name] = value === '' ? null : value;
    else refuseInput(rules, name, `${name} cannot be edited.`);
  }
  return given;
}

function salespersonGuid(workspace: Workspace, value: Json): Json {
  const guid = isObject(value) ? value.Guid : value;
  if (guid === null || guid === '' || guid === undefined) return null;
  if (typeof guid === 'string' && workspace.unleashed.salespersons.has(guid)) return guid;
  return refuseInput(workspace.switches.unleashed, 'SalesPerson', 'SalesPerson does not exist.');
}

function storedAddresses(workspace: Workspace, value: Json): Json {
  if (!Array.isArray(value)) return refuseInput(workspace.switches.unleashed, 'Addresses', 'Addresses must be a list.');
  return value.filter(isObject).map((given) => {
    const address: Row = { Guid: given.Guid ?? makeGuid(workspace.unleashed) };
    for (const field of Object.keys(addressTexts)) address[field] = given[field] === '' ? null : (given[field] ?? null);
    return { ...address, IsDefault: given.IsDefault === true };
  });
}

/** A customer deleted for good with its contacts: the feed never shows it (fact U4.10), only a webhook does. */
function removeCustomer(workspace: Workspace, id: string, context: WriteContext): Change[] {
  const { unleashed } = workspace;
  const row = unleashed.customers.get(id);
  if (!row) return [];
  for (const contact of contactsOfCustomer(unleashed, id)) dropContact(unleashed, contact);
  unleashed.customers.delete(id);
  unleashed.codes.delete(String(row.CustomerCode));
  unleashed.touched.add(`customers ${id}`);
  const fields = [{ field: 'CustomerCode', before: row.CustomerCode ?? null, after: null }];
  return [changeOf('company', id, '', 'delete', fields, context)];
}

function contacts(workspace: Workspace): PersonDesk {
  const { unleashed } = workspace;
  const rules = workspace.switches.unleashed;
  const shown = (row: Row): Row => {
    const customer = unleashed.customers.get(String(row.CustomerGuid));
    const { CustomerGuid = null } = row;
    return { Id: String(row.Guid), CustomerGuid, CustomerName: customer?.CustomerName ?? null, ...showContact(row) };
  };
  const plain = (fields: Row): Row => {
    const { CustomerGuid: _parent, ...values } = fields;
    return values;
  };
  return {
    list: () => [...unleashed.contacts.values()],
    show: shown,
    get: (id) => {
      const row = unleashed.contacts.get(id);
      return row && shown(row);
    },
    parentOf: (row) => String(row.CustomerGuid),
    create: (fields, context) => {
      const customer = String(fields.CustomerGuid ?? '');
      if (!unleashed.customers.has(customer)) refuseInput(rules, 'CustomerGuid', 'CustomerGuid names no customer.');
      const { contact, changes } = createContact(unleashed, rules, customer, plain(fields), context);
      return { id: String(contact.Guid), changes };
    },
    update: (id, fields, context) => {
      const before = unleashed.contacts.get(id);
      return before ? replaceContact(unleashed, rules, before, plain(fields), context).changes : [];
    },
    remove: (id, context) => {
      const row = unleashed.contacts.get(id);
      if (!row) return [];
      return deleteContact(unleashed, rules, findContact(unleashed, String(row.CustomerGuid), id), context);
    },
  };
}

function salespersons(workspace: Workspace): PersonDesk {
  const { unleashed } = workspace;
  const rules = workspace.switches.unleashed;
  const shown = (row: Row): Row => ({ Id: String(row.Guid), ...showSalesperson(row) });
  return {
    list: () => [...unleashed.salespersons.values()],
    show: shown,
    get: (id) => {
      const row = unleashed.salespersons.get(id);
      return row && shown(row);
    },
    parentOf: () => '',
    create: (fields, context) => {
      const guid = makeGuid(unleashed);
      return { id: guid, changes: writeSalesperson(unleashed, rules, guid, fields, context).changes };
    },
    update: (id, fields, context) => writeSalesperson(unleashed, rules, id, fields, context).changes,
    remove: () => {
      throw new Refusal(answer(400, { message: 'A sales person cannot be deleted; make it obsolete.' }));
    },
  };
}
