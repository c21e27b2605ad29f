/** What a read shows beside values: where a record belongs, and that it was corrected. */
import { expect, test } from 'vitest';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';
const NOTHING_SHOWN = { fields: [], shown: null, shownReadStartedAtMs: null };

test('a contact that moves right after a write of ours is followed: reading it again would not show where it is', () => {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.see('unleashed.contact.v1', unleashedContact(P, G));
  tenant.see('crm.contact.v1', crmContact('7', '1', { accountsId: P }));
  tenant.see('unleashed.contact.v1', unleashedContact(P, G, { phone: '9' }));
  tenant.answer();
  tenant.see('crm.contact.v1', crmContact('7', '2', { accountsId: P, phone: '8' }));
  expect(tenant.last()?.decisions[0]).toMatchObject({ reason: 'read-again' });
  expect(tenant.state.links.get(`contact/u:${P}`)).toMatchObject({ crm: { parentId: '2' }, readSide: 'crm' });
});

test('an address that was refused as ambiguous flows once the customer was corrected', () => {
  const tenant = createTestTenant();
  const lines = { line1: '1 A St', line2: '', line3: '', line4: '', line5: '', postcode: '', country: '' };
  const street = { street: '1 A St', street2: '', suburb: '', city: '', region: '', postalCode: '', country: '' };
  const there = customer(G, 'C1', { address: { addressType: '', addressName: '', ...street } });
  tenant.see('unleashed.customer.v1', there);
  tenant.see('crm.company.v1', company('1', G, { address: lines }));
  tenant.tick(5_000);
  tenant.see('crm.company.v1', company('1', G, { address: { ...lines, line1: '2 B St' } }));
  tenant.answer({ result: 'refused', code: 'address-ambiguous', ...NOTHING_SHOWN });
  tenant.tick(5_000);
  tenant.wait(60_000);
  expect(tenant.open).toEqual([]);
  tenant.see('unleashed.customer.v1', there);
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'address' }] }]);
});
