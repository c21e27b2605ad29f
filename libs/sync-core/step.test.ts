import { describe, expect, test } from 'vitest';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const P = '22222222-2222-4222-8222-222222222222';

/** A tenant with one pair of companies in sync, long enough ago for reads to count. */
function linked() {
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.tick(10_000);
  return tenant;
}

describe('companies', () => {
  test('two records of one account are joined and agreed without a write', () => {
    const tenant = linked();
    expect([...tenant.state.links.keys()]).toEqual([`company/u:${G}`]);
    expect(tenant.issued).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'agreed', reason: 'in-sync' });
  });

  test('an edit in the CRM is written to Unleashed once, and its echo is no edit (I3)', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    expect(tenant.open).toMatchObject([
      {
        side: 'unleashed',
        op: 'update',
        targetId: G,
        fields: [{ field: 'phone', value: '2', expected: '1', source: '2' }],
      },
    ]);
    tenant.answer();
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2' }));
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    expect(tenant.issued).toHaveLength(1);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'unchanged' });
  });

  test('a value that the target trims agrees with what was sent', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { name: 'ACME  Ltd' }));
    tenant.answer({ shown: [{ field: 'name', value: 'Acme Ltd' }] });
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'Acme Ltd' }));
    expect(tenant.issued).toHaveLength(1);
  });

  test('both sides edited to something else: the later edit wins, the loser is in the ledger', () => {
    const tenant = linked();
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '3' }));
    expect(tenant.conflicts).toMatchObject([
      { field: 'phone', policy: 'latest', winner: 'unleashed', crmValue: '2', unleashedValue: '3', agreedCrm: '1' },
    ]);
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '3', expected: '2' }] }]);
    tenant.answer();
    expect(tenant.state.links.get(`company/u:${G}`)?.fields[1]).toMatchObject({
      agreed: { crm: '3', unleashed: '3' },
      settled: null,
    });
    // The loser is in the ledger since the decision; that our write then replaced it is no second loss.
    expect(tenant.conflicts).toHaveLength(1);
  });

  test('a snapshot read before our write and delivered after it does not undo it', () => {
    const tenant = linked();
    const beforeWrite = tenant.now();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.tick(500);
    tenant.answer();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { website: 'new.example' }), beforeWrite + 100);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'stale' });
    expect(tenant.issued.filter((command) => command.side === 'crm')).toEqual([]);
  });

  test('a snapshot read just after our write that contradicts it leads to a read, not to a write', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.answer();
    tenant.tick(200);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9' }));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', op: 'read' }]);
    tenant.answer({ shown: [{ field: 'phone', value: '9' }] });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '9' }] }]);
  });

  test('a person who takes an edit back while it is being written has the last word', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.see('crm.company.v1', company('1', G, { phone: '1' }));
    tenant.answer();
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '1', expected: '2' }] }]);
  });

  test('a write of unknown fate that takes effect late is not taken for an edit', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.answer({ result: 'unknown', code: 'fate-unknown', shown: null, shownReadStartedAtMs: null, fields: [] });
    tenant.wait(2_000);
    expect(tenant.open).toMatchObject([{ op: 'read' }]);
    tenant.answer({ shown: [{ field: 'phone', value: '1' }] });
    expect(tenant.open).toMatchObject([{ op: 'update', fields: [{ field: 'phone', value: '2' }] }]);
    tenant.see('crm.company.v1', company('1', G, { phone: '4' }));
    tenant.answer();
    tenant.answer();
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2' }));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '4', expected: '2' }] }]);
    expect(tenant.issued.filter((command) => command.side === 'crm')).toEqual([]);
  });

  test('several companies on one account: only the default one takes part (row 16)', () => {
    const tenant = createTestTenant();
    const shared = {
      salesLedgerId: 'L',
      accountsId: G,
      customerCode: 'C1',
      closed: false,
      duplicate: false,
      isB2C: false,
      defaultDivisionId: '2',
    };
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G, { account: shared }));
    tenant.see('crm.company.v1', company('2', G, { account: shared }));
    expect(tenant.state.links.get(`company/u:${G}`)?.crm?.id).toBe('2');
    expect(tenant.state.links.get('company/c:1')?.crm?.id).toBe('1');
    tenant.tick(10_000);
    tenant.see('crm.company.v1', company('1', G, { account: shared, phone: '5' }));
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'not-eligible', reason: 'not-default-company' });
    expect(tenant.issued).toEqual([]);
  });

  test('too long for the CRM: that field stops, says why, and flows once it fits', () => {
    const tenant = linked();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'x'.repeat(300), phone: '2' }));
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone' }] }]);
    tenant.answer();
    expect(tenant.open).toEqual([]);
    expect(tenant.state.links.get(`company/u:${G}`)?.fields[0]?.blocked).toMatchObject({
      side: 'crm',
      code: 'too-long',
    });
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'short', phone: '2' }));
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'name', value: 'short' }] }]);
  });
});

describe('settings', () => {
  test('off means off, acknowledged when the last command under way is answered (I7)', () => {
    const tenant = linked();
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    tenant.request({ settings: { enabled: 'false' } });
    expect(tenant.last()?.setting).toMatchObject({ enabled: false, holds: false });
    tenant.see('crm.company.v1', company('1', G, { phone: '3' }));
    tenant.answer();
    expect(tenant.last()?.setting).toMatchObject({ enabled: false, holds: true });
    expect(tenant.open).toEqual([]);
    tenant.request({ settings: { enabled: 'true' } });
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'phone', value: '3' }] }]);
  });

  test('a stale page, an unknown name and a wrong type are refused with a reason', () => {
    const tenant = createTestTenant();
    tenant.request({ settings: { enabled: 'false' }, seenVersion: 7 });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'setting-stale' });
    tenant.request({ settings: { colour: 'blue' } });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'setting-unknown' });
    tenant.request({ settings: { enabled: 'yes' } });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'setting-invalid' });
  });
});

describe('contacts', () => {
  test('made in Unleashed: made in the CRM once, under the default company (row 3)', () => {
    const tenant = linked();
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.wait(1_500);
    expect(tenant.open).toMatchObject([{ side: 'crm', op: 'create', parentId: '1', marker: `unleashed:${P}` }]);
    tenant.answer();
    tenant.see('crm.contact.v1', crmContact('77', '1', { marker: `unleashed:${P}` }));
    expect(tenant.state.links.get(`contact/u:${P}`)).toMatchObject({ crm: { id: '77' }, createdBySync: true });
    expect(tenant.issued).toHaveLength(1);
  });

  test('the snapshot of the created contact may come before the answer', () => {
    const tenant = linked();
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.wait(1_500);
    tenant.see('crm.contact.v1', crmContact('77', '1', { marker: `unleashed:${P}` }));
    tenant.answer();
    expect([...tenant.state.links.keys()].filter((ref) => ref.startsWith('contact/'))).toEqual([`contact/u:${P}`]);
    tenant.wait(5_000);
    expect(tenant.issued).toHaveLength(1);
  });

  test('made in the CRM: not made in Unleashed without a request (I6)', () => {
    const tenant = linked();
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.wait(60_000);
    expect(tenant.issued).toEqual([]);
    expect(tenant.decisions.find((decision) => decision.linkId === 'c:5')).toMatchObject({
      reason: 'not-in-unleashed',
    });
    tenant.request({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: '5' });
    tenant.wait(1_500);
    expect(tenant.open).toMatchObject([{ side: 'unleashed', op: 'create', parentId: G }]);
  });

  test('contacts on both sides are joined by e-mail, whichever comes first', () => {
    for (const order of ['crm', 'unleashed']) {
      const tenant = linked();
      if (order === 'crm') tenant.see('crm.contact.v1', crmContact('5', '1', { phone: '3' }));
      tenant.see('unleashed.contact.v1', unleashedContact(P, G));
      if (order !== 'crm') tenant.see('crm.contact.v1', crmContact('5', '1', { phone: '3' }));
      tenant.wait(2_000);
      expect(tenant.issued).toMatchObject([
        { side: 'unleashed', op: 'update', fields: [{ field: 'phone', value: '3' }] },
      ]);
    }
  });

  test('contacts that came before their companies are looked at when the companies are joined', () => {
    const tenant = createTestTenant();
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    expect(tenant.state.links.get(`contact/u:${P}`)?.crm?.id).toBe('5');
    tenant.wait(5_000);
    expect(tenant.issued).toEqual([]);
  });
});

describe('lanes', () => {
  test('an outage closes the lane, then one command probes it', () => {
    const tenant = createTestTenant();
    for (let id = 1; id <= 8; id++) {
      const guid = G.replace(/.$/, `${id}`);
      tenant.see('crm.company.v1', company(`${id}`, guid));
      tenant.see('unleashed.customer.v1', customer(guid, `C${id}`));
    }
    tenant.tick(10_000);
    for (let id = 1; id <= 8; id++)
      tenant.see('crm.company.v1', company(`${id}`, G.replace(/.$/, `${id}`), { phone: '2' }));
    expect(tenant.open).toHaveLength(4);
    const outage = {
      result: 'deferred',
      code: 'unavailable',
      scope: 'lane',
      fields: [],
      shown: null,
      shownReadStartedAtMs: null,
    };
    for (let answered = 0; answered < 4; answered++) tenant.answer(outage);
    expect(tenant.open).toEqual([]);
    tenant.wait(60_000);
    expect(tenant.open).toHaveLength(1);
    tenant.answer();
    expect(tenant.open).toHaveLength(4);
    while (tenant.open.length > 0) tenant.answer();
    for (const link of tenant.state.links.values())
      expect(link.fields[1]?.agreed).toEqual({ crm: '2', unleashed: '2' });
  });
});

describe('a timer that finds no credit', () => {
  /** Six contacts of Unleashed that are to be made, of which four may be on their way at the same time. */
  function waiting() {
    const tenant = createTestTenant();
    const guid = (n: number): string => `22222222-2222-4222-8222-00000000000${n}`;
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('crm.company.v1', company('1', G));
    for (let n = 1; n <= 4; n++) tenant.see('unleashed.contact.v1', person(guid(n), n));
    tenant.wait(2_000);
    for (let n = 5; n <= 6; n++) tenant.see('unleashed.contact.v1', person(guid(n), n));
    return tenant;
  }
  const person = (guid: string, n: number) =>
    unleashedContact(guid, G, { firstName: `P${n}`, lastName: `L${n}`, email: `p${n}@x.example` });

  test('changes nothing that is decided afterwards: it leaves no trace, so a replay does not have it', () => {
    const [live, replayed] = [waiting(), waiting()];
    live.wait(5_000);
    replayed.tick(5_000);
    for (const tenant of [live, replayed]) tenant.answer({ targetId: '71' });
    expect(replayed.decisions).toEqual(live.decisions);
    expect(replayed.issued).toEqual(live.issued);
    expect(live.issued).toHaveLength(5);
  });
});
