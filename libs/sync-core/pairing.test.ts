/** Which records belong together when accounts change. */
import { describe, expect, test } from 'vitest';
import type { CrmAccount } from '#contracts';
import { standingOf } from './eligibility.ts';
import { contactGuid } from './identity.ts';
import { matchOf } from './match.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const G2 = '33333333-3333-4333-8333-333333333333';

const byCode = (customerCode: string): { account: CrmAccount } => ({
  account: {
    salesLedgerId: 'L1',
    accountsId: '',
    customerCode,
    closed: false,
    duplicate: false,
    isB2C: false,
    defaultDivisionId: '1',
  },
});

describe('an account that is known by its code alone', () => {
  function known() {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', '', byCode('C1')));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    expect(tenant.state.links.get(`company/u:${G}`)).toMatchObject({ crm: { id: '1' }, unleashed: { id: G } });
    tenant.tick(5_000);
    return tenant;
  }

  test('the code is changed in Unleashed: the link follows, also when the company is read again', () => {
    const tenant = known();
    tenant.see('unleashed.customer.v1', customer(G, 'NEW'));
    tenant.see('crm.company.v1', company('1', '', { ...byCode('C1'), phone: '5' }));
    expect(tenant.state.links.get(`company/u:${G}`)).toMatchObject({ crm: { id: '1' }, unleashed: { code: 'NEW' } });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '5' }] }]);
  });

  test('another customer is given the old code: the link goes to it', () => {
    const tenant = known();
    tenant.see('unleashed.customer.v1', customer(G, 'NEW'));
    tenant.see('unleashed.customer.v1', customer(G2, 'C1'));
    expect(tenant.state.links.get(`company/u:${G2}`)).toMatchObject({ crm: { id: '1' } });
    expect(tenant.state.links.get(`company/u:${G}`)).toMatchObject({ crm: null });
  });

  test('the company is given an account that nobody in Unleashed has: the link ends', () => {
    const tenant = known();
    tenant.see('crm.company.v1', company('1', '', byCode('ELSE')));
    expect(tenant.state.links.get(`company/u:${G}`)).toMatchObject({ crm: null });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'no-customer' });
  });
});

describe('a contact that this sync made in Unleashed, and of which nothing is known any more', () => {
  const made = contactGuid('t', '5');
  type Tenant = ReturnType<typeof createTestTenant>;
  /** Renamed since, and given another address; beside it a namesake of what it was made as. */
  const inCrm = (tenant: Tenant) => {
    tenant.see('crm.contact.v1', crmContact('5', '1', { firstName: 'Nell', lastName: 'Fox', email: 'nell@x.example' }));
    tenant.see('crm.contact.v1', crmContact('6', '1'));
    tenant.see('crm.contact.v1', crmContact('7', '1'));
  };
  const inUnleashed = (tenant: Tenant) => tenant.see('unleashed.contact.v1', unleashedContact(made, G));
  const companies = (tenant: Tenant) => {
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  };

  type Show = (tenant: Tenant) => void;
  const inEveryOrder = (theirCompanies: Show, contactsOfCrm: Show): [string, Show[]][] => [
    ['the CRM first', [theirCompanies, contactsOfCrm, inUnleashed]],
    ['Unleashed first', [theirCompanies, inUnleashed, contactsOfCrm]],
    ['contacts before their companies', [contactsOfCrm, inUnleashed, theirCompanies]],
    ['the other contacts before their companies', [inUnleashed, contactsOfCrm, theirCompanies]],
  ];

  test.each(inEveryOrder(companies, inCrm))(
    'is found by its GUID, whatever it is called by now: %s',
    (_order, steps) => {
      const tenant = createTestTenant();
      for (const show of steps) show(tenant);
      tenant.wait(60_000);
      const link = tenant.state.links.get(`contact/u:${made}`)!;
      expect([link.crm?.id, matchOf(link)]).toEqual(['5', 'made-by-sync']);
      expect(tenant.issued.filter(({ op }) => op === 'create')).toEqual([]);
    },
  );

  /** Meanwhile the contact works for another company, whose customer is there, too. */
  const movedInCrm = (tenant: Tenant) =>
    tenant.see('crm.contact.v1', crmContact('5', '2', { firstName: 'Nell', lastName: 'Fox', email: 'nell@x.example' }));
  const bothCompanies = (tenant: Tenant) => {
    companies(tenant);
    tenant.see('crm.company.v1', company('2', G2));
    tenant.see('unleashed.customer.v1', customer(G2, 'C2'));
  };

  test.each(inEveryOrder(bothCompanies, movedInCrm))(
    'is found by its GUID although it has another company by now, and says so: %s',
    (_order, steps) => {
      const tenant = createTestTenant();
      for (const show of steps) show(tenant);
      tenant.wait(60_000);
      expect(tenant.issued.filter(({ op }) => op === 'create')).toEqual([]);
      const link = tenant.state.links.get(`contact/u:${made}`)!;
      expect(link.crm?.id).toBe('5');
      expect(standingOf(tenant.state, link)).toMatchObject({ eligible: false, reason: 'contact-elsewhere' });
    },
  );

  test('is not taken from a contact of the CRM that has another one', () => {
    const tenant = createTestTenant();
    companies(tenant);
    tenant.see('unleashed.contact.v1', unleashedContact(G2, G, { email: 'other@x.example', lastName: 'Other' }));
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: G2, lastName: 'Another' }));
    inUnleashed(tenant);
    expect(tenant.state.links.get(`contact/u:${G2}`)?.crm?.id).toBe('5');
    expect(tenant.state.links.get(`contact/u:${made}`)?.crm).toBeNull();
  });
});
