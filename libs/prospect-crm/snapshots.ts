/** From records of the CRM to snapshots and values of the pipeline. Pure; throws CrmMalformedRecordError and nothing else. */
import {
  type CompanyField,
  type ContactField,
  type CrmAddress,
  type CrmCompany,
  type CrmContact,
  type CrmUser,
  crmAddressValue,
} from '#contracts';
import { childOf, guidOf, type JsonRecord, textOf } from '#runtime';
import { CrmMalformedRecordError } from './errors.ts';

/** How and when a record was read. */
export interface ReadInfo {
  tenantId: string;
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
  /** See readCause of the snapshot schemas. */
  readCause: string;
}

/** Navigations that a company is read with: its account and its address in one call. */
export const COMPANY_EXPAND = ['SalesLedger', 'Address'];

/** Snapshot of a company from a Division with SalesLedger and Address expanded. */
export function companySnapshot(record: JsonRecord, read: ReadInfo): CrmCompany {
  const divisionId = textOf(record, 'DivisionId');
  demand('company', record, ['DivisionId'], divisionId);
  // A navigation that was not expanded is absent. Taken for blank, it would blank the address in Unleashed.
  if (textOf(record, 'SalesLedgerId') !== '') demandExpanded('company', record, 'SalesLedger', divisionId);
  if (textOf(record, 'AddressId') !== '') demandExpanded('company', record, 'Address', divisionId);
  const ledger = childOf(record, 'SalesLedger');
  const address = childOf(record, 'Address');
  return {
    tenantId: read.tenantId,
    divisionId,
    companyId: textOf(record, 'CompanyId'),
    operatingCompanyCode: textOf(record, 'OperatingCompanyCode'),
    statusFlag: textOf(record, 'StatusFlag'),
    deleted: textOf(record, 'StatusFlag') === 'D',
    mergedWith: nullableText(record, 'MergedWith'),
    isB2C: record.IsB2C === true,
    ...plainCompanyValues(record),
    addressId: nullableText(record, 'AddressId'),
    address: address === null ? null : addressOf(address),
    account:
      ledger === null
        ? null
        : {
            salesLedgerId: textOf(ledger, 'SalesLedgerId'),
            accountsId: guidOf(ledger, 'AccountsId'),
            customerCode: textOf(ledger, 'CustomerCode'),
            closed: isSet(ledger, 'Closed'),
            duplicate: isSet(ledger, 'Duplicate'),
            isB2C: isSet(ledger, 'IsB2C'),
            defaultDivisionId: nullableText(ledger, 'DefaultDivisionId'),
          },
    ...source(record),
    readStartedAtMs: read.readStartedAtMs,
    readCause: read.readCause,
  };
}

/** Snapshot of a contact. */
export function contactSnapshot(record: JsonRecord, read: ReadInfo): CrmContact {
  const contactId = textOf(record, 'ContactId');
  demand('contact', record, ['ContactId', 'DivisionId'], contactId);
  return {
    tenantId: read.tenantId,
    contactId,
    divisionId: textOf(record, 'DivisionId'),
    statusFlag: textOf(record, 'StatusFlag'),
    deleted: textOf(record, 'StatusFlag') === 'D',
    mergedWith: nullableText(record, 'MergedWith'),
    ...contactValues(record),
    accountsId: guidOf(record, 'AccountsId'),
    marker: textOf(record, 'AlternateReference'),
    ...source(record),
    readStartedAtMs: read.readStartedAtMs,
    readCause: read.readCause,
  };
}

/** Snapshot of a user. */
export function userSnapshot(record: JsonRecord, read: ReadInfo): CrmUser {
  const userCode = textOf(record, 'UserCode');
  demand('user', record, ['UserCode'], userCode);
  return {
    tenantId: read.tenantId,
    userCode,
    name: textOf(record, 'UserName'),
    email: textOf(record, 'EmailAddress'),
    accountManager: isSet(record, 'AccountManager'),
    obsolete: isSet(record, 'Obsolete'),
    accountsId: guidOf(record, 'AccountsId'),
    readStartedAtMs: read.readStartedAtMs,
    readCause: read.readCause,
  };
}

/** Values of a company's synced fields, the address included. */
export function companyValues(record: JsonRecord): Record<CompanyField, string> {
  const address = childOf(record, 'Address');
  return { ...plainCompanyValues(record), address: crmAddressValue(address === null ? null : addressOf(address)) };
}

function plainCompanyValues(record: JsonRecord): Record<Exclude<CompanyField, 'address'>, string> {
  return {
    name: textOf(record, 'Name'),
    phone: textOf(record, 'PhoneNumber'),
    website: textOf(record, 'Website'),
    accountManager: textOf(record, 'AccountManager'),
  };
}

/** Values of a contact's synced fields. */
export function contactValues(record: JsonRecord): Record<ContactField, string> {
  return {
    firstName: textOf(record, 'Forename'),
    lastName: textOf(record, 'Surname'),
    email: textOf(record, 'Email'),
    phone: textOf(record, 'PhoneNumber'),
    mobile: textOf(record, 'MobilePhoneNumber'),
    fax: textOf(record, 'Fax'),
  };
}

/** Property of a Division that holds a synced field; the address is a row of its own. */
export const COMPANY_PROPERTIES: Record<Exclude<CompanyField, 'address'>, string> = {
  name: 'Name',
  phone: 'PhoneNumber',
  website: 'Website',
  accountManager: 'AccountManager',
};

/** Property of a Contact that holds a synced field. */
export const CONTACT_PROPERTIES: Record<ContactField, string> = {
  firstName: 'Forename',
  lastName: 'Surname',
  email: 'Email',
  phone: 'PhoneNumber',
  mobile: 'MobilePhoneNumber',
  fax: 'Fax',
};

/** Properties of an Address row that hold an address. */
export const ADDRESS_PROPERTIES = [
  'AddressLine1',
  'AddressLine2',
  'AddressLine3',
  'AddressLine4',
  'AddressLine5',
  'Postcode',
  'Country',
] as const;

/** Properties of an Address row for an address of the pipeline. */
export function addressBody(address: CrmAddress): JsonRecord {
  return {
    AddressLine1: address.line1,
    AddressLine2: address.line2,
    AddressLine3: address.line3,
    AddressLine4: address.line4,
    AddressLine5: address.line5,
    Postcode: address.postcode,
    Country: address.country,
  };
}

function addressOf(record: JsonRecord): CrmAddress {
  return {
    line1: textOf(record, 'AddressLine1'),
    line2: textOf(record, 'AddressLine2'),
    line3: textOf(record, 'AddressLine3'),
    line4: textOf(record, 'AddressLine4'),
    line5: textOf(record, 'AddressLine5'),
    postcode: textOf(record, 'Postcode'),
    country: textOf(record, 'Country'),
  };
}

/** LastUpdatedTimestamp as milliseconds; null when absent or no time. Fractions of a millisecond are cut off. */
export function updatedAtMs(record: JsonRecord): number | null {
  const atMs = Date.parse(textOf(record, 'LastUpdatedTimestamp'));
  return Number.isNaN(atMs) ? null : atMs;
}

/** When a record was last edited: for a company the later one of its own row and its address' row, which change separately. */
export function editedAtMs(record: JsonRecord): number | null {
  const address = childOf(record, 'Address');
  const times = [updatedAtMs(record), address === null ? null : updatedAtMs(address)].filter((atMs) => atMs !== null);
  return times.length === 0 ? null : Math.max(...times);
}

function source(record: JsonRecord): { sourceUpdatedAtMs: number | null; sourceUpdatedBy: string | null } {
  return { sourceUpdatedAtMs: editedAtMs(record), sourceUpdatedBy: nullableText(record, 'LastUpdatedByUserId') };
}

function demand(kind: string, record: JsonRecord, keys: readonly string[], id: string): void {
  for (const key of keys) if (textOf(record, key).trim() === '') throw new CrmMalformedRecordError(kind, key, id);
}

function demandExpanded(kind: string, record: JsonRecord, navigation: string, id: string): void {
  if (record[navigation] === undefined) throw new CrmMalformedRecordError(kind, navigation, id);
}

function nullableText(record: JsonRecord, key: string): string | null {
  const text = textOf(record, key);
  return text === '' ? null : text;
}

/** A flag that may come as a boolean or as a byte (User.AccountManager is a byte). */
function isSet(record: JsonRecord, key: string): boolean {
  return record[key] === true || (typeof record[key] === 'number' && record[key] !== 0);
}
