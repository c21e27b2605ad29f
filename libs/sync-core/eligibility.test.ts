/** Rows 1, 5 and 16 of the mission: who takes part, and if not, why. */
import { describe, expect, test } from 'vitest';
import type { CrmAccount, CrmCompany } from '#contracts';
import { reasonOf } from './reasons.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const G2 = '33333333-3333-4333-8333-333333333333';
const P = '22222222-2222-4222-8222-222222222222';

const account = (change: Partial<CrmAccount> = {}): CrmAccount => ({
  salesLedgerId: 'L1',
  accountsId: G,
  customerCode: 'C1',
  closed: false,
  duplicate: false,
  isB2C: false,
  defaultDivisionId: '1',
  ...change,
});

describe('a company does not take part', () => {
  test.each<[Partial<CrmCompany>, string]>([
    [{ account: null }, 'no-account'],
    [{ account: account({ closed: true }) }, 'account-closed'],
    [{ account: account({ duplicate: true }) }, 'account-duplicate'],
    [{ account: account({ isB2C: true }) }, 'private-customer'],
    [{ isB2C: true }, 'private-customer'],
    [{ deleted: true }, 'deleted-in-crm'],
    [{ mergedWith: '7' }, 'merged-in-crm'],
  ])('%j: %s', (change, reason) => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9' }));
    tenant.see('crm.company.v1', company('1', G, change));
    expect(tenant.open).toEqual([]);
    const about = tenant.decisions.filter(({ verdict }) => verdict === 'not-eligible');
    expect(about.map((decision) => decision.reason)).toContain(reason);
    expect(reasonOf(reason).sentence).not.toMatch(/does not know/);
  });

  test.each([
    [{ deleted: true }, 'deleted-in-crm'],
    [{ mergedWith: '8' }, 'merged-in-crm'],
  ])('nor does a contact of the CRM that is %j: %s', (change, reason) => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.tick(5_000);
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P, phone: '5', ...change }));
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason });
  });

  test.each([
    [{ obsolete: true }, 'customer-obsolete'],
    [{ deleted: true }, 'deleted-in-unleashed'],
  ])('its customer is %j: %s', (change, reason) => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', change));
    tenant.see('crm.company.v1', company('1', G, { phone: '5' }));
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason });
  });

  test('nobody in the CRM has the customer', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'no-company' });
  });

  test('two customers have its code, and no id is stored', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('unleashed.customer.v1', customer(G2, 'C1'));
    tenant.see('crm.company.v1', company('1', '', { account: account({ accountsId: '' }) }));
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'ambiguous-code' });
  });

  test('several share the account and none is its default', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G, { account: account({ defaultDivisionId: null }) }));
    tenant.see('crm.company.v1', company('2', G, { account: account({ defaultDivisionId: null }) }));
    expect(tenant.decisions.map(({ reason }) => reason)).toContain('no-default-company');
  });
});

describe('the default company', () => {
  test('alone takes part; when it changes the link moves and nothing is overwritten blindly', () => {
    const tenant = createTestTenant({ enabled: 'true', conflictPolicy: 'ask' });
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G, { account: account() }));
    tenant.see('crm.company.v1', company('2', G, { account: account(), phone: '2' }));
    expect(tenant.decisions.at(-1)).toMatchObject({ linkId: 'c:2', reason: 'not-default-company' });
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { account: account({ defaultDivisionId: '2' }) }));
    tenant.see('crm.company.v1', company('2', G, { account: account({ defaultDivisionId: '2' }), phone: '2' }));
    expect(tenant.state.links.get(`company/u:${G}`)?.crm?.id).toBe('2');
    expect(tenant.issued).toEqual([]);
    expect(tenant.state.links.get(`company/u:${G}`)?.fields[1]).toMatchObject({ settled: { winner: 'none' } });
  });

  test('the code may change in Unleashed: the stored id holds the pair', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'RENAMED', { phone: '8' }));
    expect(tenant.open).toMatchObject([{ side: 'crm', targetId: '1', fields: [{ field: 'phone', value: '8' }] }]);
  });
});

describe('a contact', () => {
  function linked() {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G2, 'C2'));
    tenant.see('crm.company.v1', company('2', G2));
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.tick(5_000);
    return tenant;
  }

  test('that is moved to another company on one side waits for a person', () => {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('5', '2', { accountsId: P, phone: '77' }));
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'contact-elsewhere' });
  });

  test('that is deleted on one side stays on the other, and says so', () => {
    const tenant = linked();
    tenant.see(
      'unleashed.contact.v1',
      unleashedContact(P, G, { deleted: true, firstName: '', lastName: '', email: '' }),
    );
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'deleted-in-unleashed' });
  });

  test('of a company that does not take part does not either', () => {
    const tenant = linked();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { obsolete: true }));
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P, phone: '77' }));
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'company-not-synced' });
  });

  test('two with one e-mail address are told apart by name, or not at all', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.see('crm.contact.v1', crmContact('6', '1', { firstName: 'Bob' }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { firstName: 'Bob' }));
    expect(tenant.state.links.get(`contact/u:${P}`)?.crm?.id).toBe('6');
  });
});

test('a code that nobody knows is said to be so', () => {
  expect(reasonOf('made-up').sentence).toBe('Reason made-up, which this version does not know.');
});
