/** What becomes of a command when answers come late, reads are outstanding, or clocks differ. */
import { describe, expect, test } from 'vitest';
import { field, G, link, NOTHING_SHOWN, ordered, type Tenant } from './settle.fixture.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

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

  test('… and what was read around a write is read again also when its answer had to be', () => {
    const tenant = ordered();
    tenant.tick(3_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '1', name: 'Acme' }));
    tenant.answer({ shown: showing('2'), shownReadStartedAtMs: tenant.now() - 300 });
    tenant.tick(100);
    tenant.answer({ shown: showing('2') });
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '2', unleashed: '2' });
    tenant.tick(100);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '1', name: 'Acme 2' }));
    expect(tenant.last()?.decisions[0]).toMatchObject({ verdict: 'stale', reason: 'read-again' });
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
  });

  test('… and the decision names what the answer showed, but for what its command had brought', () => {
    const tenant = ordered();
    tenant.answer();
    tenant.tick(5_000);
    tenant.request({ kind: 'read', entity: 'company', side: 'unleashed', recordId: G });
    tenant.tick(600);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme 2' }));
    tenant.answer({ shown: showing('7'), shownReadStartedAtMs: tenant.now() - 300 });
    expect(tenant.last()?.decisions[0]?.fields).toMatchObject([
      { field: 'phone', verdict: 'not-taken', reason: 'read-again', unleashed: '7' },
    ]);
    const written = ordered();
    written.tick(3_000);
    written.see('unleashed.customer.v1', customer(G, 'C1', { phone: '9', name: 'Acme' }));
    written.answer({ result: 'unknown', fields: [], shown: showing('2'), shownReadStartedAtMs: written.now() - 300 });
    expect(written.last()?.decisions[0]?.fields).toEqual([]);
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

  test('a command that was delivered again and sent once more: what it brings late is no edit', () => {
    const tenant = ordered();
    const [given] = tenant.open;
    // Its first delivery did nothing and said so; the second one came after the command was settled.
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'unavailable' });
    const sent = { field: 'phone', result: 'unknown', code: 'fate-unknown', before: '1', sent: '2' };
    tenant.open.unshift(given!);
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown', fields: [sent] });
    tenant.wait(5_000);
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '3', name: 'Acme 2' }));
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2', name: 'Acme 2' }));
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '3', expected: '2' }] }]);
    expect(tenant.conflicts).toMatchObject([{ field: 'phone', unleashedValue: '2' }]);
  });

  test.each([
    ['and its source was edited meanwhile: what it wrote is no edit', '3', true],
    ['and its source stands: what it wrote is agreed', '2', false],
  ])('a command that was delivered again and carried out, %s', (_name, source, isEdited) => {
    const tenant = ordered();
    const [given] = tenant.open;
    tenant.answer({ ...NOTHING_SHOWN, result: 'deferred', code: 'unavailable' });
    tenant.request({ kind: 'pause', side: 'unleashed' });
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: source, name: 'Acme 2' }));
    tenant.open.unshift(given!);
    tenant.answer();
    expect(tenant.conflicts.map(({ unleashedValue }) => unleashedValue)).toEqual(isEdited ? ['2'] : []);
    tenant.request({ kind: 'resume', side: 'unleashed' });
    const fields = tenant.open.flatMap((command) => command.fields.map((one) => [one.field, one.value, command.side]));
    expect(fields).toEqual(isEdited ? [['phone', '3', 'unleashed']] : []);
    expect(link(tenant)?.ownWrites).toEqual([]);
  });

  test('an answer about a link that is not there', () => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, linkId: 'u:gone' });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'settled', reason: 'outcome-unasked' });
  });
});

describe('a write of a sink that was killed', () => {
  const DONE = { phone: '2', name: 'Acme 2' };
  const see = (tenant: Tenant, change: object) => {
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', change));
  };

  test('may come after that of its successor: then it is no edit', () => {
    const tenant = ordered();
    tenant.answer({ mayComeLate: true });
    see(tenant, { ...DONE, phone: '9' });
    tenant.answer();
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '9', unleashed: '9' });
    see(tenant, DONE);
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '9', expected: '2' }] }]);
  });

  test('may bring what its record showed before it', () => {
    const tenant = ordered();
    tenant.answer({ mayComeLate: true, carried: [{ field: 'website', value: 'old.example' }] });
    see(tenant, { ...DONE, website: 'new.example' });
    tenant.answer();
    see(tenant, { ...DONE, website: 'old.example' });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'website', value: 'new.example' }] }]);
  });

  test.each([
    { result: 'deferred', code: 'unavailable' },
    { result: 'superseded', code: 'deadline-passed' },
  ])('is of unknown fate when its successor is $result', (answer) => {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, ...answer, mayComeLate: true });
    expect(link(tenant)).toMatchObject({ readSide: 'unleashed', retry: { code: answer.code } });
    expect(link(tenant)?.ownWrites).not.toEqual([]);
  });

  test('is remembered when its successor is refused, and when the command was given up', () => {
    const refused = ordered();
    refused.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value', mayComeLate: true });
    expect(link(refused)?.ownWrites).not.toEqual([]);
    const given = ordered();
    const [command] = given.open.splice(0);
    given.wait(45_000);
    given.open.unshift(command!);
    given.answer({ ...NOTHING_SHOWN, result: 'superseded', code: 'deadline-passed', mayComeLate: true });
    expect(link(given)?.ownWrites).not.toEqual([]);
  });
});

test('an edit that was read, and that a write of the whole record then replaced, is brought back', () => {
  const tenant = ordered();
  const startedAtMs = tenant.now();
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { website: 'read.example' }));
  tenant.tick(5_000);
  // What it carried along nobody had read before.
  const shown = { phone: '2', name: 'Acme 2', website: 'unread.example' };
  tenant.answer({
    startedAtMs,
    carried: [{ field: 'website', value: 'unread.example' }],
    shown: Object.entries(shown).map(([name, value]) => ({ field: name, value })),
  });
  expect(tenant.open).toMatchObject([
    { side: 'unleashed', fields: [{ field: 'website', value: 'read.example', expected: 'unread.example' }] },
  ]);
  expect(tenant.conflicts).toMatchObject([{ field: 'website', unleashedValue: 'unread.example' }]);
  expect(link(tenant)?.ownWrites).toEqual([]);
});

describe('an edit of the default contact that was read while a write of its customer was under way', () => {
  const C = '22222222-2222-4222-8222-222222222222';
  const carried = [
    { field: 'firstName', value: 'Ann' },
    { field: 'lastName', value: 'Lee' },
    { field: 'email', value: 'ann@acme.example' },
  ];

  /** The contact is linked, then a company's field is ordered, and the contact is edited `afterMs` later. */
  function edited(afterMs: number) {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.see('unleashed.contact.v1', unleashedContact(C, G));
    tenant.see('crm.contact.v1', crmContact('2', '1'));
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.tick(10_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    const startedAtMs = tenant.now();
    tenant.tick(afterMs);
    tenant.see('unleashed.contact.v1', unleashedContact(C, G, { email: 'edited@acme.example' }));
    tenant.tick(2_000);
    return { tenant, startedAtMs };
  }
  const email = ({ state }: Tenant) => state.links.get(`contact/u:${C}`)?.fields.find((one) => one.field === 'email');

  test.each([
    ['later than clocks can differ', 5_000],
    ['when the clocks cannot tell, and it carried what was shown before', 500],
  ])('%s: it may have been replaced, and is brought back', (_name, afterMs) => {
    const { tenant, startedAtMs } = edited(afterMs);
    tenant.answer({ startedAtMs, carried });
    tenant.tick(2_000);
    tenant.see('unleashed.contact.v1', unleashedContact(C, G));
    expect(email(tenant)).toMatchObject({ restore: { side: 'unleashed', value: 'edited@acme.example' } });
    expect(tenant.conflicts).toMatchObject([{ field: 'email', unleashedValue: 'ann@acme.example' }]);
  });

  test('and that the write carried was none to be replaced', () => {
    const { tenant, startedAtMs } = edited(5_000);
    const newer = [...carried.slice(0, 2), { field: 'email', value: 'edited@acme.example' }];
    tenant.answer({ startedAtMs, carried: newer });
    tenant.see('unleashed.contact.v1', unleashedContact(C, G));
    expect(email(tenant)).toMatchObject({ restore: null, unleashed: 'ann@acme.example' });
    expect(tenant.conflicts).toEqual([]);
  });
});

test('an edit that a write of the whole record replaced before somebody set the next one is in the ledger', () => {
  const tenant = ordered();
  tenant.tick(5_000);
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { website: 'read.example' }));
  tenant.tick(5_000);
  // The write brought acme.example back, and nobody read that.
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { phone: '2', name: 'Acme 2', website: 'next.example' }));
  expect(tenant.conflicts).toMatchObject([{ field: 'website', unleashedValue: 'read.example', winner: 'unleashed' }]);
  tenant.answer({ carried: [{ field: 'website', value: 'acme.example' }] });
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'website', value: 'next.example' }] }]);
});

test('an edit that was seen after a write of unknown fate is brought back when that write undoes it', () => {
  const tenant = ordered();
  const shown = (website: string) =>
    Object.entries({ phone: '1', name: 'Acme', website }).map(([name, value]) => ({ field: name, value }));
  const carried = [{ field: 'website', value: 'acme.example' }];
  tenant.answer({ result: 'unknown', code: 'fate-unknown', fields: [], carried, shown: shown('seen.example') });
  expect(field(tenant, 'website')).toMatchObject({ unleashed: 'seen.example' });
  tenant.wait(2_000);
  expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
  tenant.answer({ shown: shown('acme.example') });
  const wanted = { field: 'website', value: 'seen.example' };
  expect(tenant.issued.flatMap(({ fields }) => fields)).toContainEqual(expect.objectContaining(wanted));
  expect(tenant.conflicts).toMatchObject([{ field: 'website', unleashedValue: 'acme.example' }]);
});

test('an edit that a sink read before it wrote, and carried along, is an edit', () => {
  const tenant = ordered();
  tenant.tick(5_000);
  const shown = { phone: '2', name: 'Acme 2', website: 'news.example' };
  tenant.answer({
    carried: [{ field: 'website', value: 'news.example' }],
    shown: Object.entries(shown).map(([name, value]) => ({ field: name, value })),
  });
  expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'website', value: 'news.example' }] }]);
  expect(tenant.conflicts).toEqual([]);
});

test('a read that is asked for is not forgotten over one of the other side', () => {
  const tenant = ordered();
  tenant.request({ kind: 'read', entity: 'company', side: 'crm', recordId: '1' });
  tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown' });
  expect(link(tenant)).toMatchObject({ readSide: 'both' });
  tenant.wait(2_000);
  expect(tenant.open).toMatchObject([{ op: 'read', side: 'crm' }]);
  tenant.answer();
  expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
  tenant.answer();
  expect(link(tenant)).toMatchObject({ readSide: null });
});
