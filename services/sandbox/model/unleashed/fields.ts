/** Fields of Unleashed's customer, address and contact, what may be sent, and lengths (section 5 and 7). */
import type { Json } from '../types.ts';

/** Longest text of each customer field that has a limit, in characters. Known: code, name, EORI; the rest `[?]`. */
export const customerTexts: Readonly<Record<string, number>> = {
  CustomerCode: 500,
  CustomerName: 500,
  CustomerType: 100,
  CustomerTypeGuid: 36,
  ContactFirstName: 100,
  ContactLastName: 100,
  Email: 254,
  EmailCC: 1000,
  PhoneNumber: 50,
  MobileNumber: 50,
  FaxNumber: 50,
  DDINumber: 50,
  TollFreeNumber: 50,
  Website: 256,
  BankName: 100,
  BankBranch: 100,
  BankAccount: 100,
  GSTVATNumber: 100,
  EORINumber: 20,
  Notes: 4000,
  TaxCode: 100,
  PaymentTerm: 100,
  SellPriceTier: 100,
  SalesOrderGroup: 100,
  DeliveryMethod: 100,
  DeliveryInstruction: 500,
  XeroSalesAccount: 100,
  XeroCostOfGoodsAccount: 100,
};

/** Numbers, and booleans that may be null; blank is null. */
export const customerNumbers = ['TaxRate', 'DiscountRate', 'CreditLimit'] as const;
/** A boolean that may be null. */
export const customerMaybes = ['Taxable'] as const;
/** Booleans; blank is false. */
export const customerFlags = [
  'HasCreditLimit',
  'PrintInvoice',
  'PrintPackingSlipInsteadOfInvoice',
  'StopCredit',
  'Obsolete',
] as const;

/** Top-level keys that make a POST fail with an empty 500 (fact U6.3). */
export const unsendableKeys = ['Contacts', 'XeroContactId', 'SourceId', 'Reminder', 'SellPriceTierReference'];
/** Read-only keys; whether they fail is the switch `readOnlyKeys`. */
export const readOnlyKeys = ['CreatedOn', 'CreatedBy', 'LastModifiedOn', 'LastModifiedBy', 'CurrencyId'];
/** Keys taken inside the objects of a POST; any other gives an empty 500 (facts U5, U6.3). */
export const objectKeys: Readonly<Record<string, readonly string[]>> = {
  SalesPerson: ['Guid', 'Email', 'FullName'],
  DefaultWarehouse: ['Guid', 'WarehouseCode'],
  Currency: ['CurrencyCode', 'Description', 'Guid'],
};

/** Texts of an address and their longest length. */
export const addressTexts: Readonly<Record<string, number>> = {
  AddressType: 20,
  AddressName: 250,
  StreetAddress: 250,
  StreetAddress2: 250,
  Suburb: 250,
  City: 250,
  Region: 250,
  Country: 250,
  PostalCode: 50,
  DeliveryInstruction: 500,
};
/** Allowed values of AddressType. */
export const addressTypes = ['Postal', 'Physical', 'Shipping'];

/** Texts of a contact and their longest length (`[?]`). */
export const contactTexts: Readonly<Record<string, number>> = {
  FirstName: 100,
  LastName: 100,
  EmailAddress: 254,
  OfficePhone: 50,
  MobilePhone: 50,
  PhoneNumber: 50,
  FaxNumber: 50,
  DDINumber: 50,
  TollFreeNumber: 50,
  Website: 256,
  Notes: 4000,
  DeliveryAddress: 500,
};
/** Booleans of a contact; blank is false. */
export const contactFlags = ['IsDefault', 'ForOrdering', 'ForInvoicing', 'ForShipping'] as const;

/** Codes that exist in the account and may be named in a customer (facts U5 CustomerType, PaymentTerm, SellPriceTier). */
export const knownCodes: Readonly<Record<string, readonly string[]>> = {
  CustomerType: ['Retail', 'Wholesale', 'Distributor', 'Online'],
  PaymentTerm: ['Cash', '7 Days', '20th Month Following', '30 Days'],
  SellPriceTier: ['Tier 1', 'Tier 2', 'Tier 3'],
};
/** Currencies of the account. */
export const currencies: Readonly<Record<string, string>> = {
  NZD: 'New Zealand, Dollars',
  AUD: 'Australia, Dollars',
  GBP: 'United Kingdom, Pounds',
  USD: 'United States of America, Dollars',
  EUR: 'Euro Member Countries, Euro',
};
/** Warehouses of the account. */
export const warehouses: Readonly<Record<string, string>> = { MAIN: 'Main Warehouse', NORTH: 'North Depot' };

const hostPattern = /^(?:https?:\/\/)?[\p{L}\p{N}](?:[\p{L}\p{N}-]*\.)+[\p{L}]{2,}(?::\d+)?(?:[/?#]\S*)?$/iu;
const emailPattern = /^[^\s@<>,;"]+@[\p{L}\p{N}](?:[\p{L}\p{N}-]*\.)+[\p{L}]{2,}$/iu;

/** True when the rule (switch `websiteRule`) takes the website. */
export function websiteAllowed(rule: 'host' | 'absolute' | 'any', website: string): boolean {
  if (rule === 'any' || website === '') return true;
  return hostPattern.test(website) && (rule === 'host' || /^https?:\/\//i.test(website));
}

/** True for a blank text or an address of valid form. */
export function emailAllowed(email: string): boolean {
  return email === '' || emailPattern.test(email);
}

/** `/Date(ms)/` as in Unleashed's JSON (section 5); null stays null. */
export function dateText(ms: Json | undefined): Json {
  return typeof ms === 'number' ? `/Date(${ms})/` : null;
}
