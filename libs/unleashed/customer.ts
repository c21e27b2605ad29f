/** A customer of Unleashed: its synced fields, the body of a safe update, and what else changed meanwhile. Pure. */
import type { CompanyField } from '#contracts';
import { childOf, guidOf, type JsonRecord, nullable, pick, textOf } from '#runtime';
import { chooseAddress, chosenAddressValue, replaceChosenAddress, sendableAddresses } from './addresses.ts';

/** Values of a company's synced fields, in Unleashed's form. */
export type CompanyValues = Record<CompanyField, string>;

/**
 * The keys that `POST /Customers/{guid}` takes (section 5 of the facts). Every other key of a customer gives an empty 500 or
 * is read only, and is kept when it is left out (U6.3, U6.4). Addresses, SalesPerson, Currency and DefaultWarehouse have
 * allow-lists of their own.
 */
export const CUSTOMER_KEYS = [
  'Guid',
  'CustomerCode',
  'CustomerName',
  'CustomerType',
  'CustomerTypeGuid',
  'ContactFirstName',
  'ContactLastName',
  'Email',
  'EmailCC',
  'PhoneNumber',
  'MobileNumber',
  'FaxNumber',
  'DDINumber',
  'TollFreeNumber',
  'Website',
  'BankName',
  'BankBranch',
  'BankAccount',
  'GSTVATNumber',
  'EORINumber',
  'Notes',
  'Taxable',
  'TaxCode',
  'TaxRate',
  'DiscountRate',
  'PaymentTerm',
  'SellPriceTier',
  'SalesOrderGroup',
  'DeliveryMethod',
  'HasCreditLimit',
  'CreditLimit',
  'PrintInvoice',
  'PrintPackingSlipInsteadOfInvoice',
  'StopCredit',
  'Obsolete',
  'XeroSalesAccount',
  'XeroCostOfGoodsAccount',
] as const;

/** Keys that are taken inside an object of a customer (section 5 of the facts). */
export const NESTED_KEYS = {
  SalesPerson: ['Guid', 'Email', 'FullName'],
  Currency: ['CurrencyCode', 'Description', 'Guid'],
  DefaultWarehouse: ['Guid', 'WarehouseCode'],
} as const;

/** Longest CustomerName (section 5 of the facts). */
export const CUSTOMER_NAME_CHARACTERS = 500;

/** Where each plain field stands in the API. */
const PLAIN_KEYS = { name: 'CustomerName', phone: 'PhoneNumber', website: 'Website' } as const;

/** The synced fields that a customer shows. */
export function companyValues(customer: JsonRecord): CompanyValues {
  const salesPerson = childOf(customer, 'SalesPerson');
  return {
    name: textOf(customer, PLAIN_KEYS.name),
    phone: textOf(customer, PLAIN_KEYS.phone),
    website: textOf(customer, PLAIN_KEYS.website),
    address: chosenAddressValue(customer),
    accountManager: salesPerson === null ? '' : guidOf(salesPerson, 'Guid'),
  };
}

/** What a customer's record holds of its default contact, so that a write of the record sends it along. */
export function defaultContactValues(customer: JsonRecord): { firstName: string; lastName: string; email: string } {
  return {
    firstName: textOf(customer, 'ContactFirstName'),
    lastName: textOf(customer, 'ContactLastName'),
    email: textOf(customer, 'Email'),
  };
}

/** Whether the address of a customer may be written: two that claim to be the default one are left alone. */
export function isAddressWritable(customer: JsonRecord): boolean {
  return chooseAddress(customer).choice !== 'ambiguous';
}

/**
 * The body of a safe update (U6.5): the customer as it was read, cut down to what may be sent, with only `changes` applied. A
 * field that shows the wanted text already is sent exactly as it was read, so no change means no difference at all.
 */
export function companyBody(customer: JsonRecord, changes: Partial<CompanyValues>): JsonRecord {
  const body = pick(customer, CUSTOMER_KEYS);
  // Not known to be sendable: left out it could be blanked, sent it could be refused. Being refused loses nothing, so it
  // is sent when it holds something.
  if (textOf(customer, 'DeliveryInstruction') !== '') Object.assign(body, pick(customer, ['DeliveryInstruction']));
  for (const [key, keys] of Object.entries(NESTED_KEYS)) {
    const child = childOf(customer, key);
    if (child !== null) body[key] = pick(child, keys);
    else if (customer[key] === null) body[key] = null;
  }
  const addresses = sendableAddresses(customer);
  if (addresses !== null) body.Addresses = addresses;

  const shown = companyValues(customer);
  for (const [field, value] of Object.entries(changes) as [CompanyField, string][]) {
    if (shown[field] === value) continue;
    if (field === 'address') body.Addresses = replaceChosenAddress(customer, value);
    else if (field === 'accountManager') body.SalesPerson = value === '' ? null : { Guid: value };
    else body[PLAIN_KEYS[field]] = nullable(value);
  }
  return body;
}

/** Keys of the API that stand for a field, in lower case: to read from an error which field it is about. */
export const COMPANY_ERROR_KEYS: Record<CompanyField, readonly string[]> = {
  name: ['customername'],
  phone: ['phonenumber', 'phone number'],
  website: ['website'],
  address: ['addresses', 'address', 'streetaddress', 'suburb', 'city', 'region', 'postalcode', 'country'],
  accountManager: ['salesperson', 'sales person'],
};
