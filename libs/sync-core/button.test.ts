/** Rows 4 and 5 of the mission: the 'Sync to Unleashed' button. */
import { describe, expect, test } from 'vitest';
import { buttonOf } from './button.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';

function linked() {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.see('crm.contact.v1', crmContact('5', '1'));
  tenant.tick(10_000);
  return tenant;
}
type Tenant = ReturnType<typeof linked>;
const button = (tenant: Tenant) => buttonOf(tenant.state, '5');
const press = (tenant: Tenant) =>
  tenant.request({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: '5' });
const says = (tenant: Tenant, change: Parameters<typeof crmContact>[2]) =>
  tenant.see('crm.contact.v1', crmContact('5', '1', change));

test('a contact of the CRM is not made in Unleashed by itself (I6)', () => {
  const tenant = linked();
  tenant.wait(60_000);
  expect(tenant.issued).toEqual([]);
  expect(button(tenant)).toEqual({ state: 'enabled', reason: 'ok', unleashedId: null });
});

test('pressed twice it is made once; then its place shows the state of its sync', () => {
  const tenant = linked();
  press(tenant);
  expect(button(tenant)).toMatchObject({ state: 'creating' });
  press(tenant);
  tenant.wait(5_000);
  expect(tenant.open).toMatchObject([{ side: 'unleashed', op: 'create', parentId: G }]);
  const { targetId } = tenant.open[0] ?? { targetId: '' };
  tenant.answer({ targetId });
  expect(button(tenant)).toEqual({ state: 'created', reason: 'in-sync', unleashedId: targetId });
  press(tenant);
  expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'already-there' });
  expect(tenant.issued).toHaveLength(1);
});

describe('disabled, with the reason', () => {
  test.each<[string, string, (tenant: Tenant) => void]>([
    ['the sync is off', 'sync-off', (tenant) => tenant.request({ settings: { enabled: 'false' } })],
    ['no account', 'no-account', (tenant) => tenant.see('crm.company.v1', company('1', G, { account: null }))],
    [
      'the customer is obsolete',
      'customer-obsolete',
      (tenant) => tenant.see('unleashed.customer.v1', customer(G, 'C1', { obsolete: true })),
    ],
    ['no last name', 'contact-without-name', (tenant) => says(tenant, { lastName: ' ' })],
    ['deleted', 'deleted-in-crm', (tenant) => says(tenant, { deleted: true })],
    ['moved to a company that is not known', 'no-company-known', (tenant) => says(tenant, { divisionId: '99' })],
  ])('%s', (_name, reason, arrange) => {
    const tenant = linked();
    arrange(tenant);
    expect(button(tenant)).toEqual({ state: 'disabled', reason, unleashedId: null });
    press(tenant);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason });
    expect(tenant.issued.filter(({ op }) => op === 'create')).toEqual([]);
  });

  test('not known at all', () => {
    expect(buttonOf(linked().state, '404')).toEqual({ state: 'disabled', reason: 'record-unknown', unleashedId: null });
  });
});

describe('a name that is taken', () => {
  test('is told before the API refuses it', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.see(
      'unleashed.contact.v1',
      unleashedContact(P, G, { firstName: 'Bo', lastName: 'Ray', email: 'b@x.example' }),
    );
    tenant.see(
      'unleashed.contact.v1',
      unleashedContact(`${P.slice(0, -1)}3`, G, { firstName: 'Bo', lastName: 'Ray', email: 'c@x.example' }),
    );
    says(tenant, { firstName: 'bo', lastName: 'RAY', email: 'other@x.example' });
    expect(button(tenant)).toMatchObject({ state: 'disabled', reason: 'name-taken', unleashedId: P });
    tenant.request({ kind: 'use-existing', entity: 'contact', side: 'crm', recordId: '5', targetId: P });
    const { decisionId, verdict } = tenant.decisions.findLast(({ linkId }) => linkId === `u:${P}`)!;
    expect([verdict, decisionId]).toEqual(['accepted', expect.stringContaining('sync.request.v1')]);
    expect(button(tenant)).toMatchObject({ state: 'created', unleashedId: P });
  });

  /** The button of Bo Ray while the customer has two others, both of them with these names, whom nobody takes for him. */
  function besides(there: Parameters<typeof unleashedContact>[2], after: Parameters<typeof unleashedContact>[2] = {}) {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'crm' });
    for (const change of [{}, after]) {
      for (const [id, email] of [
        [P, 'b@x.example'],
        [`${P.slice(0, -1)}3`, 'c@x.example'],
      ] as const) {
        tenant.tick(1);
        tenant.see('unleashed.contact.v1', unleashedContact(id, G, { email, ...there, ...change }));
      }
    }
    says(tenant, { firstName: 'Bo', lastName: 'Ray', email: 'other@x.example' });
    return button(tenant);
  }

  test('is one of the same first and last name, whatever their case and the spaces around them', () => {
    expect(besides({ firstName: ' BO ', lastName: 'ray' })).toMatchObject({ reason: 'name-taken', unleashedId: P });
  });

  test.each([
    { firstName: 'Bo', lastName: 'Lee' },
    { firstName: 'Jo', lastName: 'Ray' },
    { firstName: 'BoR', lastName: 'ay' },
  ])('is not that of %j', (there) => {
    expect(besides(there)).toEqual({ state: 'enabled', reason: 'ok', unleashedId: null });
  });

  test('is free again once those who had it were deleted', () => {
    const there = { firstName: 'Bo', lastName: 'Ray' };
    expect(besides(there, { deleted: true })).toEqual({ state: 'enabled', reason: 'ok', unleashedId: null });
  });

  test('one that another contact has is not taken away from it', () => {
    const tenant = linked();
    const there = { firstName: 'Bo', lastName: 'Ray', email: 'b@x.example' };
    tenant.see('crm.contact.v1', crmContact('6', '1', there));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, there));
    tenant.request({ kind: 'use-existing', entity: 'contact', side: 'crm', recordId: '5', targetId: P });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'already-linked' });
  });
});
