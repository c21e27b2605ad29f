/** Reads the body of POST /Customers: what is refused, and the row that it makes of a customer (section 6). */
import { guidFrom } from '../random.ts';
import { isObject, type Json, type Row } from '../types.ts';
import {
  canonicalKeys,
  flagField,
  refuseInput,
  refuseSilently,
  spellingOf,
  textField,
  type UnleashedRules,
} from './answers.ts';
import {
  addressTexts,
  addressTypes,
  currencies,
  customerFlags,
  customerMaybes,
  customerNumbers,
  customerTexts,
  emailAllowed,
  knownCodes,
  objectKeys,
  readOnlyKeys,
  unsendableKeys,
  warehouses,
  websiteAllowed,
} from './fields.ts';
import { makeGuid, type UnleashedState } from './state.ts';

const objectSpellings = new Map(Object.entries(objectKeys).map(([name, keys]) => [name, spellingOf(keys)]));
/** Every key that a POST may hold (section 5, "Sendable"). */
const sendable = [
  'Guid',
  ...Object.keys(customerTexts),
  ...customerNumbers,
  ...customerMaybes,
  ...customerFlags,
  ...Object.keys(objectKeys),
  'Addresses',
];
const customerSpelling = spellingOf([...sendable, ...unsendableKeys, ...readOnlyKeys]);
const addressSpelling = spellingOf([...Object.keys(addressTexts), 'IsDefault']);

/**
 * The keys of a POST body in their known spelling.
 * @throws Refusal empty 500 for unsendable keys, at the top or inside SalesPerson, Currency, DefaultWarehouse and
 *   addresses (fact U6.3)
 */
export function sendableKeys(rules: UnleashedRules, body: Row): Row {
  const { values, unknown } = canonicalKeys(body, customerSpelling);
  if (unknown.length > 0 && rules.unknownKeys === 'refused') refuseSilently();
  for (const key of unsendableKeys) if (key in values) refuseSilently();
  for (const key of readOnlyKeys) {
    if (key in values && rules.readOnlyKeys === 'refused') refuseSilently();
    delete values[key];
  }
  for (const [name, spelling] of objectSpellings) {
    const value = values[name];
    if (value === null || value === undefined) continue;
    if (!isObject(value)) refuseSilently();
    const inner = canonicalKeys(value, spelling);
    if (inner.unknown.length > 0) refuseSilently();
    values[name] = inner.values;
  }
  return values;
}

/**
 * The stored fields that a POST gives a customer. What is left out is blank (facts U6.1, U6.2); addresses are handled
 * by {@link postedAddresses}.
 * @throws Refusal 400 for a value that is not taken
 */
export function postedFields(state: UnleashedState, rules: UnleashedRules, values: Row, before: Row | undefined): Row {
  const row: Row = {};
  for (const [field, longest] of Object.entries(customerTexts)) {
    row[field] = textField(rules, field, values[field], longest);
  }
  for (const field of customerNumbers) row[field] = numberField(rules, field, values[field]);
  for (const field of customerMaybes) row[field] = flagField(rules, field, values[field], null);
  for (const field of customerFlags) row[field] = flagField(rules, field, values[field], false);
  row.SalesPersonGuid = salespersonOf(state, rules, values.SalesPerson, before);
  row.CurrencyCode = codeOf(rules, state, 'currency', 'Currency', 'CurrencyCode', values.Currency, currencies);
  row.WarehouseCode = codeOf(
    rules,
    state,
    'warehouse',
    'DefaultWarehouse',
    'WarehouseCode',
    values.DefaultWarehouse,
    warehouses,
  );
  row.CurrencyCode ??= state.currency;
  checkFields(rules, row);
  return row;
}

/** Rules on a customer's fields that hold for people and the API alike. */
export function checkFields(rules: UnleashedRules, row: Row): void {
  for (const field of ['CustomerCode', 'CustomerName']) {
    if (String(row[field] ?? '').trim() === '') refuseInput(rules, field, `${field} is required.`);
  }
  if (rules.emailRule && !emailAllowed(String(row.Email ?? ''))) {
    refuseInput(rules, 'Email', 'Email is not a valid e-mail address.');
  }
  if (!websiteAllowed(rules.websiteRule, String(row.Website ?? ''))) {
    refuseInput(rules, 'Website', 'Website is not a valid URL.');
  }
  if (!/^[A-Za-z0-9]*$/.test(String(row.EORINumber ?? ''))) {
    refuseInput(rules, 'EORINumber', 'EORINumber must not hold special characters.');
  }
  for (const [field, codes] of Object.entries(knownCodes)) {
    const code = row[field];
    if (typeof code === 'string' && !codes.includes(code))
      refuseInput(rules, field, `${field} '${code}' does not exist.`);
  }
}

/**
 * The address list after a POST (switches `addressListReplaced`, `omittedAddressesCleared`).
 * @throws Refusal empty 500 for an address Guid or unknown key (fact U6.3), 400 for a wrong AddressType
 */
export function postedAddresses(
  state: UnleashedState,
  rules: UnleashedRules,
  before: Json,
  given: Json | undefined,
): Json {
  const existing = Array.isArray(before) ? before.filter(isObject) : [];
  if (given === undefined) return rules.omittedAddressesCleared ? [] : existing;
  if (given !== null && !Array.isArray(given)) return refuseInput(rules, 'Addresses', 'Addresses must be a list.');
  const posted = (given ?? []).map((item) => readAddress(rules, item));
  const isSame = (a: Row, b: Row): boolean => a.AddressType === b.AddressType && a.AddressName === b.AddressName;
  const list = rules.addressListReplaced
    ? []
    : existing.filter((old) => !posted.some((address) => isSame(old, address)));
  for (const address of posted) {
    const old = existing.find((each) => isSame(each, address));
    list.push({ Guid: old?.Guid ?? makeGuid(state), ...address });
  }
  return list;
}

function readAddress(rules: UnleashedRules, item: Json): Row {
  if (!isObject(item)) return refuseSilently();
  const { values, unknown } = canonicalKeys(item, addressSpelling);
  if (unknown.length > 0) refuseSilently();
  const address: Row = {};
  for (const [field, longest] of Object.entries(addressTexts)) {
    address[field] = textField(rules, field, values[field], longest);
  }
  address.IsDefault = flagField(rules, 'IsDefault', values.IsDefault, false);
  if (!addressTypes.includes(String(address.AddressType))) {
    refuseInput(rules, 'AddressType', 'AddressType must be Postal, Physical or Shipping.');
  }
  return address;
}

function numberField(rules: UnleashedRules, field: string, value: Json | undefined): Json {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number') return refuseInput(rules, field, `${field} must be a number.`);
  return value;
}

function salespersonOf(
  state: UnleashedState,
  rules: UnleashedRules,
  value: Json | undefined,
  before: Row | undefined,
): Json {
  if (!isObject(value)) return null;
  const guid = value.Guid;
  if (typeof guid !== 'string' || guid === '')
    return refuseInput(rules, 'SalesPerson', 'SalesPerson.Guid is required.');
  const person = state.salespersons.get(guid.toLowerCase());
  if (!person) return refuseInput(rules, 'SalesPerson', 'SalesPerson does not exist.');
  const unchanged = before?.SalesPersonGuid === person.Guid && rules.obsoleteSalesPersonAccepted === 'whenUnchanged';
  if (person.Obsolete === true && !unchanged && rules.obsoleteSalesPersonAccepted !== 'always') {
    return refuseInput(rules, 'SalesPerson', 'SalesPerson is obsolete.');
  }
  return guid.toLowerCase();
}

function codeOf(
  rules: UnleashedRules,
  state: UnleashedState,
  kind: string,
  field: string,
  key: string,
  value: Json | undefined,
  known: Readonly<Record<string, string>>,
): Json {
  if (!isObject(value)) return null;
  const codes = Object.keys(known);
  const code = value[key] ?? codes.find((each) => guidFrom(`${state.seed} ${kind} ${each}`) === value.Guid);
  if (code === undefined && (value.Guid ?? null) === null) return null;
  if (typeof code !== 'string' || !codes.includes(code)) return refuseInput(rules, field, `${field} does not exist.`);
  return code;
}
