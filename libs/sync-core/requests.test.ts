/** Orders of people and what a tenant's configuration brings: each has one answer, and changes no more than it says. */
import { describe, expect, test } from 'vitest';
import { buttonOf } from './button.ts';
import { explainField, explainRecord } from './explain.ts';
import { resume } from './index.ts';
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
const OTHER = '22222222-2222-4222-8222-222222222222';
const P = '33333333-3333-4333-8333-333333333333';
const S1 = 'aaaaaaaa-1111-4111-8111-111111111111';

const COMPANY = { entity: 'company', side: 'crm', recordId: '1' } as const;

type Tenant = ReturnType<typeof createTestTenant>;

function linked(settings: Record<string, string> = { enabled: 'true' }) {
  const tenant = createTestTenant(settings);
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}
/** What was answered, or else said last. */
const answer = (tenant: Tenant) => {
  const decisions = tenant.last()?.decisions ?? [];
  const answered = decisions.find((one) => one.verdict === 'accepted' || one.verdict === 'refused');
  const { verdict, reason } = answered ?? decisions.at(-1) ?? {};
  return `${verdict} ${reason}`;
};
const configure = (tenant: Tenant, timeZone: string) =>
  tenant.configure({ timeZone, initialSettings: { enabled: 'false' } });
const link = (tenant: Tenant, ref = `company/u:${G}`) => {
  const found = tenant.state.links.get(ref);
  if (found === undefined) throw new Error(`no link ${ref}`);
  return found;
};

describe('the configuration of a tenant', () => {
  test('brings first settings once; seen again it changes nothing', () => {
    const tenant = linked();
    const version = tenant.state.setting?.version;
    configure(tenant, 'UTC');
    expect(answer(tenant)).toBe('unchanged noted');
    expect(tenant.state.setting).toMatchObject({ version, enabled: true });
  });

  test('brings a new time zone, and moves the overnight fix with it', () => {
    const tenant = linked({ enabled: 'true', accountManagers: 'true', accountManagersOvernight: 'true' });
    const due = tenant.state.setting?.overnightDueAtMs;
    configure(tenant, 'Pacific/Auckland');
    expect(answer(tenant)).toBe('accepted setting-accepted');
    expect(tenant.state.setting).toMatchObject({
      timeZone: 'Pacific/Auckland',
      enabled: true,
      changedBy: 'tenants-file',
    });
    expect(tenant.state.setting?.overnightDueAtMs).not.toBe(due);
  });

  test('with a time zone that does not exist is as if it had none', () => {
    const tenant = linked();
    configure(tenant, 'Mars/Olympus');
    expect(tenant.state.setting?.timeZone).toBe('');
  });
});

describe('settings', () => {
  test('an order that names none changes none, and is answered', () => {
    const tenant = linked();
    tenant.request({ settings: null });
    expect(answer(tenant)).toBe('accepted setting-accepted');
    expect(tenant.state.setting).toMatchObject({ enabled: true, changedBy: 'ann' });
  });

  test('sides are paused and resumed one by one', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.request({ kind: 'pause', side: 'crm' });
    expect(tenant.state.setting?.pausedSides).toEqual(['crm', 'unleashed']);
    tenant.request({ kind: 'resume', side: 'crm' });
    expect(tenant.state.setting?.pausedSides).toEqual(['unleashed']);
    expect(answer(tenant)).toBe('accepted request-accepted');
  });

  test('what is paused is so by whoever paused it first, since then; and by nobody once it was resumed', () => {
    const tenant = linked();
    const pauses = () => tenant.state.setting?.pauses;
    tenant.request({ kind: 'pause', side: 'unleashed', requestedBy: 'alert-rule' });
    const first = { what: 'unleashed', by: 'alert-rule', sinceMs: tenant.now(), reason: '' };
    tenant.tick(60_000);
    tenant.request({ kind: 'pause', side: 'unleashed', requestedBy: 'bea', reason: 'mine' });
    tenant.request({ kind: 'pause', side: 'crm', requestedBy: 'cy', reason: 'stocktaking' });
    tenant.request({ kind: 'pause', entity: 'contact', requestedBy: 'cy', reason: 'stocktaking' });
    const byCy = { by: 'cy', sinceMs: tenant.now(), reason: 'stocktaking' };
    expect(pauses()).toEqual([{ what: 'contact', ...byCy }, { what: 'crm', ...byCy }, first]);
    tenant.request({ kind: 'resume', side: 'crm' });
    tenant.request({ kind: 'resume', entity: 'contact' });
    expect(pauses()).toEqual([first]);
    tenant.request({ kind: 'resume', side: 'unleashed' });
    tenant.request({ kind: 'pause', side: 'unleashed', requestedBy: 'bea' });
    expect(pauses()).toEqual([{ what: 'unleashed', by: 'bea', sinceMs: tenant.now(), reason: '' }]);
  });

  test('kinds of record are paused and resumed one by one: the other goes on, and what waited flows', () => {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.tick(60_000);
    const phones = (phone: string) => {
      tenant.see('crm.contact.v1', crmContact('5', '1', { phone }));
      tenant.see('crm.company.v1', company('1', G, { phone }));
    };
    phones('2');
    expect(tenant.open).toHaveLength(2);
    tenant.request({ kind: 'pause', entity: 'contact' });
    expect(tenant.decisions.at(-1)).toMatchObject({ reason: 'request-accepted' });
    // In force once the contact's write is answered; that of the company is nobody's business.
    expect(tenant.state.setting).toMatchObject({ pausedEntities: ['contact'], holds: false });
    tenant.answer();
    expect(tenant.state.setting).toMatchObject({ holds: true });
    tenant.answer();
    tenant.tick(60_000);

    phones('3');
    expect(tenant.open.map(({ entity }) => entity)).toEqual(['company']);
    tenant.answer();
    tenant.wait(86_400_000);
    expect(tenant.open).toEqual([]);
    const contact = () => tenant.state.links.get(`contact/u:${P}`)!;
    expect(explainField(tenant.state, contact(), 'phone')).toEqual({ state: 'off', reason: 'entity-paused' });
    expect(explainField(tenant.state, contact(), 'fax')).toEqual({ state: 'in-sync', reason: 'in-sync' });

    tenant.request({ kind: 'resume', entity: 'contact' });
    expect(tenant.open).toMatchObject([{ entity: 'contact', fields: [{ field: 'phone', value: '3' }] }]);
    expect(tenant.state.setting?.pausedEntities).toEqual([]);
  });

  test.each([{}, { entity: 'person' }, { side: 'crm', entity: 'contact' }, { side: 'both' }])(
    'a pause of %j is refused: it has to name a side, or a kind of record that is written',
    (what) => {
      const tenant = linked();
      const { version } = tenant.state.setting!;
      tenant.request({ kind: 'pause', ...what });
      expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'request-unknown' });
      expect(tenant.state.setting).toMatchObject({ version, pausedSides: [], pausedEntities: [] });
    },
  );

  test('an order that saw the settings as they are is taken; a later version is not, nor is version 0', () => {
    const tenant = linked();
    const seenVersion = tenant.state.setting?.version ?? 0;
    tenant.request({ seenVersion, settings: { addresses: 'true' } });
    expect(answer(tenant)).toBe('accepted setting-accepted');
    tenant.request({ seenVersion, settings: { addresses: 'false' } });
    expect(answer(tenant)).toBe('refused setting-stale');
    tenant.request({ seenVersion: 0, settings: { addresses: 'false' } });
    expect(answer(tenant)).toBe('refused setting-stale');
    expect(tenant.state.setting?.addresses).toBe(true);
  });
});

describe('the overnight fix, now', () => {
  function tenantWithManager(settings: Record<string, string>) {
    const tenant = linked({ enabled: 'true', ...settings });
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    return tenant;
  }

  test('runs when it is asked for, whether or not it runs at night', () => {
    const tenant = tenantWithManager({ accountManagers: 'true' });
    tenant.request({ kind: 'run-overnight' });
    expect(answer(tenant)).toBe('accepted request-accepted');
    expect(tenant.state.setting?.overnightLast).toMatchObject({ compared: 1, ordered: 0, stopped: 0 });
  });

  test('a company without a sales person in Unleashed keeps its manager, and says why', () => {
    const tenant = tenantWithManager({ accountManagers: 'true', conflictPolicy: 'ask' });
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    tenant.request({ kind: 'run-overnight' });
    expect(tenant.state.setting?.overnightLast).toMatchObject({ compared: 1, ordered: 0, stopped: 1 });
    const fields = tenant.last()?.decisions.flatMap((decision) => decision.fields);
    expect(fields).toMatchObject([{ field: 'accountManager', verdict: 'blocked', reason: 'no-manager-in-unleashed' }]);
  });

  test('leaves out paused companies', () => {
    const tenant = tenantWithManager({ accountManagers: 'true' });
    tenant.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' });
    tenant.request({ kind: 'run-overnight' });
    expect(tenant.state.setting?.overnightLast).toMatchObject({ compared: 0 });
  });

  test.each([{ accountManagers: 'false' }, { enabled: 'false', accountManagers: 'true' }])(
    'is refused with %j',
    (settings) => {
      const tenant = tenantWithManager(settings);
      tenant.request({ kind: 'run-overnight' });
      expect(answer(tenant)).toBe('refused setting-needs-account-managers');
      tenant.request({ kind: 'run-overnight', ...COMPANY });
      expect(answer(tenant)).toBe('refused setting-needs-account-managers');
    },
  );

  test('of one company: sets its manager to that of Unleashed, or says why not', () => {
    const tenant = tenantWithManager({ accountManagers: 'true', conflictPolicy: 'ask' });
    tenant.request({ kind: 'run-overnight', ...COMPANY });
    expect(answer(tenant)).toBe('refused in-sync');
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
    tenant.request({ kind: 'run-overnight', ...COMPANY });
    expect(answer(tenant)).toBe('refused no-manager-in-unleashed');
    tenant.see('crm.user.v1', user('ANN', 'Ann Lee', 'ann@acme.example'));
    tenant.see('crm.company.v1', company('1', G, { accountManager: 'ANN' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S1 }));
    tenant.request({ kind: 'run-overnight', ...COMPANY });
    expect(tenant.conflicts.at(-1)).toMatchObject({ field: 'accountManager', crmValue: 'ANN', winner: 'unleashed' });
    tenant.wait(1);
    expect(tenant.open.flatMap(({ side, fields }) => fields.map(({ value }) => `${side} ${value}`))).toEqual([
      'crm JBL',
    ]);
  });
});

describe('what is only noted', () => {
  test.each([
    ['configure-tenant', 'tenant', 'noted'],
    ['check-drift', 'setting', 'request-accepted'],
    ['observe', 'setting', 'request-accepted'],
  ])('%s is accepted and touches nothing', (kind, entity, reason) => {
    const tenant = linked({ enabled: 'true' });
    const version = tenant.state.setting?.version;
    tenant.request({ kind });
    expect(tenant.last()).toMatchObject({ decisions: [{ entity, verdict: 'accepted', reason }], commands: [] });
    expect(tenant.last()?.links.size).toBe(0);
    expect(tenant.state.setting?.version).toBe(version);
  });
});

describe('an existing contact instead of a new one', () => {
  const use = (tenant: Tenant, targetId: string | null) =>
    tenant.request({ kind: 'use-existing', entity: 'contact', side: 'crm', recordId: '5', targetId });

  function withContact() {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('5', '1', { firstName: 'Bo', email: 'bo@x.example' }));
    return tenant;
  }

  test('is refused when it is not known, or not named', () => {
    const tenant = withContact();
    use(tenant, P);
    expect(answer(tenant)).toBe('refused record-unknown');
    use(tenant, null);
    expect(answer(tenant)).toBe('refused record-unknown');
  });

  test('is refused when it is of another customer', () => {
    const tenant = withContact();
    tenant.see('crm.company.v1', company('2', OTHER, { name: 'Other' }));
    tenant.see('unleashed.customer.v1', customer(OTHER, 'C2', { name: 'Other' }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, OTHER));
    use(tenant, P);
    expect(answer(tenant)).toBe('refused contact-elsewhere');
  });

  test('is refused when the contact is there already', () => {
    const tenant = withContact();
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { firstName: 'Bo', email: 'bo@x.example' }));
    tenant.see('unleashed.contact.v1', unleashedContact(S1, G, { firstName: 'Cy', email: 'cy@x.example' }));
    use(tenant, S1);
    expect(answer(tenant)).toBe('refused already-there');
  });

  test('is refused while the contact is being made', () => {
    const tenant = withContact();
    tenant.request({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: '5' });
    tenant.wait(5_000);
    expect(tenant.open).toMatchObject([{ op: 'create' }]);
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { firstName: 'Cy', email: 'cy@x.example' }));
    use(tenant, P);
    expect(answer(tenant)).toBe('refused write-under-way');
  });
});

describe('a value that is wanted back', () => {
  const restore = { kind: 'restore', entity: 'contact', side: 'crm', recordId: '5', field: 'email' } as const;

  test('is refused where the record has no other half, and without a value', () => {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.request({ ...restore, value: 'old@x.example' });
    expect(answer(tenant)).toBe('refused not-in-target');
    tenant.request({ ...restore, value: null });
    expect(answer(tenant)).toBe('refused field-unknown');
  });
});

test('an answer nobody asked for is settled as such', () => {
  const tenant = linked();
  tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
  const [command] = tenant.open;
  tenant.open.unshift({ ...command!, linkId: 'u:unknown', commandId: 't/company/u:unknown#1' });
  tenant.answer();
  expect(answer(tenant)).toBe('settled outcome-unasked');
  expect(link(tenant).inFlight).not.toBeNull();
});

describe('a tenant that is loaded again', () => {
  test('goes on at once when something waits for its turn, else at its next time', () => {
    const tenant = linked();
    expect(resume(tenant.state, tenant.now())).toBeNull();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.request({ kind: 'resume', side: 'unleashed' });
    const due = resume(tenant.state, tenant.now());
    expect(due).toBeGreaterThanOrEqual(tenant.now());
  });
});

describe('how a record stands', () => {
  test('somebody who has a counterpart, and a contact that waits to be made', () => {
    const tenant = linked({ enabled: 'true', accountManagers: 'true' });
    tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
    tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
    expect(explainRecord(tenant.state, link(tenant, `person/u:${S1}`))).toEqual({
      state: 'in-sync',
      reason: 'person-matched',
    });
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    expect(explainRecord(tenant.state, link(tenant, `contact/u:${P}`))).toEqual({
      state: 'waiting',
      reason: 'not-in-target',
    });
  });

  test('a contact whose creation was refused', () => {
    const tenant = linked();
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.wait(5_000);
    tenant.answer({ result: 'refused', code: 'invalid-value', fields: [], shown: null, shownReadStartedAtMs: null });
    expect(explainRecord(tenant.state, link(tenant, `contact/u:${P}`)).state).toBe('stopped');
  });

  test('an open question, by the policy of the field', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.request({ settings: { 'conflictPolicy.company.phone': 'ask' } });
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.tick(1_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
    expect(explainField(tenant.state, link(tenant), 'phone')).toEqual({ state: 'question', reason: 'awaiting-answer' });
  });

  test('the button of a contact whose company has several customers by its code', () => {
    const tenant = createTestTenant();
    const account = { ...company('1', '').account, customerCode: 'DUP', accountsId: '' } as ReturnType<
      typeof company
    >['account'];
    tenant.see('unleashed.customer.v1', customer(G, 'DUP'));
    tenant.see('unleashed.customer.v1', customer(OTHER, 'DUP'));
    tenant.see('crm.company.v1', company('1', '', { account }));
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    expect(answer(tenant)).toBe('not-eligible company-not-synced');
    expect(buttonOf(tenant.state, '5')).toMatchObject({ state: 'disabled', reason: 'ambiguous-code' });
  });
});
