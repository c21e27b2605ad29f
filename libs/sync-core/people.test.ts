/** Row 11 of the mission: account managers. */
import { describe, expect, test } from 'vitest';
import { peopleOf } from './people.ts';
import { company, createTestTenant, customer, salesperson, user } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const S1 = 'aaaaaaaa-1111-4111-8111-111111111111';
const S2 = 'bbbbbbbb-1111-4111-8111-111111111111';

function tenantWithManagers() {
  return createTestTenant({ enabled: 'true', accountManagers: 'true' });
}

describe('who stands for whom', () => {
  test('by stored id before e-mail, by e-mail regardless of case before name', () => {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('unleashed.salesperson.v1', salesperson(S2, 'Kit Low', 'kit@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'JO@Acme.example', { accountsId: S2 }));
    expect(peopleOf(tenant.state).unleashedOf('JBL')).toEqual({ id: S2, reason: null });
    tenant.see('crm.user.v1', user('JOB', 'Somebody', 'JO@ACME.example'));
    expect(peopleOf(tenant.state).crmOf(S1)).toEqual({ id: 'JOB', reason: null });
  });

  test('a name that two share matches nobody, and says so', () => {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'a@x.example'));
    tenant.see('unleashed.salesperson.v1', salesperson(S2, 'jo  bell', 'b@x.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    const people = peopleOf(tenant.state);
    expect(people.unleashedOf('JBL')).toBeNull();
    expect(people.whyAlone('crm', 'JBL')).toBe('manager-ambiguous');
    expect(people.whyAlone('unleashed', S1)).toBe('manager-ambiguous');
  });

  test('two without an e-mail address do not look alike for that', () => {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', ''));
    tenant.see('crm.user.v1', user('KLO', 'Kit Low', ''));
    const people = peopleOf(tenant.state);
    expect([people.whyAlone('crm', 'KLO'), people.whyAlone('unleashed', S1)]).toEqual([
      'manager-without-salesperson',
      'salesperson-without-user',
    ]);
  });

  test('a new e-mail address parts them, and a decision says so', () => {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'J. Bell', 'jo@acme.example'));
    expect(tenant.decisions.at(-1)).toMatchObject({ entity: 'person', verdict: 'agreed', reason: 'person-matched' });
    tenant.tick(5_000);
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'bell@acme.example'));
    expect(peopleOf(tenant.state).unleashedOf('JBL')).toBeNull();
    expect(peopleOf(tenant.state).whyAlone('crm', 'JBL')).toBe('manager-without-salesperson');
    expect(peopleOf(tenant.state).whyAlone('unleashed', S1)).toBe('salesperson-without-user');
    expect([...tenant.state.links.keys()].sort()).toEqual(['person/c:JBL', `person/u:${S1}`]);
  });

  test('one in use comes before one that is obsolete with the same address', () => {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo', 'jo@acme.example', { obsolete: true }));
    tenant.see('unleashed.salesperson.v1', salesperson(S2, 'Jo', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo', 'jo@acme.example'));
    expect(peopleOf(tenant.state).unleashedOf('JBL')).toEqual({ id: S2, reason: null });
  });
});

describe('the account manager of a company', () => {
  function linked() {
    const tenant = tenantWithManagers();
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.tick(10_000);
    return tenant;
  }
  const manager = (tenant: ReturnType<typeof linked>) =>
    tenant.state.links.get(`company/u:${G}`)?.fields.find(({ field }) => field === 'accountManager');

  test('flows to Unleashed as the sales person, and back as the user', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'accountManager', value: S1 }] }]);
    tenant.answer();
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S1 }));
    expect(tenant.issued).toHaveLength(1);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: '' }));
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'accountManager', value: '' }] }]);
  });

  test('the same human being on both sides is agreed without a write', () => {
    const tenant = tenantWithManagers();
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S1 }));
    expect(tenant.issued).toEqual([]);
    expect(manager(tenant)?.agreed).toEqual({ crm: 'JBL', unleashed: S1 });
  });

  test('without a sales person it stops that field alone, says why, and flows once there is one', () => {
    const tenant = linked();
    tenant.see('crm.user.v1', user('KIT', 'Kit Low', 'kit@acme.example'));
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'KIT', phone: '7' }));
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'phone' }] }]);
    expect(manager(tenant)?.blocked).toMatchObject({ side: 'unleashed', code: 'manager-without-salesperson' });
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('unleashed.salesperson.v1', salesperson(S2, 'K Low', 'KIT@acme.example'));
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'accountManager', value: S2 }] }]);
    tenant.answer();
    expect(manager(tenant)).toMatchObject({ blocked: null, agreed: { crm: 'KIT', unleashed: S2 } });
  });

  test.each([
    ['without the tick box', { accountManager: false }, 'user-not-ticked'],
    ['obsolete', { obsolete: true }, 'user-obsolete'],
  ] as const)('a user who is %s is not synced and says why', (_name, change, code) => {
    const tenant = linked();
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example', change));
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    expect(tenant.open).toEqual([]);
    expect(manager(tenant)?.blocked).toMatchObject({ code });
  });

  test('with the option off nothing is written either way', () => {
    const tenant = linked();
    tenant.request({ settings: { accountManagers: 'false' } });
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    expect(tenant.open).toEqual([]);
    tenant.request({ settings: { accountManagers: 'true' } });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'accountManager', value: S1 }] }]);
  });
});
