import { expect, test } from 'vitest';
import { MalformedRecordError } from './errors.ts';
import { SAMPLE_CUSTOMER_GUID, sampleContact, sampleCustomer } from './sample-records.ts';
import {
  contactSnapshot,
  customerSnapshot,
  goneContactSnapshot,
  goneCustomerSnapshot,
  salespersonSnapshot,
} from './snapshots.ts';

const CONTEXT = { tenantId: 't1', readStartedAtMs: 5, readCause: 'poll' } as const;
const READ = { readStartedAtMs: 5, readCause: 'poll', tenantId: 't1' };

test('snapshot of a customer', () => {
  expect(customerSnapshot(sampleCustomer(), CONTEXT)).toEqual({
    ...READ,
    guid: SAMPLE_CUSTOMER_GUID,
    customerCode: 'ACME',
    obsolete: false,
    deleted: false,
    name: 'Acme Limited',
    phone: '09 123 4567',
    website: 'https://acme.example',
    address: {
      addressType: 'Physical',
      addressName: 'Head office',
      street: '1 Long Road',
      street2: '',
      suburb: 'Ponsonby',
      city: 'Auckland',
      region: '',
      postalCode: '1011',
      country: 'New Zealand',
    },
    addressChoice: 'default',
    salesPersonGuid: 'c0000000-0000-4000-8000-000000000001',
    salesPersonEmail: 'sam@seller.example',
    salesPersonName: 'Sam Seller',
    sourceUpdatedAtMs: 1772360430123,
    sourceUpdatedBy: 'ann@acme.example',
  });
});

test('a contact has no clock (U7.8); a sales person may have one', () => {
  expect(contactSnapshot(sampleContact(), 'c', 'PhoneNumber', CONTEXT)).toMatchObject({
    ...READ,
    customerGuid: 'c',
    deleted: false,
    phone: '09 1',
    isDefault: true,
    sourceUpdatedAtMs: null,
    sourceUpdatedBy: null,
  });
  const salesPerson = { Guid: 'AB', FullName: 'Sam', Email: 'SAM@x.y', Obsolete: true, LastModifiedOn: '/Date(7)/' };
  expect(salespersonSnapshot(salesPerson, CONTEXT)).toEqual({
    ...READ,
    guid: 'ab',
    name: 'Sam',
    email: 'SAM@x.y',
    obsolete: true,
    sourceUpdatedAtMs: 7,
    sourceUpdatedBy: null,
  });
});

test('null where text is expected is blank, never a crash', () => {
  const bare = {
    Guid: 'G',
    CustomerCode: 'C',
    CustomerName: 'N',
    PhoneNumber: 12,
    Website: {},
    Addresses: 'x',
    SalesPerson: [],
  };
  expect(customerSnapshot(bare, CONTEXT)).toMatchObject({
    phone: '12',
    website: '',
    address: null,
    addressChoice: 'none',
    salesPersonGuid: '',
    sourceUpdatedAtMs: null,
  });
});

test('a record without what a snapshot must have is malformed, and the error says what is missing', () => {
  for (const [key, missing] of [
    ['Guid', null],
    ['CustomerCode', ''],
    ['CustomerName', '  '],
  ] as const) {
    expect(() => customerSnapshot(sampleCustomer({ [key]: missing }), CONTEXT)).toThrow(MalformedRecordError);
  }
  expect(() => contactSnapshot({}, 'c', 'PhoneNumber', CONTEXT)).toThrow('without Guid');
  expect(() => salespersonSnapshot({}, CONTEXT)).toThrow(MalformedRecordError);
});

test('what is gone is deleted and blank', () => {
  expect(goneCustomerSnapshot('g', CONTEXT)).toMatchObject({ guid: 'g', deleted: true, name: '', customerCode: '' });
  expect(goneContactSnapshot('g', 'c', CONTEXT)).toMatchObject({
    guid: 'g',
    customerGuid: 'c',
    deleted: true,
    email: '',
  });
});
