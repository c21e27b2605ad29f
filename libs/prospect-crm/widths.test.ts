import { expect, test } from 'vitest';
import { crmAddressValue } from '#contracts';
import { companyValueProblem, contactValueProblem } from './widths.ts';

test('a value fits up to its width, and is refused beyond', () => {
  expect(companyValueProblem('name', 'x'.repeat(250))).toBeNull();
  expect(companyValueProblem('name', 'x'.repeat(251))).toContain('251');
  expect(contactValueProblem('email', 'x'.repeat(254))).toBeNull();
  expect(contactValueProblem('fax', 'x'.repeat(51))).not.toBeNull();
  // The server counts UTF-16: an emoji is two.
  expect(contactValueProblem('fax', '🚲'.repeat(26))).not.toBeNull();
});

test('each part of an address has its own width', () => {
  const blank = { line1: '', line2: '', line3: '', line4: '', line5: '', postcode: '', country: '' };
  expect(companyValueProblem('address', crmAddressValue({ ...blank, line5: 'x'.repeat(100) }))).toBeNull();
  expect(companyValueProblem('address', crmAddressValue({ ...blank, postcode: 'x'.repeat(21) }))).toContain('postcode');
  expect(companyValueProblem('address', '')).toBeNull();
});
