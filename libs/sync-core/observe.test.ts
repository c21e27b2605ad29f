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

/** The phone p1 of the CRM was ordered, nobody knows what became of it, and Unleashed was edited to p2 meanwhile. */
function withOpenWrite() {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  tenant.see('crm.company.v1', company('1', G, { phone: 'p1' }));
  tenant.answer({ result: 'unknown', code: 'fate-unknown', ...NOTHING_SHOWN });
  tenant.wait(3_000);
  tenant.answer({ shown: [{ field: 'phone', value: 'p2' }] });
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: 'p2', expected: 'p1' }] }]);
  tenant.tick(3_000);
  return tenant;
}
const phone = (tenant: ReturnType<typeof createTestTenant>) =>
  tenant.state.links.get(`company/u:${G}`)?.fields.find(({ field }) => field === 'phone');

test('an edit that an older write of ours replaces while it is on its way comes back from where it went', () => {
  const tenant = withOpenWrite();
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: 'p1' }));
  tenant.answer();
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: 'p2', expected: 'p1' }] }]);
  tenant.answer();
  expect(phone(tenant)).toMatchObject({ agreed: { crm: 'p2', unleashed: 'p2' }, settled: null });
  expect(tenant.open).toEqual([]);
});

test('a value that won and was then replaced by an older write of ours is brought back, and wins', () => {
  const tenant = withOpenWrite();
  tenant.answer();
  tenant.tick(3_000);
  tenant.request({ kind: 'pause', side: 'crm' });
  tenant.request({ kind: 'pause', side: 'unleashed' });
  tenant.see('crm.company.v1', company('1', G, { phone: 'p3' }));
  tenant.tick(3_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: 'p4' }));
  expect(phone(tenant)?.settled).toEqual({ winner: 'unleashed', loserValue: 'p3' });
  tenant.tick(3_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: 'p1' }));
  tenant.request({ kind: 'resume', side: 'crm' });
  tenant.request({ kind: 'resume', side: 'unleashed' });
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: 'p4', expected: 'p1' }] }]);
  tenant.answer();
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: 'p4', expected: 'p3' }] }]);
  expect(tenant.conflicts.map((one) => [one.crmValue, one.unleashedValue])).toContainEqual(['p3', 'p4']);
});
