/** A company that is linked, with two fields ordered: what the tests of outcomes begin with. */
import { company, createTestTenant, customer } from './world.fixture.ts';

/** Account of the company, and GUID of its customer. */
export const G = '11111111-1111-4111-8111-111111111111';

/** What an outcome says that read nothing. */
export const NOTHING_SHOWN = { fields: [], shown: null, shownReadStartedAtMs: null };

/** The company, after an edit of its phone and its name in the CRM. */
export function ordered() {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  tenant.see('crm.company.v1', company('1', G, { phone: '2', name: 'Acme 2' }));
  return tenant;
}

/** A tenant of these tests. */
export type Tenant = ReturnType<typeof ordered>;

/** The company's link. */
export const link = (tenant: Tenant) => tenant.state.links.get(`company/u:${G}`);

/** One of its fields. */
export const field = (tenant: Tenant, name: string) => link(tenant)?.fields.find((one) => one.field === name);
