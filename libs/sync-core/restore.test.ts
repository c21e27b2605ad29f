/** Row 15 of the mission: a value that lost comes back with one request; an open question is answered. */
import { expect, test } from 'vitest';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';

function linked(settings: Record<string, string> = { enabled: 'true' }) {
  const tenant = createTestTenant(settings);
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}
type Tenant = ReturnType<typeof linked>;
const phone = (tenant: Tenant) => tenant.state.links.get(`company/u:${G}`)?.fields[1];
const about = { entity: 'company', side: 'crm', recordId: '1', field: 'phone' } as const;

/** Both sides changed the phone; Unleashed won with 3, the CRM's 2 lost, and both show 3. */
function afterConflict() {
  const tenant = linked();
  tenant.request({ kind: 'pause', side: 'unleashed' });
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
  tenant.answer();
  tenant.request({ kind: 'resume', side: 'unleashed' });
  tenant.tick(10_000);
  expect(phone(tenant)?.agreed).toEqual({ crm: '3', unleashed: '3' });
  return tenant;
}

test('the loser is written back to its side and flows on as an edit of its own', () => {
  const tenant = afterConflict();
  const before = tenant.issued.length;
  tenant.request({ kind: 'restore', ...about, value: '2' });
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '2', expected: '3' }] }]);
  tenant.answer();
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '2', expected: '3' }] }]);
  tenant.answer();
  expect(phone(tenant)).toMatchObject({ agreed: { crm: '2', unleashed: '2' }, restore: null });
  expect(tenant.issued.length - before).toBe(2);
  expect(tenant.conflicts).toHaveLength(1);
});

test('a lost answer changes nothing about it: the record is read and the value flows on', () => {
  const tenant = afterConflict();
  tenant.request({ kind: 'restore', ...about, value: '2' });
  tenant.answer({ result: 'unknown', code: 'fate-unknown', fields: [], shown: null, shownReadStartedAtMs: null });
  tenant.wait(10_000);
  expect(tenant.open).toMatchObject([{ op: 'read', side: 'crm' }]);
  tenant.answer({ shown: [{ field: 'phone', value: '2' }] });
  tenant.wait(10_000);
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '2' }] }]);
  tenant.answer();
  expect(phone(tenant)).toMatchObject({ agreed: { crm: '2', unleashed: '2' }, restore: null });
});

test('a later edit of that side counts more than the wish', () => {
  const tenant = afterConflict();
  tenant.request({ kind: 'pause', side: 'crm' });
  tenant.request({ kind: 'restore', ...about, value: '2' });
  tenant.see('crm.company.v1', company('1', G, { phone: '9' }));
  expect(phone(tenant)?.restore).toBeNull();
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '9' }] }]);
});

test('before the winner was written, a restored loser simply wins', () => {
  const tenant = linked();
  tenant.request({ kind: 'pause', side: 'unleashed' });
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  tenant.request({ kind: 'pause', side: 'crm' });
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
  tenant.request({ kind: 'restore', ...about, value: '2' });
  tenant.request({ kind: 'resume', side: 'crm' });
  tenant.request({ kind: 'resume', side: 'unleashed' });
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '2', expected: '3' }] }]);
});

test('ask: both sides stay until someone answers, then the answer is written', () => {
  const tenant = linked({ enabled: 'true', 'conflictPolicy.company.phone': 'ask' });
  tenant.request({ kind: 'pause', side: 'unleashed' });
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
  tenant.request({ kind: 'resume', side: 'unleashed' });
  expect(tenant.open).toEqual([]);
  expect(phone(tenant)?.settled).toMatchObject({ winner: 'none' });
  tenant.request({ kind: 'answer', ...about });
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '2', expected: '3' }] }]);
  tenant.request({ kind: 'answer', ...about });
  expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'no-question' });
});

test('nothing is written before the first alignment is approved', () => {
  const tenant = createTestTenant({ enabled: 'true', alignment: 'hold' });
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
  tenant.wait(60_000);
  expect(tenant.issued).toEqual([]);
  expect(tenant.conflicts).toEqual([]);
  expect(tenant.decisions.some(({ reason }) => reason === 'alignment-pending')).toBe(true);
  tenant.request({ settings: { alignment: 'auto', 'conflictPolicy.company.phone': 'unleashed' } });
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '3' }] }]);
});

test('a blank snapshot of a deleted record clears nothing', () => {
  const tenant = linked();
  const blank = { name: '', phone: '', website: '', deleted: true };
  tenant.see('unleashed.customer.v1', customer(G, 'C1', blank));
  expect(tenant.open).toEqual([]);
  expect(phone(tenant)?.unleashed).toBe('1');
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  expect(tenant.open).toEqual([]);
});

test('an address that cannot be told is left alone both ways, and says so', () => {
  const tenant = createTestTenant();
  const line = { line1: '1 Quay', line2: '', line3: '', line4: '', line5: '', postcode: '', country: '' };
  tenant.see('crm.company.v1', company('1', G, { address: line }));
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous' }));
  expect(tenant.open).toEqual([]);
  expect(tenant.decisions.at(-1)?.fields).toContainEqual(
    expect.objectContaining({ field: 'address', verdict: 'blocked', reason: 'address-ambiguous' }),
  );
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'default' }));
  expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'address' }] }]);
});

test('a value that the side does not take back is given up, with the reason', () => {
  const tenant = afterConflict();
  tenant.request({ kind: 'restore', ...about, value: '2' });
  tenant.answer({ shown: [{ field: 'phone', value: '3' }] });
  expect(phone(tenant)?.restore).toBeNull();
  expect(tenant.decisions.at(-1)?.fields).toContainEqual(expect.objectContaining({ reason: 'invalid-value' }));
  tenant.wait(60_000);
  expect(tenant.open).toEqual([]);
});
