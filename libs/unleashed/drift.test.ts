import { expect, test } from 'vitest';
import { contactDrift, customerDrift } from './drift.ts';
import { sampleAddress, sampleContact, sampleCustomer } from './sample-records.ts';

const VOLATILE = { LastModifiedOn: '/Date(9)/', LastModifiedBy: 'api', Contacts: null };

test('a write that changed only what it meant to shows no drift', () => {
  const after = sampleCustomer({ ...VOLATILE, CustomerName: 'New', PhoneNumber: null });
  expect(customerDrift(sampleCustomer(), after, ['name', 'phone'])).toEqual([]);
});

test('blank, null and absent count as equal; new address GUIDs and another order are no drift', () => {
  const before = sampleCustomer({ Notes: '', Reminder: null });
  const after = sampleCustomer({
    Notes: null,
    Reminder: '',
    Addresses: [
      sampleAddress({ AddressType: 'Postal', StreetAddress: 'PO Box 1', IsDefault: false, Guid: 'x', Region: null }),
      sampleAddress({ Guid: 'y', Region: null }),
    ],
  });
  expect(customerDrift(before, after, [])).toEqual([]);
});

test('a blanked field, a changed number, a lost address and a field that was not written are named (I5)', () => {
  const after = sampleCustomer({ Notes: null, DiscountRate: 0.2, CustomerName: 'X', Addresses: [sampleAddress()] });
  expect(customerDrift(sampleCustomer(), after, ['phone'])).toEqual([
    'CustomerName',
    'DiscountRate',
    'Notes',
    'Addresses',
  ]);
});

test('the clock of a sales person is no drift, another sales person is, unless written', () => {
  const salesPerson = sampleCustomer().SalesPerson as Record<string, string>;
  const renewed = sampleCustomer({ SalesPerson: { ...salesPerson, LastModifiedOn: '/Date(5)/' } });
  expect(customerDrift(sampleCustomer(), renewed, [])).toEqual([]);
  const other = sampleCustomer({ SalesPerson: null });
  expect(customerDrift(sampleCustomer(), other, [])).toEqual(['SalesPerson']);
  expect(customerDrift(sampleCustomer(), other, ['accountManager'])).toEqual([]);
});

test('a written address may differ, the others may not', () => {
  const postal = sampleAddress({ AddressType: 'Postal', StreetAddress: 'PO Box 1', IsDefault: false });
  const moved = sampleCustomer({ Addresses: [sampleAddress({ City: 'Taupo' }), postal] });
  expect(customerDrift(sampleCustomer(), moved, ['address'])).toEqual([]);
  expect(customerDrift(sampleCustomer(), moved, ['name'])).toEqual(['Addresses']);
  const both = sampleCustomer({ Addresses: [sampleAddress({ City: 'Taupo' }), { ...postal, City: 'Taupo' }] });
  expect(customerDrift(sampleCustomer(), both, ['address'])).toEqual(['Addresses']);
});

test('a contact: the same rules', () => {
  const after = sampleContact({ PhoneNumber: '2', Notes: null });
  expect(contactDrift(sampleContact(), after, ['phone'])).toEqual(['Notes']);
  expect(contactDrift(sampleContact(), sampleContact({ FirstName: 'B' }), ['firstName'])).toEqual([]);
});
