/** What becomes of a command when answers come late, reads are outstanding, or clocks differ. */
import { describe, expect, test } from 'vitest';
import { field, G, link, NOTHING_SHOWN, ordered } from './settle.fixture.ts';
import { company, customer } from './world.fixture.ts';

describe('a read that is outstanding', () => {
  /** A write is under way, and a snapshot around an earlier write of ours says something else: it is not believed. */
  function doubted() {
    const tenant = ordered();
    tenant.answer();
    tenant.see('crm.company.v1', company('1', G, { phone: '3', name: 'Acme 2' }));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme 2' }));
    expect(tenant.last()?.decisions[0]).toMatchObject({ verdict: 'stale', reason: 'read-again' });
    return tenant;
  }

  test('is not done by the answer to what was under way: it may have been read before', () => {
    const tenant = doubted();
    tenant.answer();
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
    tenant.answer();
    expect(link(tenant)).toMatchObject({ readSide: null });
    expect(tenant.open).toEqual([]);
  });

  test('is not done by a refusal of what was under way either', () => {
    const tenant = doubted();
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value' });
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
  });

  test('is asked for once more when what it shows is doubted while it is under way', () => {
    const tenant = doubted();
    tenant.answer();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '8', name: 'Acme 2' }));
    tenant.answer();
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
    tenant.tick(5_000);
    tenant.answer({
      shown: [
        { field: 'name', value: 'Acme 2' },
        { field: 'phone', value: '8' },
      ],
    });
    expect(tenant.open).toMatchObject([{ op: 'update', side: 'crm', fields: [{ field: 'phone', value: '8' }] }]);
  });

  test('ends with the record: nothing is read that is not there', () => {
    const tenant = doubted();
    tenant.answer();
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'target-missing' });
    expect(link(tenant)).toMatchObject({ readSide: null });
    expect(tenant.open).toEqual([]);
  });
});

describe('clocks that differ', () => {
  const showing = (phone: string) => [
    { field: 'name', value: 'Acme 2' },
    { field: 'phone', value: phone },
  ];

  test('what an answer shows was read after all that was known when it was ordered', () => {
    const tenant = ordered();
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2', name: 'Acme 2', website: 'w.example' }));
    tenant.answer();
    tenant.request({ kind: 'read', entity: 'company', side: 'unleashed', recordId: G });
    const known = link(tenant)?.unleashed?.readStartedAtMs ?? 0;
    tenant.answer({ shown: showing('7'), shownReadStartedAtMs: known - 300 });
    expect(field(tenant, 'phone')?.unleashed).toBe('7');
    expect(link(tenant)?.unleashed?.readStartedAtMs).toBe(known);
  });

  test('a snapshot that came meanwhile and an answer that contradict each other: the record is read once more', () => {
    const tenant = ordered();
    tenant.tick(3_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme' }));
    tenant.answer({ shown: showing('2'), shownReadStartedAtMs: tenant.now() - 300 });
    expect(field(tenant, 'phone')).toMatchObject({ unleashed: '9', agreed: { unleashed: '1' } });
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
    tenant.tick(100);
    // Our write came last: what it replaced is in the ledger.
    tenant.answer({ shown: showing('2') });
    expect(field(tenant, 'phone')).toMatchObject({ agreed: { crm: '2', unleashed: '2' } });
    expect(tenant.conflicts).toMatchObject([
      { field: 'phone', unleashedValue: '9', policy: 'overwritten-by-write', winner: 'crm' },
    ]);
    expect(tenant.open).toEqual([]);
  });

  test('… and where the person came last, the value stays and is decided about', () => {
    const tenant = ordered();
    tenant.tick(3_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme' }));
    tenant.answer({ shown: showing('2'), shownReadStartedAtMs: tenant.now() - 300 });
    tenant.tick(100);
    tenant.answer({ shown: showing('9') });
    expect(tenant.conflicts).toMatchObject([{ field: 'phone', unleashedValue: '9', winner: 'unleashed' }]);
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '9' }] }]);
  });

  test('a snapshot that is newer by more than clocks can differ is simply newer', () => {
    const tenant = ordered();
    const writtenAtMs = tenant.now();
    tenant.tick(3_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme 2' }));
    tenant.answer({ shown: showing('2'), shownReadStartedAtMs: writtenAtMs });
    expect(field(tenant, 'phone')).toMatchObject({ unleashed: '9', agreed: { crm: '2', unleashed: '2' } });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '9' }] }]);
  });
});

describe('late or unasked', () => {
  test('an answer after the command was given up is an observation; one that rules the write out frees its value', () => {
    const tenant = ordered();
    const [given] = tenant.open.splice(0);
    tenant.wait(45_000);
    expect(link(tenant)?.ownWrites).not.toEqual([]);
    tenant.wait(2_000);
    tenant.answer();
    tenant.open.unshift(given!);
    tenant.answer({ ...NOTHING_SHOWN, commandId: given!.commandId, result: 'superseded', code: 'deadline-passed' });
    expect(tenant.decisions.some(({ reason }) => reason === 'outcome-late')).toBe(true);
    expect(link(tenant)?.ownWrites.filter((write) => write.commandId === given!.commandId)).toEqual([]);
  });

  test('an answer that nobody asked for changes nothing and is said', () => {
    const tenant = ordered();
    const before = link(tenant)?.fields;
    tenant.answer({ ...NOTHING_SHOWN, commandId: 'nobody#1' });
    expect(tenant.decisions.at(-1)).toMatchObject({ reason: 'outcome-unasked' });
    expect(link(tenant)?.fields).toEqual(before);
  });

  test('an answer about a link that is not there', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, linkId: 'u:gone' });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'settled', reason: 'outcome-unasked' });
  });
});
