/** What a step says of a link and its fields: one decision per observation, whatever was found (I8). */
import { describe, expect, test } from 'vitest';
import {
  company,
  createTestTenant,
  crmContact,
  customer,
  salesperson,
  unleashedContact,
  user,
} from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';

function linked(settings: Record<string, string> = { enabled: 'true', addresses: 'true' }) {
  const tenant = createTestTenant(settings);
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}
type Tenant = ReturnType<typeof createTestTenant>;

/** What the last step decided: of the record, and of each field that it says something about. */
function said(tenant: Tenant) {
  const decisions = tenant.last()?.decisions ?? [];
  return decisions.map(({ entity, linkId, verdict, reason, fields }) => ({
    about: `${entity}/${linkId}`,
    says: `${verdict} ${reason}`,
    fields: Object.fromEntries(fields.map((one) => [one.field, `${one.verdict} ${one.reason}`])),
  }));
}
const company1 = (change: object) => company('1', G, change);
const expectSaid = (tenant: Tenant, says: string, fields: Record<string, string> = {}) =>
  expect(said(tenant)).toEqual([{ about: `company/u:${G}`, says, fields }]);

describe('each observation has one decision that says', () => {
  test('nothing changed', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company1({}));
    expectSaid(tenant, 'unchanged no-change');
  });

  test('an edit: the field that is written, with what both sides showed before', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    expectSaid(tenant, 'write edited', { phone: 'write-unleashed edited' });
    const [decision] = tenant.last()?.decisions ?? [];
    expect(decision?.fields[0]).toMatchObject({ crm: '2', unleashed: '1', agreedCrm: '1', agreedUnleashed: '1' });
    expect(decision?.commandIds).toEqual([tenant.open[0]?.commandId]);
  });

  test('an edit in Unleashed', () => {
    const tenant = linked();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'B' }));
    expectSaid(tenant, 'write edited', { name: 'write-crm edited' });
  });

  test('both made the same edit: agreed', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2' }));
    expectSaid(tenant, 'agreed in-sync', { phone: 'agreed in-sync' });
  });

  test('the weightiest of what was found, whatever the order of the fields', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.see('crm.company.v1', company1({ phone: '2', name: 'B', website: 'b.example' }));
    tenant.tick(1_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3', name: 'B' }));
    expectSaid(tenant, 'conflict both-edited', {
      name: 'agreed in-sync',
      phone: 'conflict-unleashed both-edited',
      website: 'write-unleashed edited',
    });
    expect(tenant.last()?.decisions[0]?.conflictIds).toEqual([tenant.conflicts[0]?.conflictId]);
  });

  test('a question that waits for a person, and that it still waits', () => {
    const tenant = linked({ enabled: 'true', conflictPolicy: 'ask' });
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
    expectSaid(tenant, 'conflict awaiting-answer', { phone: 'conflict-ask awaiting-answer' });
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    expectSaid(tenant, 'waiting awaiting-answer', { phone: 'conflict-ask awaiting-answer' });
  });

  test('a value that the other side cannot hold stops its field and no other', () => {
    const tenant = linked();
    const phone = '9'.repeat(51);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone, name: 'B' }));
    expectSaid(tenant, 'write edited', { phone: 'blocked too-long', name: 'write-crm edited' });
    tenant.answer();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone, name: 'B' }));
    expectSaid(tenant, 'waiting too-long', { phone: 'blocked too-long' });
    const state = tenant.state.links.get(`company/u:${G}`)?.fields.find((one) => one.field === 'phone');
    expect(state?.blocked).toEqual({ side: 'crm', value: phone, code: 'too-long', message: '' });
  });

  test('a value that cannot be told stops its field', () => {
    const tenant = linked();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous', phone: '2' }));
    expect(said(tenant)[0]?.fields).toEqual({
      address: 'blocked address-ambiguous',
      phone: 'write-crm edited',
    });
  });

  test.each<[string, Partial<Parameters<Tenant['request']>[0]>, string]>([
    ['the sync is off', { settings: { enabled: 'false' } }, 'waiting sync-off'],
    ['the record is paused', { kind: 'pause', entity: 'company', side: 'crm', recordId: '1' }, 'waiting record-paused'],
  ])('%s', (_name, request, says) => {
    const tenant = linked();
    tenant.request(request);
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    expectSaid(tenant, says, { phone: 'changed-crm edited' });
    expect(tenant.open).toEqual([]);
  });

  test('a write is under way', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    tenant.see('crm.company.v1', company1({ phone: '3' }));
    expectSaid(tenant, 'waiting write-under-way', { phone: 'changed-crm edited' });
  });

  test('the other half is not there', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    expect(said(tenant)).toEqual([{ about: `company/u:${G}`, says: 'not-eligible no-company', fields: {} }]);
    const paired = linked();
    paired.see('unleashed.contact.v1', unleashedContact(P, G));
    expect(said(paired)[0]?.says).toBe('waiting not-in-target');
  });

  test('a record takes no part', () => {
    const tenant = linked();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { obsolete: true }));
    expect(said(tenant)[0]?.says).toMatch(/^not-eligible /);
    const alone = createTestTenant();
    alone.see('crm.company.v1', company('1', G, { account: null }));
    expect(said(alone)[0]?.says).toBe('not-eligible no-account');
  });

  test('a contact of the CRM waits to be asked for', () => {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('7', '1'));
    expect(said(tenant)[0]).toMatchObject({ about: 'contact/c:7' });
    expect(tenant.open).toEqual([]);
  });

  test('somebody has a counterpart, or none', () => {
    const tenant = linked();
    tenant.see('crm.user.v1', user('ANN', 'Ann Lee', 'ann@x.example'));
    expect(said(tenant)[0]?.says).toBe('unchanged person-unmatched');
    tenant.see('unleashed.salesperson.v1', salesperson(P, 'Ann Lee', 'ann@x.example'));
    tenant.see('crm.user.v1', user('ANN', 'Ann Lee', 'ann@x.example'));
    expect(said(tenant)[0]?.says).toBe('unchanged person-matched');
  });
});

describe('while the first alignment waits for approval', () => {
  test('what never agreed is not written; later edits of what agreed are', () => {
    const tenant = createTestTenant({ enabled: 'true', alignment: 'hold' });
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { website: '' }));
    expect(said(tenant)[0]).toMatchObject({
      says: 'waiting alignment-pending',
      fields: { name: 'agreed in-sync', phone: 'waiting alignment-pending', website: 'waiting alignment-pending' },
    });
    expect(tenant.open).toEqual([]);
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '2', name: 'B' }));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'name', value: 'B' }] }]);
    expect(said(tenant)[0]?.says).toBe('write edited');
  });
});

describe('a change of settings', () => {
  test('says nothing of links that it leaves as they were, and all of those that it sets going', () => {
    const tenant = linked({ enabled: 'true' });
    tenant.see('crm.company.v1', company('2', P, { name: 'Other', phone: '7' }));
    tenant.see('unleashed.customer.v1', customer(P, 'C2', { name: 'Other', phone: '7' }));
    tenant.request({ settings: { enabled: 'false' } });
    tenant.see('crm.company.v1', company1({ phone: '2' }));
    tenant.request({ settings: { enabled: 'true' } });
    const about = said(tenant).filter((one) => one.about.startsWith('company/'));
    expect(about).toEqual([
      { about: `company/u:${G}`, says: 'write edited', fields: { phone: 'write-unleashed edited' } },
    ]);
  });

  test('with nothing open it says nothing of any link', () => {
    const tenant = linked();
    tenant.see('crm.user.v1', user('ANN', 'Ann Lee', 'ann@x.example'));
    tenant.see('unleashed.customer.v1', customer(P, 'C2'));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous' }));
    tenant.request({ settings: { conflictPolicy: 'crm' } });
    expect(said(tenant).filter((one) => /^(company|person)\//.test(one.about))).toEqual([]);
  });
});
