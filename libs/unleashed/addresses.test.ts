import { expect, test } from 'vitest';
import { chooseAddress, chosenAddress, replaceChosenAddress } from './addresses.ts';
import { sampleAddress, sampleCustomer } from './sample-records.ts';

const physical = sampleAddress({ IsDefault: false });
const postal = sampleAddress({ AddressType: 'Postal', IsDefault: false });
const shipping = sampleAddress({ AddressType: 'Shipping', IsDefault: false });
const marked = sampleAddress({ AddressType: 'Shipping', IsDefault: true });

test.each([
  { what: 'the marked one', addresses: [physical, marked], choice: 'default', index: 1 },
  { what: 'the only one', addresses: [shipping], choice: 'only', index: 0 },
  { what: 'the physical one', addresses: [postal, shipping, physical], choice: 'type', index: 2 },
  { what: 'the postal one', addresses: [shipping, postal], choice: 'type', index: 1 },
  { what: 'none of several for shipping', addresses: [shipping, shipping], choice: 'none', index: -1 },
  { what: 'two marked', addresses: [physical, marked, marked], choice: 'ambiguous', index: 1 },
  { what: 'two physical', addresses: [postal, physical, physical], choice: 'ambiguous', index: 1 },
  { what: 'an empty list', addresses: [], choice: 'none', index: -1 },
])('choice: $what', ({ addresses, choice, index }) => {
  expect(chooseAddress(sampleCustomer({ Addresses: addresses }))).toEqual({ choice, index });
});

test('no list is no address', () => {
  expect(chooseAddress({})).toEqual({ choice: 'none', index: -1 });
  expect(chosenAddress({})).toBeNull();
});

test('where there is none, an address is added and the others stay', () => {
  const value = '{"street":"1 Road","street2":"","suburb":"","city":"Town","region":"","postalCode":"","country":""}';
  const list = replaceChosenAddress(sampleCustomer({ Addresses: [shipping, shipping] }), value);
  const { Guid: _guid, ...sent } = shipping;
  expect(list.slice(0, 2)).toEqual([sent, sent]);
  expect(list[2]).toMatchObject({ AddressType: 'Physical', IsDefault: true, StreetAddress: '1 Road', City: 'Town' });
});

test('a blank address blanks the parts and keeps type, name and mark', () => {
  const [only] = replaceChosenAddress(sampleCustomer({ Addresses: [marked] }), '');
  expect(only).toMatchObject({ AddressType: 'Shipping', IsDefault: true, StreetAddress: null, City: null });
});
