/** Row 1 of the mission: the main address, between five free lines and named slots. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CrmAddress,
  crmAddressValue,
  parseCrmAddress,
  parseUnleashedAddress,
  type UnleashedAddressParts,
  unleashedAddressValue,
} from '#contracts';
import { peopleOf } from './people.ts';
import { createTenantState } from './tenant-state.ts';
import { sameAcross, sameAtSide, translate } from './values.ts';

const people = peopleOf(createTenantState('t', { links: [], setting: null, lanes: [] }));
const BLANK: UnleashedAddressParts = {
  street: '',
  street2: '',
  suburb: '',
  city: '',
  region: '',
  postalCode: '',
  country: '',
};

/** Lines as people write them: blank, with outer blanks, in any script. */
const line = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('  ', ' 1 Quay St ', 'Flat 3,', 'Zürich', 'الرياض', '東京都', '🏠 5') },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
);
const crmAddress: fc.Arbitrary<CrmAddress> = fc.record({
  line1: line,
  line2: line,
  line3: line,
  line4: line,
  line5: line,
  postcode: fc.constantFrom('', '1010', ' SW1A 1AA '),
  country: fc.constantFrom('', 'New Zealand', 'NEW ZEALAND', 'GB'),
});
const unleashedAddress: fc.Arbitrary<UnleashedAddressParts> = fc.record({
  street: line,
  street2: line,
  suburb: line,
  city: line,
  region: line,
  postalCode: fc.constantFrom('', '1010'),
  country: fc.constantFrom('', 'New Zealand', 'GB'),
});

function translated(target: 'crm' | 'unleashed', value: string, current: string): string {
  const result = translate('address', target, value, current, people);
  if (!result.ok) throw new Error(result.code);
  return result.value;
}

describe('a round trip', () => {
  test('of any CRM address over whatever Unleashed had says the same, and the second one changes nothing', () => {
    fc.assert(
      fc.property(crmAddress, unleashedAddress, (address, current) => {
        const crm = crmAddressValue(address);
        const there = translated('unleashed', crm, unleashedAddressValue(current));
        expect(sameAcross('address', crm, there, people)).toBe(true);
        const back = translated('crm', there, crm);
        expect(sameAtSide('address', 'crm', crm, back)).toBe(true);
        expect(translated('unleashed', back, there)).toBe(translated('unleashed', back, there));
      }),
    );
  });

  test('of any Unleashed address says the same', () => {
    fc.assert(
      fc.property(unleashedAddress, crmAddress, (address, current) => {
        const there = unleashedAddressValue(address);
        const crm = translated('crm', there, crmAddressValue(current));
        expect(sameAcross('address', crm, there, people)).toBe(true);
        expect(sameAtSide('address', 'unleashed', there, translated('unleashed', crm, there))).toBe(true);
      }),
    );
  });
});

describe('the town', () => {
  const crm = crmAddressValue({ ...parseCrmAddress(''), line1: '1 Quay St', line3: 'Auckland', postcode: '1010' });

  test('goes where Unleashed keeps it: City, unless only Suburb is filled', () => {
    expect(parseUnleashedAddress(translated('unleashed', crm, ''))).toMatchObject({ suburb: '', city: 'Auckland' });
    const current = unleashedAddressValue({ ...BLANK, suburb: 'Wellington' });
    expect(parseUnleashedAddress(translated('unleashed', crm, current))).toMatchObject({
      suburb: 'Auckland',
      city: '',
    });
  });

  test('stands on the third line in the CRM, with suburb and city on lines of their own', () => {
    const one = { ...BLANK, street: '1 Quay St', city: 'Auckland', region: 'AKL' };
    expect(parseCrmAddress(translated('crm', unleashedAddressValue(one), ''))).toMatchObject({
      line1: '1 Quay St',
      line2: '',
      line3: 'Auckland',
      line4: 'AKL',
    });
    const both = { ...one, suburb: 'Ponsonby' };
    expect(parseCrmAddress(translated('crm', unleashedAddressValue(both), ''))).toMatchObject({
      line2: 'Ponsonby',
      line3: 'Auckland',
      line4: 'AKL',
    });
    const full = { ...both, street2: 'Level 3' };
    expect(parseCrmAddress(translated('crm', unleashedAddressValue(full), ''))).toMatchObject({
      line2: 'Level 3',
      line3: 'Ponsonby',
      line4: 'Auckland',
      line5: 'AKL',
    });
  });
});

test('five lines of the CRM fill the five slots in order', () => {
  const address = { line1: 'a', line2: 'b', line3: 'c', line4: 'd', line5: 'e', postcode: '', country: '' };
  expect(parseUnleashedAddress(translated('unleashed', crmAddressValue(address), ''))).toMatchObject({
    street: 'a',
    street2: 'b',
    suburb: 'c',
    city: 'd',
    region: 'e',
  });
});

test('an address that is too long for the CRM is refused, never cut', () => {
  const long = unleashedAddressValue({ ...BLANK, street: 'x'.repeat(101) });
  expect(translate('address', 'crm', long, '', people)).toEqual({ ok: false, code: 'too-long' });
  const postcode = unleashedAddressValue({ ...BLANK, street: 'x', postalCode: '9'.repeat(21) });
  expect(translate('address', 'crm', postcode, '', people)).toEqual({ ok: false, code: 'too-long' });
});
