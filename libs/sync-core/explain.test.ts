/** Every field of every record has an answer, and it is the one that holds. */
import { describe, expect, test } from 'vitest';
import { explainField, explainRecord } from './explain.ts';
import { factsOf, judgeRecord } from './facts.ts';
import { company, createTestTenant, crmContact, customer, salesperson } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const S1 = 'aaaaaaaa-1111-4111-8111-111111111111';
const NOTHING_SHOWN = { fields: [], shown: null, shownReadStartedAtMs: null };

function linked(settings: Record<string, string> = { enabled: 'true', addresses: 'true' }) {
  const tenant = createTestTenant(settings);
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}
type Tenant = ReturnType<typeof linked>;
const edit = (tenant: Tenant, phone = '2') => tenant.see('crm.company.v1', company('1', G, { phone }));

describe('the phone of a company', () => {
  test.each<[string, string, (tenant: Tenant) => unknown]>([
    ['in-sync', 'in-sync', () => undefined],
    ['off', 'sync-off', (tenant) => tenant.request({ settings: { enabled: 'false' } })],
    [
      'off',
      'record-paused',
      (tenant) => tenant.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' }),
    ],
    ['waiting', 'write-under-way', edit],
    [
      'off',
      'side-paused',
      (tenant) => {
        tenant.request({ kind: 'pause', side: 'unleashed' });
        edit(tenant);
      },
    ],
    [
      'waiting',
      'lane-deferred',
      (tenant) => {
        edit(tenant);
        tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'rate-limited', scope: 'lane' });
      },
    ],
    [
      'waiting',
      'unavailable',
      (tenant) => {
        edit(tenant);
        tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'unavailable' });
      },
    ],
    [
      'stopped',
      'invalid-value',
      (tenant) => {
        edit(tenant);
        tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value' });
      },
    ],
    [
      'waiting',
      'read-again',
      (tenant) => {
        tenant.request({ kind: 'pause', side: 'unleashed' });
        tenant.request({ kind: 'read', entity: 'company', side: 'unleashed', recordId: G });
      },
    ],
    [
      'question',
      'awaiting-answer',
      (tenant) => {
        tenant.request({ settings: { conflictPolicy: 'ask' } });
        tenant.request({ kind: 'pause', side: 'unleashed' });
        edit(tenant);
        tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
      },
    ],
    [
      'not-eligible',
      'customer-obsolete',
      (tenant) => tenant.see('unleashed.customer.v1', customer(G, 'C1', { obsolete: true })),
    ],
  ])('%s: %s', (state, reason, arrange) => {
    const tenant = linked();
    arrange(tenant);
    const link = tenant.state.links.get(`company/u:${G}`);
    expect(link && explainField(tenant.state, link, 'phone')).toEqual({ state, reason });
    if (reason !== 'read-again') expect(link && explainRecord(tenant.state, link)).toEqual({ state, reason });
    // Stored facts know nothing of settings and lanes, and say the same when they are judged later.
    const facts = link && factsOf({ ...tenant.state, setting: null, lanes: linked().state.lanes }, link);
    expect(facts && judgeRecord(tenant.state, JSON.parse(JSON.stringify(facts)))).toEqual(
      link && explainRecord(tenant.state, link),
    );
  });
});

test('a first alignment that waits for approval', () => {
  const tenant = createTestTenant({ enabled: 'true', alignment: 'hold' });
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  const link = tenant.state.links.get(`company/u:${G}`);
  expect(link && explainField(tenant.state, link, 'phone')).toEqual({ state: 'question', reason: 'alignment-pending' });
  expect(link && explainField(tenant.state, link, 'name')).toEqual({ state: 'in-sync', reason: 'in-sync' });
});

test('an option that is off, an address that cannot be told, a manager without a sales person', () => {
  const tenant = linked({ enabled: 'true', accountManagers: 'true' });
  const link = () => tenant.state.links.get(`company/u:${G}`);
  expect(explainField(tenant.state, link()!, 'address')).toEqual({ state: 'off', reason: 'field-off' });
  expect(explainRecord(tenant.state, link()!)).toEqual({ state: 'in-sync', reason: 'in-sync' });
  tenant.request({ settings: { addresses: 'true' } });
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous' }));
  expect(explainField(tenant.state, link()!, 'address')).toEqual({ state: 'stopped', reason: 'address-ambiguous' });
  tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
  expect(explainField(tenant.state, link()!, 'accountManager')).toEqual({
    state: 'stopped',
    reason: 'manager-unknown',
  });
});

test('a record that only one side has', () => {
  const tenant = linked();
  tenant.see('crm.contact.v1', crmContact('5', '1'));
  const link = tenant.state.links.get('contact/c:5');
  expect(explainRecord(tenant.state, link!)).toEqual({ state: 'not-eligible', reason: 'not-in-unleashed' });
  tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo', 'jo@acme.example'));
  const person = tenant.state.links.get(`person/u:${S1}`);
  expect(explainField(tenant.state, person!, 'name')).toEqual({ state: 'not-eligible', reason: 'person-unmatched' });
});
