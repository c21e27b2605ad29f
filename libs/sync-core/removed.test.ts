import { describe, expect, it } from 'vitest';
import { explainRecord } from './explain.ts';
import { company, createTestTenant, customer } from './world.fixture.ts';

const GUID = '11111111-1111-4111-8111-111111111111';

/** A tenant with a pair that agrees. */
function tenantWithPair() {
  const tenant = createTestTenant({ enabled: 'true', addresses: 'true' });
  tenant.see('crm.company.v1', company('1', GUID, { name: 'Acme', phone: '1' }));
  tenant.see('unleashed.customer.v1', customer(GUID, 'C1', { name: 'Acme', phone: '1' }));
  while (tenant.open.length > 0) tenant.answer();
  return tenant;
}

const explained = (tenant: ReturnType<typeof tenantWithPair>) => {
  const [link] = tenant.state.links.values();
  return explainRecord(tenant.state, link!);
};

describe('a tenant that is removed', () => {
  it('is written to no more, keeps links and settings, and says why', () => {
    const tenant = tenantWithPair();
    const version = tenant.state.setting!.version;
    const { decisions } = tenant.removeTenant();
    expect(decisions[0]).toMatchObject({
      entity: 'tenant',
      cause: 'tenant',
      verdict: 'accepted',
      reason: 'tenant-removed',
    });
    expect(tenant.state.setting).toMatchObject({
      removed: true,
      enabled: true,
      addresses: true,
      holds: true,
      version: version + 1,
    });
    const { commands } = tenant.see('crm.company.v1', company('1', GUID, { name: 'Acme', phone: '2' }));
    expect(commands).toEqual([]);
    expect(explained(tenant)).toEqual({ state: 'off', reason: 'tenant-removed' });
    expect(tenant.removeTenant().decisions[0]).toMatchObject({ verdict: 'unchanged' });
  });

  it('goes on where it was when it is configured again: what was edited meanwhile flows', () => {
    const tenant = tenantWithPair();
    tenant.removeTenant();
    tenant.see('crm.company.v1', company('1', GUID, { name: 'Acme', phone: '2' }));
    const { commands } = tenant.configure({});
    expect(commands).toMatchObject([{ side: 'unleashed', op: 'update', fields: [{ field: 'phone', value: '2' }] }]);
    expect(tenant.state.setting).toMatchObject({ removed: false, enabled: true });
  });
});
