import { describe, expect, test } from 'vitest';
import type { CommandField, Outcome } from '#contracts';
import type { JsonRecord } from '#runtime';
import { NotOursError } from '#sink';
import { contactGuid, markerOf } from '#sync-core';
import { execute } from './execute.ts';
import { apiError, command, fakeCrm } from './fake-crm.ts';

const MARKER = 'unleashed:6f1b6d0e-9d1c-4b43-8f68-0d0b3f1f2a3b';
const field = (name: string, value: string): CommandField => ({ field: name, expected: '', value, source: value });
const FIELDS = [
  field('firstName', 'Ann'),
  field('lastName', 'Smith'),
  field('email', 'a@b.c'),
  field('mobile', '2'),
  field('fax', '3'),
];
let number = 0;
function creation(changes: Partial<Parameters<typeof command>[0]> = {}) {
  number += 1;
  const commandId = `t1/contact/l1#${number}`;
  return command({
    commandId,
    op: 'create',
    entity: 'contact',
    targetId: '',
    parentId: '1001',
    marker: MARKER,
    roleCode: 'MAIN',
    fields: FIELDS,
    ...changes,
  });
}

const contact = (changes: JsonRecord = {}): JsonRecord => ({
  ContactId: 7,
  DivisionId: 1001,
  StatusFlag: 'A',
  Forename: 'Ann',
  Surname: 'Smith',
  Email: 'A@B.c',
  AlternateReference: null,
  ...changes,
});
const results = (outcome: Outcome) => Object.fromEntries(outcome.fields.map((entry) => [entry.field, entry.result]));
const posts = (fake: ReturnType<typeof fakeCrm>) => fake.calls.filter((call) => call === 'post Contacts').length;

describe('a creation', () => {
  test('of one that was made for a contact of another company by now makes no second one, and is put off', async () => {
    const marker = markerOf(contactGuid('t1', '7'));
    const fake = fakeCrm({ contacts: [contact({ DivisionId: 1002, Forename: 'Nell', Surname: 'Fox', Email: null })] });
    const outcome = await execute(creation({ marker }), fake.ports);
    expect(outcome).toMatchObject({ result: 'deferred', code: 'contact-elsewhere', scope: 'record' });
    expect(posts(fake)).toBe(0);
    // Nobody looks through all contacts for one that was not made by this sync.
    const other = fakeCrm({ contacts: [contact({ DivisionId: 1002 })] });
    await execute(creation(), other.ports);
    expect(other.calls.filter((call) => call === 'pages Contacts')).toHaveLength(2);
    expect(posts(other)).toBe(1);
  });

  test('searches, makes, reads back and adds what POST dropped (P2.12)', async () => {
    const fake = fakeCrm({});
    const outcome = await execute(creation(), fake.ports);
    expect(fake.calls).toEqual([
      'pages Contacts',
      'pages Contacts',
      'post Contacts',
      'get Contacts',
      'patch Contacts',
      'get Contacts',
    ]);
    expect(outcome).toMatchObject({ result: 'applied', created: true, targetId: '5000', parentId: '1001', calls: 6 });
    expect(new Set(Object.values(results(outcome)))).toEqual(new Set(['written']));
    expect(fake.row('Contacts', 5000)).toMatchObject({
      AlternateReference: MARKER,
      RoleCode: 'MAIN',
      StatusFlag: 'A',
      Fax: '3',
      MobilePhoneNumber: '2',
    });
  });

  test('takes none that is known to be somebody else, be it alike or marked', async () => {
    for (const other of [contact(), contact({ AlternateReference: MARKER })]) {
      const fake = fakeCrm({ contacts: [other] });
      const outcome = await execute(creation({ notThese: ['7'] }), fake.ports);
      expect(outcome).toMatchObject({ result: 'applied', created: true });
      expect(outcome.targetId).not.toBe('7');
      expect(posts(fake)).toBe(1);
      expect(fake.row('Contacts', 7)).toEqual(other);
    }
  });

  test('delivered or ordered again finds what it made', async () => {
    const fake = fakeCrm({});
    const order = creation();
    await execute(order, fake.ports);
    expect(await execute(order, fake.ports)).toMatchObject({ result: 'applied', created: true, targetId: '5000' });
    expect(await execute(creation(), fake.ports)).toMatchObject({
      result: 'applied',
      created: false,
      targetId: '5000',
    });
    expect(posts(fake)).toBe(1);
  });

  test('takes one that is alike, marks it, fills its blanks and leaves the rest', async () => {
    const fake = fakeCrm({ contacts: [contact({ MobilePhoneNumber: '99' })] });
    const outcome = await execute(creation(), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', created: false, targetId: '7' });
    expect(results(outcome)).toEqual({
      firstName: 'already',
      lastName: 'already',
      email: 'changed',
      mobile: 'changed',
      fax: 'written',
    });
    expect(fake.row('Contacts', 7)).toMatchObject({
      AlternateReference: MARKER,
      MobilePhoneNumber: '99',
      Fax: '3',
      Email: 'A@B.c',
    });
    expect(posts(fake)).toBe(0);
  });

  test('keeps a reference that is someone else’s', async () => {
    const fake = fakeCrm({ contacts: [contact({ AlternateReference: 'REF-1' })] });
    await execute(creation(), fake.ports);
    expect(fake.row('Contacts', 7)).toMatchObject({ AlternateReference: 'REF-1' });
  });

  test('whose contact was deleted since is refused', async () => {
    const fake = fakeCrm({ contacts: [contact({ AlternateReference: MARKER, StatusFlag: 'D' })] });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'refused', code: 'target-deleted' });
  });

  test('leaves a field out that is refused, and says so', async () => {
    const fake = fakeCrm({});
    const refused = () => apiError('REFUSED', { status: 400, targets: ['Email'] });
    fake.faults.push({ on: 'post', error: refused() }, { on: 'patch', error: refused() });
    const outcome = await execute(creation(), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', created: true });
    expect(results(outcome)).toMatchObject({ email: 'refused', fax: 'written', firstName: 'written' });
  });

  test.each([
    ['RoleCode', 'role-unknown'],
    ['DivisionId', 'parent-missing'],
    ['JobTitle', 'invalid-value'],
  ])('refused because of %s says so, and may be tried again at once', async (target, code) => {
    const fake = fakeCrm({});
    fake.faults.push({ on: 'post', error: apiError('REFUSED', { status: 400, targets: [target] }) });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'refused', code });
    expect(fake.claims.size).toBe(0);
  });
});

describe('a creation with an open fate', () => {
  const lost = () => apiError('CONNECTION_LOST', { fateKnown: false });

  test('that took effect is found', async () => {
    const fake = fakeCrm({});
    fake.faults.push({ on: 'post', error: lost(), takesEffect: true });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'applied', created: true });
    expect(fake.tables.Contacts?.size).toBe(1);
  });

  test('that may come late is not sent again before it cannot come any more', async () => {
    const fake = fakeCrm({});
    fake.faults.push({ on: 'post', error: lost() });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    const second = await execute(creation(), fake.ports);
    expect(second).toMatchObject({ result: 'deferred', code: 'fate-unknown', scope: 'record' });
    expect(posts(fake)).toBe(1);
    fake.state.nowMs = second.retryAtMs ?? 0;
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'applied', created: true });
    expect(posts(fake)).toBe(2);
  });

  test('that a server answered with 503 may be tried again at once', async () => {
    const fake = fakeCrm({});
    fake.faults.push({ on: 'post', error: apiError('UNAVAILABLE', { status: 503, fateKnown: false }) });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'deferred', code: 'unavailable' });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'applied' });
  });

  test('does not go out when its claim has run down meanwhile: another may try then', async () => {
    const fake = fakeCrm({});
    fake.faults.push({
      on: 'post',
      before: () => {
        fake.state.nowMs += fake.state.sendWithinMs;
      },
    });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'superseded', code: 'deadline-passed' });
    expect(posts(fake)).toBe(0);
  });

  test('that may be in other hands by now is not sent, and its claim is left to whoever has it', async () => {
    const fake = fakeCrm({});
    fake.faults.push({ on: 'post', before: () => void Object.assign(fake.state, { isOurs: false }) });
    await expect(execute(creation(), fake.ports)).rejects.toThrow(NotOursError);
    expect(posts(fake)).toBe(0);
    fake.state.isOurs = true;
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'deferred', code: 'fate-unknown' });
  });

  test('of an earlier delivery is settled by looking when it is too late to write', async () => {
    const fake = fakeCrm({ contacts: [contact({ AlternateReference: MARKER })] });
    const late = creation({ deadlineMs: 0 });
    fake.begun.add(late.commandId);
    expect(await execute(late, fake.ports)).toMatchObject({ result: 'applied', targetId: '7', created: true });
    fake.tables.Contacts?.clear();
    expect(await execute(late, fake.ports)).toMatchObject({ result: 'unknown' });
    expect(fake.calls.filter((call) => /post|patch/.test(call))).toEqual([]);
  });

  test('made and then not to be read is unknown, and found by the next command', async () => {
    const fake = fakeCrm({});
    const down = apiError('TIMEOUT');
    fake.faults.push({ on: 'get', error: down });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'unknown' });
    expect(await execute(creation(), fake.ports)).toMatchObject({ result: 'applied', targetId: '5000' });
    expect(posts(fake)).toBe(1);
    expect(fake.row('Contacts', 5000)).toMatchObject({ Fax: '3' });
  });
});
