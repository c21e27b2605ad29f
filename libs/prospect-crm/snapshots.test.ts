import { expect, test } from 'vitest';
import { CrmMalformedRecordError } from './errors.ts';
import { addressBody, companySnapshot, companyValues, contactSnapshot, editedAtMs, userSnapshot } from './snapshots.ts';

const read = { tenantId: 't1', readStartedAtMs: 5, readCause: 'event' };
const ACCOUNTS_ID = '6F1B6D0E-9D1C-4B43-8F68-0D0B3F1F2A3B';

const division = {
  DivisionId: 1001,
  CompanyId: 77,
  OperatingCompanyCode: 'A',
  StatusFlag: 'A',
  Name: 'Acme',
  PhoneNumber: null,
  Website: 'https://a.example',
  AccountManager: 'JBL',
  AddressId: 9,
  SalesLedgerId: 'ACM1',
  MergedWith: null,
  IsB2C: false,
  LastUpdatedTimestamp: '2026-01-01T10:00:00.123456Z',
  LastUpdatedByUserId: 'JBL',
  SalesLedger: {
    SalesLedgerId: 'ACM1',
    AccountsId: ACCOUNTS_ID,
    CustomerCode: 'ACM1',
    Closed: true,
    DefaultDivisionId: 1001,
  },
  Address: {
    AddressLine1: '1 Road',
    AddressLine3: 'Town',
    Country: null,
    LastUpdatedTimestamp: '2026-01-01T11:00:00Z',
  },
};

test('a company: nulls are blank, GUIDs are lower case, the later edit counts', () => {
  expect(companySnapshot(division, read)).toEqual({
    tenantId: 't1',
    divisionId: '1001',
    companyId: '77',
    operatingCompanyCode: 'A',
    statusFlag: 'A',
    deleted: false,
    mergedWith: null,
    isB2C: false,
    name: 'Acme',
    phone: '',
    website: 'https://a.example',
    accountManager: 'JBL',
    addressId: '9',
    address: { line1: '1 Road', line2: '', line3: 'Town', line4: '', line5: '', postcode: '', country: '' },
    account: {
      salesLedgerId: 'ACM1',
      accountsId: ACCOUNTS_ID.toLowerCase(),
      customerCode: 'ACM1',
      closed: true,
      duplicate: false,
      isB2C: false,
      defaultDivisionId: '1001',
    },
    sourceUpdatedAtMs: Date.UTC(2026, 0, 1, 11),
    sourceUpdatedBy: 'JBL',
    readStartedAtMs: 5,
    readCause: 'event',
  });
});

test('a deleted and merged company without account and address', () => {
  const gone = { DivisionId: 1, StatusFlag: 'D', MergedWith: 2, AddressId: null, SalesLedgerId: null };
  expect(companySnapshot(gone, read)).toMatchObject({
    deleted: true,
    mergedWith: '2',
    account: null,
    address: null,
    addressId: null,
  });
});

test('an address or account that was not read is no blank one', () => {
  const { Address: _address, ...withoutAddress } = division;
  const { SalesLedger: _ledger, ...withoutLedger } = division;
  expect(() => companySnapshot(withoutAddress, read)).toThrow(CrmMalformedRecordError);
  expect(() => companySnapshot(withoutLedger, read)).toThrow('SalesLedger (1001)');
  expect(companySnapshot({ ...division, Address: null }, read).address).toBeNull();
});

test('records without a key are none', () => {
  expect(() => companySnapshot({ Name: 'x' }, read)).toThrow('DivisionId');
  expect(() => contactSnapshot({ ContactId: 1 }, read)).toThrow('DivisionId (1)');
  expect(() => userSnapshot({ UserCode: ' ' }, read)).toThrow(CrmMalformedRecordError);
});

test('a contact and a user', () => {
  const contact = {
    ContactId: 5,
    DivisionId: 1,
    Forename: 'Zoë',
    Surname: null,
    Fax: '3',
    AlternateReference: 'unleashed:x',
    AccountsId: null,
  };
  expect(contactSnapshot(contact, read)).toMatchObject({
    contactId: '5',
    divisionId: '1',
    firstName: 'Zoë',
    lastName: '',
    fax: '3',
    marker: 'unleashed:x',
    accountsId: '',
    sourceUpdatedAtMs: null,
  });
  // AccountManager is a byte in the metadata.
  const user = {
    UserCode: 'JBL',
    UserName: 'Jo',
    EmailAddress: 'j@x',
    AccountManager: 1,
    Obsolete: false,
    AccountsId: ACCOUNTS_ID,
  };
  expect(userSnapshot(user, read)).toMatchObject({
    accountManager: true,
    obsolete: false,
    accountsId: ACCOUNTS_ID.toLowerCase(),
  });
});

test('an address goes out as it came in', () => {
  const snapshot = companySnapshot(division, read);
  expect(snapshot.address && addressBody(snapshot.address)).toEqual({
    AddressLine1: '1 Road',
    AddressLine2: '',
    AddressLine3: 'Town',
    AddressLine4: '',
    AddressLine5: '',
    Postcode: '',
    Country: '',
  });
  expect(companyValues(division).address).toContain('1 Road');
  expect(companyValues({ ...division, Address: { AddressLine1: null } }).address).toBe('');
  expect(editedAtMs({})).toBeNull();
});
