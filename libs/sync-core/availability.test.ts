/** Row 13 of the mission: several operating companies, and advanced ledgers. */
import { expect, test } from 'vitest';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';

test('cannot be switched on, with the reason; once there is one again it can', () => {
  const tenant = createTestTenant({});
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('crm.company.v1', company('2', '', { operatingCompanyCode: 'B', account: null }));
  const before = tenant.state.setting;
  tenant.request({ settings: { enabled: 'true', addresses: 'true' } });
  // Refused as a whole, by one answer: not switched on and off again.
  expect(tenant.last()?.decisions).toMatchObject([{ verdict: 'refused', reason: 'several-operating-companies' }]);
  expect(tenant.state.setting).toEqual(before);
  tenant.tick(5_000);
  tenant.see('crm.company.v1', company('2', '', { operatingCompanyCode: 'B', account: null, deleted: true }));
  tenant.request({ settings: { enabled: 'true' } });
  expect(tenant.state.setting?.enabled).toBe(true);
});

test('is switched off with a notice when it becomes true later, and nothing is written from then on', () => {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(5_000);
  tenant.see('crm.company.v1', company('2', '', { operatingCompanyCode: 'B' }));
  expect(tenant.state.setting).toMatchObject({ enabled: false, changedBy: 'sync-processor', holds: true });
  expect(tenant.decisions.filter(({ entity }) => entity === 'setting')).toMatchObject([
    { verdict: 'refused', reason: 'several-operating-companies' },
  ]);
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  expect(tenant.open).toEqual([]);
});

test('other settings can be changed meanwhile', () => {
  const tenant = createTestTenant({});
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('crm.company.v1', company('2', '', { operatingCompanyCode: 'B' }));
  tenant.request({ settings: { addresses: 'true' } });
  expect(tenant.state.setting).toMatchObject({ addresses: true, enabled: false });
});

test('advanced ledgers, as the tenants file has it: switched off with a notice, refused, and possible again without them', () => {
  const tenant = createTestTenant();
  tenant.configure({ advancedLedgers: true });
  expect(tenant.state.setting).toMatchObject({ enabled: false, changedBy: 'sync-processor', advancedLedgers: true });
  expect(tenant.decisions.at(-1)).toMatchObject({ entity: 'setting', verdict: 'refused', reason: 'advanced-ledgers' });
  tenant.request({ settings: { enabled: 'true' } });
  expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'advanced-ledgers' });
  tenant.configure({ advancedLedgers: true });
  expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'unchanged' });
  tenant.configure({});
  expect(tenant.state.setting?.enabled).toBe(false);
  tenant.request({ settings: { enabled: 'true' } });
  expect(tenant.state.setting?.enabled).toBe(true);
});

test('a tenant with advanced ledgers whose first settings switch it on begins switched off', () => {
  const tenant = createTestTenant({ enabled: 'true' }, { advancedLedgers: true });
  expect(tenant.state.setting).toMatchObject({ enabled: false, advancedLedgers: true });
});
