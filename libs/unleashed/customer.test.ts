import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unleashedAddressValue } from '#contracts';
import type { JsonRecord } from '#runtime';
import { type CompanyValues, companyBody, companyValues, isAddressWritable } from './customer.ts';
import { sampleAddress, sampleCustomer } from './sample-records.ts';

const UNSENDABLE = [
  'SellPriceTierReference',
  'CurrencyId',
  'XeroContactId',
  'SourceId',
  'Reminder',
  'Contacts',
  'CreatedOn',
  'CreatedBy',
  'LastModifiedOn',
  'LastModifiedBy',
];

test('the synced fields are read as text, blanks as the empty text, GUIDs in lower case', () => {
  expect(companyValues(sampleCustomer())).toEqual({
    name: 'Acme Limited',
    phone: '09 123 4567',
    website: 'https://acme.example',
    address:
      '{"street":"1 Long Road","street2":"","suburb":"Ponsonby","city":"Auckland","region":"","postalCode":"1011","country":"New Zealand"}',
    accountManager: 'c0000000-0000-4000-8000-000000000001',
  });
  const blank = companyValues({ CustomerName: 'X', PhoneNumber: null, SalesPerson: null, Addresses: null });
  expect(blank).toEqual({ name: 'X', phone: '', website: '', address: '', accountManager: '' });
});

describe('body of a safe update', () => {
  test('what gives an empty 500 is never sent, on any level (U6.3)', () => {
    const body = companyBody(sampleCustomer(), { name: 'New' });
    for (const key of UNSENDABLE) expect(body).not.toHaveProperty(key);
    expect(body.SalesPerson).toEqual({
      Guid: 'C0000000-0000-4000-8000-000000000001',
      Email: 'sam@seller.example',
      FullName: 'Sam Seller',
    });
    expect(Object.keys(body.Currency as JsonRecord).sort()).toEqual(['CurrencyCode', 'Description', 'Guid']);
    expect(Object.keys(body.DefaultWarehouse as JsonRecord).sort()).toEqual(['Guid', 'WarehouseCode']);
    for (const address of body.Addresses as JsonRecord[]) expect(address).not.toHaveProperty('Guid');
  });

  test('every other key is sent, so that nothing is blanked (U6.1, U6.2)', () => {
    const customer = sampleCustomer();
    const body = companyBody(customer, {});
    for (const key of Object.keys(customer)) {
      if (UNSENDABLE.includes(key) || key === 'DeliveryInstruction') continue;
      expect(body, key).toHaveProperty(key);
    }
  });

  test('a DeliveryInstruction is sent when it holds something', () => {
    expect(companyBody(sampleCustomer(), {})).not.toHaveProperty('DeliveryInstruction');
    expect(companyBody(sampleCustomer({ DeliveryInstruction: 'Ring' }), {}).DeliveryInstruction).toBe('Ring');
  });

  test('each change touches its own key only; blank becomes null', () => {
    const unchanged = companyBody(sampleCustomer(), {});
    expect(companyBody(sampleCustomer(), { phone: '' })).toEqual({ ...unchanged, PhoneNumber: null });
    expect(companyBody(sampleCustomer(), { website: 'w', name: 'n' })).toEqual({
      ...unchanged,
      Website: 'w',
      CustomerName: 'n',
    });
    expect(companyBody(sampleCustomer(), { accountManager: 'g' })).toEqual({
      ...unchanged,
      SalesPerson: { Guid: 'g' },
    });
    expect(companyBody(sampleCustomer(), { accountManager: '' })).toEqual({ ...unchanged, SalesPerson: null });
  });

  test('an address replaces the chosen one and leaves all others as they were', () => {
    const customer = sampleCustomer();
    const value = unleashedAddressValue({
      street: '2 Short Road',
      street2: '',
      suburb: '',
      city: 'Auckland',
      region: '',
      postalCode: '',
      country: 'New Zealand',
    });
    const addresses = companyBody(customer, { address: value }).Addresses as JsonRecord[];
    const [first, second] = customer.Addresses as JsonRecord[];
    const { Guid: _first, ...chosen } = first as JsonRecord;
    const { Guid: _second, ...other } = second as JsonRecord;
    // Region and StreetAddress2 keep the very form of blank in which they were read.
    expect(addresses).toEqual([
      { ...chosen, StreetAddress: '2 Short Road', Suburb: null, PostalCode: null, Region: '', StreetAddress2: null },
      other,
    ]);
    expect(companyValues({ ...customer, Addresses: addresses }).address).toBe(value);
  });

  test('two addresses that claim to be the default one are not written', () => {
    const customer = sampleCustomer({ Addresses: [sampleAddress(), sampleAddress({ AddressType: 'Postal' })] });
    expect(isAddressWritable(customer)).toBe(false);
    expect(() => companyBody(customer, { address: '' })).toThrow(RangeError);
    expect(isAddressWritable(sampleCustomer())).toBe(true);
  });
});

const blankish = fc.constantFrom(null, '');
const text = fc.oneof(blankish, fc.string({ unit: 'grapheme' }));
const address = fc.record(
  {
    Guid: fc.uuid(),
    AddressType: fc.constantFrom('Postal', 'Physical', 'Shipping', null),
    AddressName: text,
    StreetAddress: text,
    StreetAddress2: text,
    Suburb: text,
    City: text,
    Region: text,
    Country: text,
    PostalCode: text,
    IsDefault: fc.boolean(),
    DeliveryInstruction: text,
  },
  { requiredKeys: ['AddressType', 'IsDefault'] },
);
const customer = fc
  .record({
    PhoneNumber: text,
    Website: text,
    Notes: text,
    Addresses: fc.oneof(fc.constant(null), fc.array(address, { maxLength: 5 })),
    SalesPerson: fc.oneof(fc.constant(null), fc.record({ Guid: fc.uuid(), FullName: text, Obsolete: fc.boolean() })),
  })
  .map((changes) => sampleCustomer(changes as JsonRecord));

test('property: a safe update with no change alters nothing, whatever fields it names', () => {
  fc.assert(
    fc.property(
      customer,
      fc.subarray(['name', 'phone', 'website', 'address', 'accountManager'] as const),
      (record, named) => {
        const shown = companyValues(record);
        const same = Object.fromEntries(named.map((field) => [field, shown[field]])) as Partial<CompanyValues>;
        const body = companyBody(record, same);
        expect(body).toEqual(companyBody(record, {}));
        for (const [key, value] of Object.entries(body)) {
          const was = record[key];
          if (key === 'Addresses') {
            expect(value).toEqual((was as JsonRecord[]).map(({ Guid: _guid, ...rest }) => rest));
          } else if (was !== null && typeof was === 'object') expect(was).toMatchObject(value as JsonRecord);
          else expect(value).toBe(was);
        }
        expect(companyValues({ ...record, ...body })).toEqual(shown);
      },
    ),
  );
});

test('property: an address that was written reads back the same, and the others stay', () => {
  const part = fc.string({ unit: 'grapheme' });
  const parts = fc.record({
    street: part,
    street2: part,
    suburb: part,
    city: part,
    region: part,
    postalCode: part,
    country: part,
  });
  fc.assert(
    fc.property(customer, parts, (record, wanted) => {
      fc.pre(isAddressWritable(record));
      const value = unleashedAddressValue(wanted);
      const after = { ...record, ...companyBody(record, { address: value }) };
      expect(companyValues(after).address).toBe(value);
      const others = (list: unknown) => (Array.isArray(list) ? list.length : 0);
      expect(others(after.Addresses) - others(record.Addresses)).toBeLessThanOrEqual(1);
    }),
  );
});
