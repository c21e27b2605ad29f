/** Whoever approves what a record shows must not approve anything else: each thing that counts changes the fingerprint. */
import { expect, test } from 'vitest';
import { fingerprintOf } from './fingerprint.ts';
import { fieldState, type LinkState, withField } from './link-state.ts';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';

function pair(): LinkState {
  const tenant = createTestTenant({ enabled: 'true' });
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  const link = tenant.state.links.get(`company/u:${G}`);
  if (link === undefined) throw new Error('no pair');
  return link;
}

const blocked = { side: 'crm', value: '1', code: 'too-long', message: '' };
const withPhone = (link: LinkState, change: object): LinkState =>
  withField(link, { ...fieldState(link, 'phone'), ...change });

test('the same record has the same one, whatever else happened to it', () => {
  const link = pair();
  expect(fingerprintOf(pair(), null)).toBe(fingerprintOf(link, null));
  expect(fingerprintOf({ ...link, dirtySinceMs: 5 }, null)).toBe(fingerprintOf(link, null));
});

test.each<[string, (link: LinkState) => LinkState]>([
  ['a value at the CRM', (link) => withPhone(link, { crm: '2' })],
  ['a value at Unleashed', (link) => withPhone(link, { unleashed: '2' })],
  ['something in the way of a field', (link) => withPhone(link, { blocked })],
  ['something else in its way', (link) => withPhone(link, { blocked: { ...blocked, code: 'refused' } })],
  ['a pause', (link) => ({ ...link, paused: true })],
  ['another record of the CRM', (link) => ({ ...link, crm: link.crm && { ...link.crm, id: '2' } })],
  ['no record of the CRM', (link) => ({ ...link, crm: null })],
  ['another record of Unleashed', (link) => ({ ...link, unleashed: link.unleashed && { ...link.unleashed, id: 'x' } })],
  ['no record of Unleashed', (link) => ({ ...link, unleashed: null })],
])('%s makes another one, of the record and of the field', (_what, change) => {
  // From a field that is in trouble already: a second one must not look like the first.
  const before = withPhone(pair(), { blocked: { ...blocked, code: 'first' } });
  for (const field of [null, 'phone'])
    expect(fingerprintOf(change(before), field)).not.toBe(fingerprintOf(before, field));
});

test('of one field it says nothing of the others, and is not that of the record', () => {
  const link = pair();
  expect(fingerprintOf(withPhone(link, { crm: '2' }), 'name')).toBe(fingerprintOf(link, 'name'));
  expect(new Set([null, 'phone', 'name'].map((field) => fingerprintOf(link, field))).size).toBe(3);
});
