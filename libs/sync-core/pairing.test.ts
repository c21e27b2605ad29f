/** Which records belong together when accounts change. */
import { describe, expect, test } from 'vitest';
import type { CrmAccount } from '#contracts';
import { company, createTestTenant, customer } from './world.fixture.ts';

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
