/** What becomes of a command: every result and every scope. */
import { describe, expect, test } from 'vitest';
import { field, G, link, NOTHING_SHOWN, ordered } from './settle.fixture.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const P = '22222222-2222-4222-8222-222222222222';

describe('refused', () => {
  test('as a whole: every field of it is stopped, and nothing is tried again by itself', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'unsendable', message: 'status 500, empty' });
    expect(field(tenant, 'phone')?.blocked).toMatchObject({ code: 'unsendable', message: 'status 500, empty' });
    expect(field(tenant, 'name')?.blocked).toMatchObject({ code: 'unsendable' });
    tenant.wait(3_600_000);
    expect(tenant.open).toEqual([]);
  });

  test('as unsendable: it is tried again when the record was changed at the other side, be it by its clock alone', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'unsendable' });
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', { ...customer(G, 'C1'), sourceUpdatedAtMs: tenant.now() });
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'name' }, { field: 'phone' }] }]);
  });

  test('one field: that one is stopped and the others are ordered again', () => {
    const tenant = ordered();
    const fields = [{ field: 'phone', result: 'refused', code: 'invalid-value', before: '1', sent: '2' }];
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value', fields });
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'name', value: 'Acme 2' }] }]);
    expect(field(tenant, 'name')?.blocked).toBeNull();
  });

  test('two fields for reasons of their own: each is stopped for its own', () => {
    const tenant = ordered();
    const fields = [
      { field: 'phone', result: 'refused', code: 'too-long', before: '1', sent: '2' },
      { field: 'name', result: 'refused', code: 'value-taken', before: 'Acme', sent: 'Acme 2' },
    ];
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value', fields });
    expect([field(tenant, 'phone')?.blocked?.code, field(tenant, 'name')?.blocked?.code]).toEqual([
      'too-long',
      'value-taken',
    ]);
    expect(tenant.open).toEqual([]);
  });

  test('applied but for one field', () => {
    const tenant = ordered();
    const fields = [
      { field: 'name', result: 'written', code: 'ok', before: 'Acme', sent: 'Acme 2' },
      { field: 'phone', result: 'refused', code: 'too-long', before: '1', sent: '2' },
    ];
    tenant.answer({
      fields,
      shown: [
        { field: 'name', value: 'Acme 2' },
        { field: 'phone', value: '1' },
      ],
    });
    expect(field(tenant, 'name')?.agreed).toEqual({ crm: 'Acme 2', unleashed: 'Acme 2' });
    expect(field(tenant, 'phone')).toMatchObject({ agreed: { crm: '1' }, blocked: { code: 'too-long' } });
    expect(tenant.open).toEqual([]);
  });

  test.each(['target-missing', 'target-deleted'])('%s: the record takes part no longer, and says so', (code) => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code });
    expect(link(tenant)?.unleashed).toMatchObject({ active: false, inactiveReason: 'deleted-in-unleashed' });
    tenant.wait(3_600_000);
    expect(tenant.open).toEqual([]);
  });

  test('a written value that does not show is tried once more, then stopped as invalid', () => {
    const tenant = ordered();
    tenant.answer({
      shown: [
        { field: 'name', value: 'Acme 2' },
        { field: 'phone', value: '1' },
      ],
    });
    expect(field(tenant, 'phone')?.blocked).toBeNull();
    expect(field(tenant, 'name')?.agreed?.unleashed).toBe('Acme 2');
    tenant.wait(5_000);
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'phone', value: '2' }] }]);
    tenant.answer({ shown: [{ field: 'phone', value: '1' }] });
    expect(field(tenant, 'phone')?.blocked).toMatchObject({ code: 'invalid-value' });
    tenant.wait(60_000);
    expect(tenant.open).toEqual([]);
  });
});

describe('an edit that was made while the write was under way', () => {
  /** Unleashed showed another number in between; the sink had read before it and wrote over it. */
  function writtenOver() {
    const tenant = ordered();
    tenant.tick(1_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '7', name: 'Acme' }));
    tenant.tick(1_000);
    tenant.answer();
    return tenant;
  }

  test('and written over: the value that is gone is in the ledger, with both values', () => {
    const tenant = writtenOver();
    expect(tenant.conflicts.at(-1)).toMatchObject({
      field: 'phone',
      crmValue: '2',
      unleashedValue: '7',
      winner: 'crm',
    });
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '2', unleashed: '2' });
  });

  test('after what the sink found there already, while it wrote another field: it flows', () => {
    const tenant = ordered();
    tenant.tick(1_000);
    tenant.answer({
      fields: [
        { field: 'phone', result: 'already', code: 'ok', before: '2', sent: '' },
        { field: 'name', result: 'written', code: 'ok', before: 'Acme', sent: 'Acme 2' },
      ],
      shown: [
        { field: 'phone', value: '7' },
        { field: 'name', value: 'Acme 2' },
      ],
    });
    expect(field(tenant, 'phone')).toMatchObject({ agreed: { crm: '2', unleashed: '2' }, unleashed: '7' });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '7' }] }]);
  });

  test('the decision says that a write of ours replaced it', () => {
    const said = writtenOver().decisions.flatMap(({ fields }) => fields.filter(({ field: name }) => name === 'phone'));
    expect(said.at(-1)).toMatchObject({ reason: 'overwritten-by-write' });
  });
});

describe('later', () => {
  test('deferred for the lane: it waits until then, is probed with one command, and opens again', () => {
    const tenant = ordered();
    const retryAtMs = tenant.now() + 120_000;
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'rate-limited', scope: 'lane', retryAtMs });
    expect(tenant.state.lanes.unleashed).toMatchObject({ state: 'deferred', deferredUntilMs: retryAtMs, failures: 1 });
    tenant.wait(119_000);
    expect(tenant.open).toEqual([]);
    tenant.wait(1_000);
    expect(tenant.state.lanes.unleashed.state).toBe('probing');
    expect(tenant.open).toHaveLength(1);
    tenant.answer();
    expect(tenant.state.lanes.unleashed).toMatchObject({ state: 'open', failures: 0, code: 'ok' });
  });

  test.each([
    ['credentials-refused', 300_000],
    ['quota-spent', 20 * 86_400_000],
  ])('deferred for the lane as %s: a change of the configuration ends the wait soon', (code, waitMs) => {
    const tenant = ordered();
    const retryAtMs = tenant.now() + waitMs;
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code, scope: 'lane', retryAtMs });
    tenant.configure({});
    expect(tenant.open).toEqual([]);
    tenant.wait(10_000);
    expect(tenant.state.lanes.unleashed.state).toBe('probing');
    tenant.answer();
    expect(tenant.state.lanes.unleashed.state).toBe('open');
  });

  test('deferred for the lane as told by the API: a change of the configuration does not shorten the wait', () => {
    const tenant = ordered();
    const retryAtMs = tenant.now() + 120_000;
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'rate-limited', scope: 'lane', retryAtMs });
    tenant.configure({});
    expect(tenant.state.lanes.unleashed.deferredUntilMs).toBe(retryAtMs);
  });

  test('deferred for the record: it alone waits, longer each time', () => {
    const tenant = ordered();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'unavailable' });
      const begun = tenant.now();
      while (tenant.open.length === 0) tenant.wait(500);
      waits.push(tenant.now() - begun);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(tenant.state.lanes.unleashed.state).toBe('open');
  });

  test('superseded: what is wanted now is ordered', () => {
    const tenant = ordered();
    tenant.see('crm.company.v1', company('1', G, { phone: '3', name: 'Acme 2' }));
    tenant.answer({ ...NOTHING_SHOWN, result: 'superseded', code: 'deadline-passed' });
    tenant.wait(5_000);
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'name' }, { field: 'phone', value: '3' }] }]);
  });
});

describe('unknown', () => {
  test('the record is read; what shows our value is agreed without another write', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown' });
    tenant.wait(2_000);
    expect(tenant.open).toMatchObject([{ op: 'read' }]);
    tenant.answer({
      shown: [
        { field: 'name', value: 'Acme 2' },
        { field: 'phone', value: '2' },
      ],
    });
    tenant.wait(60_000);
    expect(tenant.open).toEqual([]);
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '2', unleashed: '2' });
  });

  test('one field of an applied command', () => {
    const tenant = ordered();
    const fields = [
      { field: 'name', result: 'written', code: 'ok', before: 'Acme', sent: 'Acme 2' },
      { field: 'phone', result: 'unknown', code: 'fate-unknown', before: '1', sent: '2' },
    ];
    tenant.answer({
      fields,
      shown: [
        { field: 'name', value: 'Acme 2' },
        { field: 'phone', value: '1' },
      ],
    });
    const open = link(tenant)?.ownWrites.filter((write) => !write.carried);
    expect(open).toMatchObject([{ field: 'phone', value: '2' }]);
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { name: 'Acme 2', phone: '2' }));
    expect(tenant.conflicts).toEqual([]);
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '2', unleashed: '2' });
  });

  test('no answer at all: after the deadline the record is read', () => {
    const tenant = ordered();
    tenant.open.length = 0;
    tenant.wait(45_000);
    tenant.wait(2_000);
    expect(tenant.open).toMatchObject([{ op: 'read' }]);
  });
});

describe('made', () => {
  test('a contact whose own snapshot comes before the answer is joined, not made twice', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.wait(2_000);
    expect(tenant.open).toMatchObject([{ side: 'crm', op: 'create', marker: `unleashed:${P}` }]);
    tenant.see('crm.contact.v1', crmContact('77', '1', { marker: `unleashed:${P}` }));
    tenant.answer();
    tenant.wait(60_000);
    expect(tenant.open).toEqual([]);
    expect([...tenant.state.links.keys()].filter((ref) => ref.startsWith('contact/'))).toEqual([`contact/u:${P}`]);
    expect(tenant.state.links.get(`contact/u:${P}`)?.crm?.id).toBe('77');
  });
});

describe('what only a simulation found', () => {
  test('a late write of the whole record brings an old value back: it is no edit, and the newer one is written again', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown' });
    tenant.wait(2_000);
    tenant.answer({
      shown: [
        { field: 'phone', value: '2' },
        { field: 'name', value: 'Acme 2' },
      ],
    });
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '2', name: 'Acme 2', website: 'new.example' }));
    tenant.answer();
    tenant.tick(5_000);
    const late = { phone: '2', name: 'Acme 2', website: 'acme.example' };
    tenant.see('unleashed.customer.v1', customer(G, 'C1', late));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'website', value: 'new.example' }] }]);
    expect(tenant.conflicts).toMatchObject([{ field: 'website', winner: 'crm', unleashedValue: 'acme.example' }]);
  });

  test('a late write of a customer brings the old name of its default contact back: the same', () => {
    const tenant = ordered();
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P }));
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown' });
    tenant.wait(2_000);
    tenant.answer({
      shown: [
        { field: 'phone', value: '2' },
        { field: 'name', value: 'Acme 2' },
      ],
    });
    tenant.see('crm.contact.v1', crmContact('5', '1', { accountsId: P, lastName: 'Married' }));
    tenant.answer({ targetId: P });
    tenant.tick(5_000);
    tenant.see('unleashed.contact.v1', unleashedContact(P, G));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'lastName', value: 'Married' }] }]);
  });

  test('a late write of a customer brings back what only its sink had read of the default contact: no edit either', () => {
    const old = '33333333-3333-4333-8333-333333333333';
    const carried = ['Ann', 'Lee', 'unseen@acme.example'].map((value, at) => {
      return { field: ['firstName', 'lastName', 'email'][at] ?? '', value };
    });
    const tenant = ordered();
    for (const [guid, id, names] of [
      [P, '5', {}],
      [old, '6', { firstName: 'Bo', lastName: 'Old', email: 'bo@acme.example' }],
    ] as const) {
      tenant.see('crm.contact.v1', crmContact(id, '1', { ...names, accountsId: guid }));
      tenant.see('unleashed.contact.v1', unleashedContact(guid, G, names));
    }
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown', carried });
    const unseenOf = (guid: string) =>
      tenant.state.links.get(`contact/u:${guid}`)?.ownWrites.filter(({ value }) => value === 'unseen@acme.example');
    expect(unseenOf(P)).toMatchObject([{ field: 'email', side: 'unleashed', carried: true }]);
    expect(unseenOf(old)).toEqual([]);
    tenant.tick(5_000);
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { email: 'newer@acme.example' }));
    tenant.tick(5_000);
    tenant.see('unleashed.contact.v1', unleashedContact(P, G, { email: 'unseen@acme.example' }));
    const email = tenant.state.links.get(`contact/u:${P}`)?.fields.find((one) => one.field === 'email');
    expect(email?.restore).toMatchObject({ side: 'unleashed', value: 'newer@acme.example' });
  });

  test('a read that is a little older by a clock of its own, and says something else, is not dropped', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.tick(10_000);
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }), tenant.now() - 600);
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'crm' }]);
    tenant.answer({ shown: [{ field: 'phone', value: '2' }] });
    expect(tenant.open).toMatchObject([{ op: 'update', side: 'unleashed', fields: [{ field: 'phone', value: '2' }] }]);
  });

  test('a read that is a little newer by a clock of its own, and older by that of the record, undoes no edit', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.tick(10_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { website: 'new.example' }));
    const edited = { ...company('1', G, { phone: '2' }), sourceUpdatedAtMs: tenant.now() };
    tenant.see('crm.company.v1', edited, tenant.now() + 10);
    tenant.answer({
      fields: [{ field: 'website', result: 'changed', code: 'ok', before: 'acme.example', sent: '' }],
      shown: [{ field: 'phone', value: '1' }],
      shownReadStartedAtMs: tenant.now() + 50,
      sourceUpdatedAtMs: tenant.now() - 5_000,
    });
    expect(field(tenant, 'phone')).toMatchObject({ crm: '2', agreed: { crm: '1' } });
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'crm' }]);
  });

  test('a person who sets a field back before the read-back does not stop it for good', () => {
    const tenant = ordered();
    tenant.answer({
      shown: [
        { field: 'name', value: 'Acme' },
        { field: 'phone', value: '2' },
      ],
    });
    expect(field(tenant, 'name')?.blocked).toBeNull();
    tenant.wait(5_000);
    tenant.answer();
    expect(field(tenant, 'name')?.agreed).toEqual({ crm: 'Acme 2', unleashed: 'Acme 2' });
  });
});
