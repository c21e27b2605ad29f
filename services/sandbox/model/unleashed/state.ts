/** The Unleashed account of one workspace: records in memory, nothing else. */
import { guidFrom } from '../random.ts';
import type { Row } from '../types.ts';

/**
 * All that a simulated Unleashed knows. Customers are stored by their API names, except: dates are numbers (ms),
 * SalesPersonGuid stands for SalesPerson, CurrencyCode for Currency, WarehouseCode for DefaultWarehouse.
 */
export type UnleashedState = {
  readonly seed: string;
  /** API id and key of this company (fact U1.13). */
  apiId: string;
  apiKey: string;
  revoked: boolean;
  readonly customers: Map<string, Row>;
  /** Contacts by GUID; CustomerGuid names their customer. */
  readonly contacts: Map<string, Row>;
  /** Contact GUIDs of each customer, oldest first. */
  readonly contactsOf: Map<string, string[]>;
  /** Customer GUID by CustomerCode. */
  readonly codes: Map<string, string>;
  readonly salespersons: Map<string, Row>;
  readonly subscriptions: Map<string, Row>;
  /** Base currency code (fact U5 Currency). */
  readonly currency: string;
  /** GUIDs made so far. */
  made: number;
  /** Writes so far; every seventh is late (switch `lateVisibleMs`). */
  writes: number;
  /** Calls a month by plan (fact U9.5). */
  monthlyCalls: number;
  /** Month that `usedCalls` counts, as YYYY-MM in UTC. */
  quotaMonth: string;
  usedCalls: number;
  /** Times of the calls of the last minute, ms; kept only under the switch `perMinuteLimit`. */
  callTimes: number[];
  /** Rows written since they were last saved, as `part key`. */
  readonly touched: Set<string>;
};

/** What an empty account starts with. */
export type UnleashedOptions = {
  readonly seed: string;
  readonly apiId: string;
  readonly apiKey: string;
  readonly monthlyCalls: number;
  readonly currency: string;
};

/** Parts of the state that are stored row by row. */
export const unleashedParts = ['customers', 'contacts', 'salespersons', 'subscriptions'] as const;
/** Name of such a part. */
export type UnleashedPart = (typeof unleashedParts)[number];

/** An empty account. */
export function createUnleashedState(options: UnleashedOptions): UnleashedState {
  return {
    ...options,
    revoked: false,
    customers: new Map(),
    contacts: new Map(),
    contactsOf: new Map(),
    codes: new Map(),
    salespersons: new Map(),
    subscriptions: new Map(),
    made: 0,
    writes: 0,
    quotaMonth: '',
    usedCalls: 0,
    callTimes: [],
    touched: new Set(),
  };
}

/** A new GUID of this account. */
export function makeGuid(state: UnleashedState): string {
  state.made += 1;
  return guidFrom(`${state.seed} unleashed ${state.made}`);
}

/** Stores a customer and its code. */
export function putCustomer(state: UnleashedState, row: Row): void {
  const guid = String(row.Guid);
  const before = state.customers.get(guid);
  if (before) state.codes.delete(String(before.CustomerCode));
  state.customers.set(guid, row);
  state.codes.set(String(row.CustomerCode), guid);
  state.touched.add(`customers ${guid}`);
}

/** Stores a contact under its customer. */
export function putContact(state: UnleashedState, row: Row): void {
  const guid = String(row.Guid);
  const customer = String(row.CustomerGuid);
  if (!state.contacts.has(guid)) {
    const list = state.contactsOf.get(customer);
    if (list) list.push(guid);
    else state.contactsOf.set(customer, [guid]);
  }
  state.contacts.set(guid, row);
  state.touched.add(`contacts ${guid}`);
}

/** Removes a contact for good; a physical delete leaves no trace (fact U4.10). */
export function dropContact(state: UnleashedState, row: Row): void {
  const guid = String(row.Guid);
  const list = state.contactsOf.get(String(row.CustomerGuid));
  if (list?.includes(guid)) list.splice(list.indexOf(guid), 1);
  state.contacts.delete(guid);
  state.touched.add(`contacts ${guid}`);
}

/** Stores a sales person. */
export function putSalesperson(state: UnleashedState, row: Row): void {
  state.salespersons.set(String(row.Guid), row);
  state.touched.add(`salespersons ${row.Guid}`);
}

/** Contacts of a customer, oldest first. */
export function contactsOfCustomer(state: UnleashedState, guid: string): Row[] {
  const contacts: Row[] = [];
  for (const id of state.contactsOf.get(guid) ?? []) {
    const contact = state.contacts.get(id);
    if (contact) contacts.push(contact);
  }
  return contacts;
}

/** The default contact of a customer, if it has one (fact U7.5). */
export function defaultContact(state: UnleashedState, guid: string): Row | undefined {
  return contactsOfCustomer(state, guid).find((contact) => contact.IsDefault === true);
}
