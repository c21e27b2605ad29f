/** What is forecast of an order is what then comes of it, and forecasting leaves no trace. */
import { describe, expect, test } from 'vitest';
import type { Request } from '#contracts';
import { EXAMPLES } from '#contracts';
import { planOrder } from './plan-order.ts';
import { company, createTestTenant, crmContact, customer, salesperson, user } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';
type Tenant = ReturnType<typeof createTestTenant>;

const order = (change: Partial<Request>): Request => ({
  ...EXAMPLES['sync.request.v1'],
  ...{ tenantId: 't', entity: 'company', side: 'crm', recordId: '1', field: null, value: null, seenVersion: null },
  ...{ seen: null, planId: null, plan: null, leftOut: [], settings: null, targetId: null },
  ...change,
});

function drain(tenant: Tenant): void {
  for (let rounds = 0; tenant.open.length > 0 && rounds < 20; rounds++) tenant.answer();
}

/** Forecasts an order, gives it, and compares what was written with what had been forecast. */
function compare(tenant: Tenant, change: Partial<Request>) {
  const before = JSON.stringify([...tenant.state.links]);
  const found = planOrder(tenant.state, order(change), tenant.now());
  expect(JSON.stringify([...tenant.state.links])).toBe(before);
  const known = tenant.issued.length;
  tenant.request({ entity: 'company', side: 'crm', recordId: '1', seen: found.seen, ...change });
  drain(tenant);
  const writes = tenant.issued
    .slice(known)
    .flatMap(({ side, fields }) =>
      fields.map(({ field, expected, value }) => ({ side, field, from: expected, to: value })),
    );
  expect(found.writes).toEqual(writes);
  return found;
}

function pair(settings: Record<string, string> = {}): Tenant {
  const tenant = createTestTenant({ enabled: 'true', accountManagers: 'true', ...settings });
  tenant.see('crm.user.v1', user('AL', 'Ann Lee', 'ann@acme.example'));
  tenant.see('unleashed.salesperson.v1', salesperson(P, 'Ann Lee', 'ann@acme.example'));
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(60_000);
  return tenant;
}

describe('a forecast of an order', () => {
  test('retry: what was refused is sent again', () => {
    const tenant = pair();
    tenant.see('crm.company.v1', company('1', G, { phone: 'bad' }));
    tenant.answer({ result: 'refused', code: 'invalid-value', shown: null });
    expect(compare(tenant, { kind: 'retry' })).toMatchObject({ code: 'ok', calls: { crm: 0, unleashed: 2 } });
  });

  test('retry of what would stop again says why', () => {
    const tenant = pair();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'n'.repeat(300) }));
    expect(compare(tenant, { kind: 'retry' })).toMatchObject({ code: 'too-long', writes: [] });
  });

  test('restore: the value comes back on its side and flows on to the other', () => {
    const tenant = pair();
    const found = compare(tenant, { kind: 'restore', field: 'phone', value: '7' });
    expect(found.writes).toEqual([
      { side: 'crm', field: 'phone', from: '1', to: '7' },
      { side: 'unleashed', field: 'phone', from: '1', to: '7' },
    ]);
    expect(found.calls).toEqual({ crm: 2, unleashed: 2 });
  });

  test('align: a record of its own, while the others stay held', () => {
    const tenant = createTestTenant({ enabled: 'true', alignment: 'hold', conflictPolicy: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { phone: '', name: 'A' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'B' }));
    const { writes } = compare(tenant, { kind: 'align' });
    expect(writes.map(({ field, to }) => `${field} ${to}`)).toEqual(['name B', 'phone 1']);
    expect(tenant.conflicts).toMatchObject([{ field: 'name', crmValue: 'A', winner: 'unleashed' }]);
    expect(planOrder(tenant.state, order({ kind: 'align' }), tenant.now()).code).toBe('nothing-held');
  });

  test('run-overnight: the account manager of one company', () => {
    const tenant = pair();
    tenant.request({ settings: { accountManagers: 'false' } });
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: P }));
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.request({ settings: { accountManagers: 'true' } });
    tenant.request({ kind: 'resume', side: 'crm' });
    drain(tenant);
    tenant.tick(60_000);
    expect(planOrder(tenant.state, order({ kind: 'run-overnight' }), tenant.now()).code).toBe('in-sync');
  });

  test('restore of what the other side cannot take, or shows already, goes no further', () => {
    const long = 'n'.repeat(300);
    const found = planOrder(
      pair().state,
      order({ kind: 'restore', side: 'unleashed', recordId: G, field: 'name', value: long }),
      1_060_000,
    );
    expect(found.writes).toEqual([{ side: 'unleashed', field: 'name', from: 'Acme', to: long }]);
    expect(found.calls).toEqual({ crm: 0, unleashed: 2 });
    const tenant = pair();
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '7' }));
    const shown = planOrder(tenant.state, order({ kind: 'restore', field: 'phone', value: '7' }), tenant.now());
    expect(shown.writes).toEqual([{ side: 'crm', field: 'phone', from: '1', to: '7' }]);
  });

  test('read: one look, and nothing is written', () => {
    expect(compare(pair(), { kind: 'read' })).toMatchObject({
      code: 'ok',
      writes: [],
      calls: { crm: 1, unleashed: 0 },
    });
  });

  test('sync-contact: a record is made, with what its own side shows and without what it leaves empty', () => {
    const tenant = pair();
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    const about = { kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: '5' } as const;
    const found = planOrder(tenant.state, order(about), tenant.now());
    expect(found).toMatchObject({ code: 'ok', calls: { crm: 0, unleashed: 3 } });
    expect(found.writes.map(({ side, field, from, to }) => `${side} ${field} ${from}>${to}`)).toEqual([
      'unleashed firstName >Ann',
      'unleashed lastName >Lee',
      'unleashed email >ann@acme.example',
    ]);
    tenant.request(about);
    tenant.wait(5_000);
    expect(tenant.open).toMatchObject([{ op: 'create', side: 'unleashed', entity: 'contact' }]);
  });

  test('what is refused says why, and of a kind of record that nobody edits nothing is known', () => {
    const { state } = pair();
    const codeOf = (change: Partial<Request>) => planOrder(state, order(change), 1_060_000);
    expect(codeOf({ kind: 'release' })).toMatchObject({ code: 'nothing-held', writes: [] });
    expect(codeOf({ kind: 'restore', field: 'phone', value: null }).code).not.toBe('ok');
    expect(codeOf({ kind: 'dance' })).toMatchObject({ code: 'request-unknown' });
    expect(codeOf({ kind: 'retry', entity: 'person', side: 'unleashed', recordId: P }).seen).toBe('');
    expect(codeOf({ kind: 'retry', recordId: null })).toMatchObject({ code: 'request-unknown', seen: '' });
  });

  test('pause and refuse write nothing; an unknown record is said to be so', () => {
    const tenant = pair();
    expect(compare(tenant, { kind: 'pause' })).toMatchObject({ code: 'ok', writes: [] });
    expect(planOrder(tenant.state, order({ kind: 'retry', recordId: '99' }), tenant.now())).toMatchObject({
      code: 'record-unknown',
      seen: '',
    });
  });
});

describe('an order of a plan', () => {
  test('is refused once the record shows something else, and when it comes a second time', () => {
    const tenant = pair();
    const about = {
      kind: 'restore',
      entity: 'company',
      side: 'crm',
      recordId: '1',
      field: 'phone',
      value: '7',
    } as const;
    const { seen } = planOrder(tenant.state, order(about), tenant.now());
    tenant.request({ ...about, seen });
    drain(tenant);
    tenant.request({ ...about, seen });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'plan-outdated' });
    expect(tenant.issued).toHaveLength(2);
    const other = planOrder(tenant.state, order({ ...about, field: 'name', value: 'X' }), tenant.now());
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9' }));
    tenant.request({ ...about, field: 'name', value: 'X', seen: other.seen });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'accepted' });
  });

  test('about a plan itself is accepted and touches no record', () => {
    const tenant = pair();
    for (const kind of ['plan', 'approve-plan', 'pause-plan', 'resume-plan', 'cancel-plan']) {
      tenant.request({ kind, planId: 'p' });
      expect(tenant.last()).toMatchObject({ decisions: [{ entity: 'plan', verdict: 'accepted' }], commands: [] });
      expect(tenant.last()?.links.size).toBe(0);
    }
  });
});
