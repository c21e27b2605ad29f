/** What is forecast is what happens: two sides that differ, settings, and then every command until nothing is open. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsOf } from './facts.ts';
import { forecast } from './forecast.ts';
import { parseSettings } from './settings.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';
type Tenant = ReturnType<typeof createTestTenant>;

/** What the settings would make of a link. */
function forecastOf(tenant: Tenant, ref: string, change: Record<string, string>) {
  const { state } = tenant;
  const parsed = parseSettings(change, state.setting!);
  if (!parsed.ok) throw new Error(parsed.reason);
  const setting = { ...state.setting!, ...parsed.value };
  return forecast({ setting, lanes: state.lanes }, factsOf(state, state.links.get(ref)!));
}

function drain(tenant: Tenant): void {
  for (let rounds = 0; tenant.open.length > 0 && rounds < 50; rounds++) tenant.answer();
}

/** Fields that commands wrote, with the side, and fields that wait for an answer. */
function happened(tenant: Tenant, ref: string) {
  const writes = tenant.issued.flatMap(({ op, side, fields }) =>
    op === 'create' ? [] : fields.map(({ field }) => `${field} ${side}`),
  );
  const asked = tenant.state.links.get(ref)!.fields.filter(({ settled }) => settled?.winner === 'none');
  return [...new Set(writes), ...asked.map(({ field }) => `${field} question`)].sort();
}

const policy = fc.constantFrom('latest', 'crm', 'unleashed', 'ask');
const phone = fc.constantFrom('', '1', '2', '3');
const website = fc.constantFrom('', 'acme.example', 'other.example', 'no website');
const name = fc.constantFrom('Acme', 'Acme Ltd', 'ACME');
const values = fc.record({ name, phone, website });

describe('a forecast', () => {
  test('names the writes and questions that then come, for any values, times and policies', () => {
    const fieldPolicy = fc.option(policy, { nil: 'default' });
    const chosen = fc.record({ conflictPolicy: policy, own: fieldPolicy, first: fieldPolicy });
    fc.assert(
      fc.property(
        values,
        values,
        fc.boolean(),
        chosen,
        (crm, unleashed, crmIsLater, { conflictPolicy, own, first }) => {
          const tenant = createTestTenant({ enabled: 'false' });
          const sides = [
            () => tenant.see('crm.company.v1', company('1', G, crm)),
            () => tenant.see('unleashed.customer.v1', customer(G, 'C1', unleashed)),
          ];
          for (const see of crmIsLater ? sides.reverse() : sides) {
            see();
            tenant.tick(10_000);
          }
          const change = {
            enabled: 'true',
            conflictPolicy,
            'conflictPolicy.company.phone': own,
            'alignmentPolicy.company.phone': first,
          };
          const expected = forecastOf(tenant, `company/u:${G}`, change);
          tenant.request({ settings: change });
          drain(tenant);
          expect(expected.takesPart).toBe(true);
          expect(expected.fields.map(({ field, to }) => `${field} ${to}`).sort()).toEqual(
            happened(tenant, `company/u:${G}`),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('says what is held until the first alignment is approved, and whose value is replaced', () => {
    const tenant = createTestTenant({ enabled: 'false' });
    tenant.see('crm.company.v1', company('1', G, { phone: '2', website: '' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    const held = forecastOf(tenant, `company/u:${G}`, { enabled: 'true', alignment: 'hold' });
    expect(held.fields).toEqual([
      { field: 'phone', to: 'held', replaces: true },
      { field: 'website', to: 'held', replaces: false },
    ]);
    const first = { 'alignmentPolicy.company.phone': 'unleashed', enabled: 'true' };
    expect(forecastOf(tenant, `company/u:${G}`, first).fields).toEqual([
      { field: 'phone', to: 'crm', replaces: true },
      { field: 'website', to: 'crm', replaces: false },
    ]);
    tenant.request({ settings: { enabled: 'true', alignment: 'hold' } });
    expect(tenant.issued).toEqual([]);
  });

  test('leaves out who takes no part, what is paused and what cannot be written; and counts what would be made', () => {
    const tenant = createTestTenant({ enabled: 'false' });
    tenant.see('crm.company.v1', company('1', G, { phone: '' }));
    tenant.see('crm.company.v1', company('2', '', { account: null }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2'.repeat(200), name: 'Acme 2' }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.see('crm.contact.v1', crmContact('9', '2'));
    const on = { enabled: 'true' };
    const company1 = forecastOf(tenant, `company/u:${G}`, on);
    expect(company1.fields.map(({ field }) => field)).toEqual(['name']);
    expect(forecastOf(tenant, 'company/c:2', on)).toEqual({ takesPart: false, makes: false, fields: [] });
    expect(forecastOf(tenant, `contact/u:${P}`, on)).toEqual({ takesPart: true, makes: true, fields: [] });
    expect(forecastOf(tenant, 'contact/c:9', on).takesPart).toBe(false);
    expect(forecastOf(tenant, `company/u:${G}`, {}).takesPart).toBe(false);
    tenant.request({ settings: on });
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.request({ kind: 'pause', side: 'unleashed' });
    expect(forecastOf(tenant, `company/u:${G}`, on).fields).toEqual([]);
  });
});
