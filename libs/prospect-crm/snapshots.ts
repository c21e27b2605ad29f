/** From records of the CRM to snapshots and values of the pipeline. Pure. */
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
  const ledger = childOf(record, 'SalesLedger');
  const address = childOf(record, 'Address');
  return {
    tenantId: read.tenantId,
    divisionId: textOf(record, 'DivisionId'),
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
  return {
    tenantId: read.tenantId,
    contactId: textOf(record, 'ContactId'),
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
  return {
    tenantId: read.tenantId,
    userCode: textOf(record, 'UserCode'),
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

/** The edit of a company is the later one of its own row and its address' row: they change separately. */
function source(record: JsonRecord): { sourceUpdatedAtMs: number | null; sourceUpdatedBy: string | null } {
  const address = childOf(record, 'Address');
  const times = [updatedAtMs(record), address === null ? null : updatedAtMs(address)].filter((atMs) => atMs !== null);
  return {
    sourceUpdatedAtMs: times.length === 0 ? null : Math.max(...times),
    sourceUpdatedBy: nullableText(record, 'LastUpdatedByUserId'),
  };
}

function nullableText(record: JsonRecord, key: string): string | null {
  const text = textOf(record, key);
  return text === '' ? null : text;
}

/** A flag that may come as a boolean or as a byte (User.AccountManager is a byte). */
function isSet(record: JsonRecord, key: string): boolean {
  return record[key] === true || (typeof record[key] === 'number' && record[key] !== 0);
}
