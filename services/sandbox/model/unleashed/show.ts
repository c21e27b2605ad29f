/** Records as the Unleashed API shows them. */
import { guidFrom } from '../random.ts';
import type { UnleashedSwitches } from '../switches-unleashed.ts';
import type { Json, Row } from '../types.ts';
import { currencies, dateText, warehouses } from './fields.ts';
import { contactsOfCustomer, defaultContact, type UnleashedState } from './state.ts';

/** Contacts shown inside a customer at most (fact U7.9). */
export const contactsInCustomer = 100;

/** A sales person as in GET /Salespersons (section 8). */
export function showSalesperson(row: Row): Row {
  return {
    Guid: row.Guid ?? null,
    FullName: row.FullName ?? null,
    Email: row.Email ?? null,
    Obsolete: row.Obsolete === true,
    LastModifiedOn: dateText(row.LastModifiedOn),
  };
}

/** A contact as in the contacts list (section 7): it has no dates (fact U7.8). */
export function showContact(row: Row): Row {
  const { CustomerGuid: _hidden, ...shown } = row;
  return shown;
}

/**
 * A customer as in GET /Customers (section 5).
 * @param withContacts adds Contacts, the first 100
 */
export function showCustomer(state: UnleashedState, rules: UnleashedSwitches, row: Row, withContacts: boolean): Row {
  const { SalesPersonGuid, CurrencyCode, WarehouseCode, ...fields } = row;
  const guid = String(row.Guid);
  const shown: Row = {
    ...fields,
    ...(rules.customerPostEditsPrimaryContact ? primaryFields(state, row) : {}),
    SalesPerson: showCustomerSalesperson(state, SalesPersonGuid),
    Currency: showCurrency(state, String(CurrencyCode ?? state.currency)),
    DefaultWarehouse: showWarehouse(state, WarehouseCode),
    SellPriceTierReference: showTier(state, row.SellPriceTier),
    CreatedOn: dateText(row.CreatedOn),
    LastModifiedOn: dateText(row.LastModifiedOn),
  };
  if (withContacts) {
    shown.Contacts = contactsOfCustomer(state, guid).slice(0, contactsInCustomer).map(showContact);
  }
  return shown;
}

/** Primary contact details of a customer: those of its default contact, else what the customer itself holds. */
export function primaryFields(state: UnleashedState, row: Row): Row {
  const contact = defaultContact(state, String(row.Guid));
  return {
    ContactFirstName: contact ? (contact.FirstName ?? null) : (row.ContactFirstName ?? null),
    ContactLastName: contact ? (contact.LastName ?? null) : (row.ContactLastName ?? null),
    Email: contact ? (contact.EmailAddress ?? null) : (row.Email ?? null),
  };
}

function showCustomerSalesperson(state: UnleashedState, guid: Json | undefined): Json {
  const person = typeof guid === 'string' ? state.salespersons.get(guid) : undefined;
  return person ? showSalesperson(person) : null;
}

/** What an account's currencies and warehouses look like: there are few, they never change, and each has a derived GUID. */
const shownOnce = new Map<string, Row>();

function showOnce(key: string, show: () => Row): Row {
  const known = shownOnce.get(key);
  if (known !== undefined) return known;
  const shown = show();
  shownOnce.set(key, shown);
  return shown;
}

function showCurrency(state: UnleashedState, code: string): Json {
  const key = `${state.seed} currency ${code}`;
  return showOnce(key, () => ({
    CurrencyCode: code,
    Description: currencies[code] ?? code,
    Guid: guidFrom(key),
    DefaultBuyRate: null,
    DefaultSellRate: null,
    LastModifiedOn: dateText(1_500_000_000_000),
  }));
}

function showWarehouse(state: UnleashedState, code: Json | undefined): Json {
  if (typeof code !== 'string') return null;
  const key = `${state.seed} warehouse ${code}`;
  return showOnce(key, () => ({
    WarehouseCode: code,
    WarehouseName: warehouses[code] ?? code,
    IsDefault: code === 'MAIN',
    Obsolete: false,
    Guid: guidFrom(key),
    LastModifiedOn: dateText(1_500_000_000_000),
  }));
}

function showTier(state: UnleashedState, tier: Json | undefined): Json {
  if (typeof tier !== 'string') return null;
  return { Name: tier, Guid: guidFrom(`${state.seed} tier ${tier}`), LastModifiedOn: dateText(1_500_000_000_000) };
}
