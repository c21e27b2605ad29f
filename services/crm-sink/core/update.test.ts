import { describe, expect, test } from 'vitest';
import { type Command, type CommandField, crmAddressValue, type Outcome } from '#contracts';
import type { JsonRecord } from '#runtime';
import { NotOursError } from '#sink';
import { execute } from './execute.ts';
import { apiError, command, fakeCrm, setting } from './fake-crm.ts';

const blank = { line1: '', line2: '', line3: '', line4: '', line5: '', postcode: '', country: '' };
const ROAD = crmAddressValue({ ...blank, line1: '1 Road' });
const LANE = crmAddressValue({ ...blank, line1: '2 Lane' });

const division = (changes: JsonRecord = {}): JsonRecord => ({
  DivisionId: 1001,
  Name: 'Acme',
  PhoneNumber: '1',
  Website: null,
  AccountManager: 'JBL',
  AddressId: 9,
  StatusFlag: 'A',
  Fax: '77',
  LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
  ...changes,
});
const address = {
  AddressId: 9,
  AddressLine1: '1 Road',
  Description: 'HQ',
  LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
};
const world = (changes: JsonRecord = {}) => fakeCrm({ divisions: [division(changes)], addresses: [address] });

const field = (name: string, expected: string, value: string): CommandField => ({
  field: name,
  expected,
  value,
  source: value,
});
const phone = field('phone', '1', '2');
const website = field('website', '', 'https://b.example');
const road = field('address', ROAD, LANE);
const results = (outcome: Outcome) =>
  Object.fromEntries(
    outcome.fields.map(({ field: name, result, code }) => [name, code === 'ok' ? result : `${result} ${code}`]),
  );
const shown = (outcome: Outcome) =>
  Object.fromEntries((outcome.shown ?? []).map(({ field: name, value }) => [name, value]));

describe('an update of a company', () => {
  test('is read, compared, written row by row, read back; nothing else changes', async () => {
    const fake = world();
    const outcome = await execute(command({ fields: [phone, website, road] }), fake.ports);
    expect(fake.calls).toEqual(['get Divisions', 'patch Divisions', 'patch Addresses', 'get Divisions']);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', calls: 4, shownReadStartedAtMs: 1_000_030 });
    expect(outcome.fields[0]).toEqual({ field: 'phone', result: 'written', code: 'ok', before: '1', sent: '2' });
    expect(shown(outcome)).toEqual({
      name: 'Acme',
      phone: '2',
      website: 'https://b.example',
      address: LANE,
      accountManager: 'JBL',
    });
    expect(fake.row('Divisions', 1001)).toMatchObject({ PhoneNumber: '2', Fax: '77', Name: 'Acme' });
    expect(fake.row('Addresses', 9)).toMatchObject({ AddressLine1: '2 Lane', Description: 'HQ' });
    expect(outcome.sourceUpdatedAtMs).toBe(1_000_030);
  });

  test('touches only the row that it is about', async () => {
    const fake = world();
    await execute(command({ fields: [road] }), fake.ports);
    expect(fake.calls).toEqual(['get Divisions', 'patch Addresses', 'get Divisions']);
  });

  test('does not overwrite what changed meanwhile, and says what it saw', async () => {
    const fake = world({ PhoneNumber: '9' });
    const outcome = await execute(command({ fields: [phone, website] }), fake.ports);
    expect(results(outcome)).toEqual({ phone: 'changed', website: 'written' });
    expect(outcome.fields[0]?.before).toBe('9');
    expect(fake.row('Divisions', 1001)).toMatchObject({ PhoneNumber: '9' });
  });

  test('writes nothing when everything is as ordered already; delivered twice it writes once', async () => {
    const fake = world();
    await execute(command({ fields: [phone] }), fake.ports);
    const again = await execute(command({ fields: [phone] }), fake.ports);
    expect(fake.calls.filter((call) => call.startsWith('patch'))).toHaveLength(1);
    expect(results(again)).toEqual({ phone: 'already' });
  });

  test('reports what another writer changed during the write (I5)', async () => {
    const fake = world();
    fake.faults.push({ on: 'get' }, { on: 'get', before: () => fake.edit('Divisions', 1001, { Fax: '1' }) });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift' });
    expect(outcome.message).toContain('Fax');
  });

  test('a field that is named in a refusal stops alone (row 14)', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', error: apiError('REFUSED', { status: 400, targets: ['Website'] }) });
    const outcome = await execute(command({ fields: [phone, website] }), fake.ports);
    expect(outcome.result).toBe('applied');
    expect(results(outcome)).toEqual({ phone: 'written', website: 'refused invalid-value' });
  });

  test('a refusal that names nothing is narrowed down field by field, within the row', async () => {
    const fake = world();
    const mute = () => apiError('REFUSED', { status: 400 });
    fake.faults.push(
      { on: 'patch', error: mute() },
      { on: 'patch', set: 'Addresses' },
      { on: 'patch' },
      { on: 'patch', error: mute() },
    );
    const outcome = await execute(command({ fields: [phone, website, road] }), fake.ports);
    expect(results(outcome)).toEqual({ phone: 'written', website: 'refused invalid-value', address: 'written' });
  });

  test('what does not fit is not even tried; everything refused is a refusal', async () => {
    const fake = world({ AddressId: null });
    const long = field('phone', '1', 'x'.repeat(51));
    const outcome = await execute(
      command({ fields: [long, field('name', 'Acme', ' '), field('address', '', LANE)] }),
      fake.ports,
    );
    expect(fake.calls).toEqual(['get Divisions']);
    expect(outcome).toMatchObject({ result: 'refused', code: 'too-long' });
    expect(results(outcome)).toEqual({
      phone: 'refused too-long',
      name: 'refused invalid-value',
      address: 'refused address-missing',
    });
    const odd = await execute(command({ fields: [field('nonsense', '', 'x'), phone] }), fake.ports);
    expect(results(odd)).toEqual({ nonsense: 'refused field-unknown', phone: 'written' });
  });

  test('of a deleted record is refused and says what it shows; so is one that is not there', async () => {
    const fake = world({ StatusFlag: 'D' });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'refused', code: 'target-deleted' });
    expect(shown(outcome)).toMatchObject({ phone: '1' });
    const gone = await execute(command({ targetId: '5', fields: [phone] }), fake.ports);
    expect(gone).toMatchObject({ result: 'refused', code: 'target-missing', shown: null });
  });
});

describe('a write with an open fate', () => {
  const lost = () => apiError('CONNECTION_LOST', { fateKnown: false });

  test('that took effect is settled by reading', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', error: lost(), takesEffect: true });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok' });
    expect(results(outcome)).toEqual({ phone: 'written' });
  });

  test('that may come late is unknown, and so is one that cannot be read back', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', error: lost() });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    expect(results(outcome)).toEqual({ phone: 'unknown fate-unknown' });
    const dark = world();
    const down = apiError('UNAVAILABLE', { status: 503 });
    dark.faults.push({ on: 'get' }, ...[1, 2, 3].map(() => ({ on: 'get' as const, error: down })));
    expect(await execute(command({ fields: [phone] }), dark.ports)).toMatchObject({
      result: 'unknown',
      shown: null,
      fields: [{ result: 'unknown' }],
    });
  });

  test('that a server answered with 503 is deferred once reading shows that nothing came of it', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', error: apiError('UNAVAILABLE', { status: 503, fateKnown: false }) });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'deferred', code: 'unavailable', fields: [] });
    expect(shown(outcome)).toMatchObject({ phone: '1' });
  });

  test('that a server answered with 503 may have been done all the same', async () => {
    const fake = world();
    fake.faults.push({
      on: 'patch',
      error: apiError('UNAVAILABLE', { status: 503, fateKnown: false }),
      takesEffect: true,
    });
    const outcome = await execute(command({ fields: [phone] }), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', fields: [{ result: 'written' }] });
    expect(shown(outcome)).toMatchObject({ phone: '2' });
  });

  test('on the second row: the first is written, the second is open or still wanted', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', set: 'Addresses', error: lost() });
    const outcome = await execute(command({ fields: [phone, road] }), fake.ports);
    expect(outcome.result).toBe('applied');
    expect(results(outcome)).toEqual({ phone: 'written', address: 'unknown fate-unknown' });
    const again = world();
    again.faults.push({ on: 'patch', set: 'Addresses', error: apiError('RATE_LIMITED', { status: 429 }) });
    const limited = await execute(command({ fields: [phone, road] }), again.ports);
    expect(results(limited)).toEqual({ phone: 'written', address: 'changed unavailable' });
  });

  test('of an earlier delivery may yet come, unless it is found to be there', async () => {
    const fake = world();
    const order = command({ fields: [phone] });
    expect(await execute(order, fake.ports)).toMatchObject({ mayComeLate: false });
    expect(await execute(order, fake.ports)).toMatchObject({ mayComeLate: false, fields: [{ result: 'already' }] });
    fake.edit('Divisions', 1001, { PhoneNumber: '1' });
    expect(await execute(order, fake.ports)).toMatchObject({ mayComeLate: true, fields: [{ result: 'written' }] });
    fake.edit('Divisions', 1001, { PhoneNumber: '7' });
    expect(await execute(order, fake.ports)).toMatchObject({ mayComeLate: true, fields: [{ result: 'changed' }] });
  });

  test('of one of two earlier deliveries may yet come where what was ordered is there: that was the other one', async () => {
    const fake = world();
    const order = command({ fields: [phone] });
    await fake.ports.beginWrite(order.commandId);
    await fake.ports.beginWrite(order.commandId);
    fake.edit('Divisions', 1001, { PhoneNumber: phone.value });
    expect(await execute(order, fake.ports)).toMatchObject({ mayComeLate: true, fields: [{ result: 'already' }] });
  });

  test('of an earlier delivery is settled by reading when it is too late to write', async () => {
    const fake = world({ PhoneNumber: '2' });
    fake.begun.add('t1/company/l1#1');
    const late = command({ fields: [phone], deadlineMs: 0 });
    expect(await execute(late, fake.ports)).toMatchObject({ result: 'applied', fields: [{ result: 'written' }] });
    fake.edit('Divisions', 1001, { PhoneNumber: '1' });
    expect(await execute(late, fake.ports)).toMatchObject({ result: 'unknown', fields: [{ result: 'unknown' }] });
    expect(fake.calls.every((call) => call.startsWith('get'))).toBe(true);
  });
});

describe('the gate', () => {
  test('keeps a command out that is too late or no longer allowed, without a call', async () => {
    const fake = world();
    expect(await execute(command({ fields: [phone], deadlineMs: 0 }), fake.ports)).toMatchObject({
      result: 'superseded',
      code: 'deadline-passed',
      calls: 0,
    });
    fake.state.setting = setting({ enabled: false });
    expect(await execute(command({ fields: [phone] }), fake.ports)).toMatchObject({ code: 'setting-changed' });
    fake.state.setting = setting({ pausedSides: ['crm'] });
    expect(await execute(command({ fields: [phone] }), fake.ports)).toMatchObject({ code: 'paused' });
    fake.state.setting = setting({ addresses: false });
    expect(await execute(command({ fields: [road] }), fake.ports)).toMatchObject({ code: 'setting-changed' });
    expect(fake.calls).toEqual([]);
    fake.state.setting = setting({ enabled: false, version: 1 });
    expect(await execute(command({ fields: [phone] }), fake.ports)).toMatchObject({ result: 'applied' });
  });

  test('closes while the record is read: nothing is written', async () => {
    const fake = world();
    fake.faults.push({
      on: 'get',
      before: () => {
        fake.state.setting = setting({ enabled: false });
      },
    });
    expect(await execute(command({ fields: [phone] }), fake.ports)).toMatchObject({
      result: 'superseded',
      code: 'setting-changed',
    });
    expect(fake.row('Divisions', 1001)).toMatchObject({ PhoneNumber: '1' });
  });

  test('a command that may be in other hands by now writes nothing and answers nothing', async () => {
    const fake = world();
    const taken = { on: 'get', before: () => void Object.assign(fake.state, { isOurs: false }) } as const;
    fake.faults.push(taken);
    await expect(execute(command({ fields: [phone] }), fake.ports)).rejects.toThrow(NotOursError);
    expect(fake.row('Divisions', 1001)).toMatchObject({ PhoneNumber: '1' });
    fake.state.isOurs = true;
    expect(await execute(command({ fields: [phone] }), fake.ports)).toMatchObject({ result: 'applied' });
  });

  test('closes between two rows: the second is not written', async () => {
    const fake = world();
    fake.faults.push({
      on: 'patch',
      set: 'Addresses',
      before: () => {
        fake.state.nowMs = 20_000_000;
      },
    });
    const outcome = await execute(command({ fields: [phone, road] }), fake.ports);
    expect(results(outcome)).toEqual({ phone: 'written', address: 'changed unavailable' });
    expect(fake.row('Addresses', 9)).toMatchObject({ AddressLine1: '1 Road' });
  });

  test('lets a read through while sync is off', async () => {
    const fake = world();
    fake.state.setting = setting({ enabled: false });
    const outcome = await execute(command({ op: 'read' }), fake.ports);
    expect(outcome).toMatchObject({ result: 'applied', fields: [], calls: 1 });
  });
});

test.each([
  [{ side: 'unleashed' }],
  [{ entity: 'user' }],
  [{ op: 'delete' }],
  [{ targetId: '1)/Restore' }],
  [{ op: 'create' }],
  [{ op: 'create', entity: 'contact', parentId: 'x', marker: 'm' }],
  [{ op: 'create', entity: 'contact', parentId: '1', marker: '' }],
])('a command of %j is none', async (changes) => {
  const fake = world();
  expect(await execute(command(changes), fake.ports)).toMatchObject({ result: 'refused', code: 'command-invalid' });
  expect(fake.calls).toEqual([]);
});

test('an error of our own is no outcome: the command is delivered again', async () => {
  const fake = world();
  fake.faults.push({ on: 'get', error: new Error('a bug') });
  await expect(execute(command({ fields: [phone] }), fake.ports)).rejects.toThrow('a bug');
});

describe('a write whose answer counts', () => {
  const numbered = (n: number) => command({ commandId: `c${n}`, fields: [field('phone', `${n}`, `${n + 1}`)] });
  /** A CRM that five writes of the phone number proved to store what they were given. */
  async function proved() {
    const fake = world();
    for (let n = 1; n <= 5; n += 1) await execute(numbered(n), fake.ports);
    fake.calls.splice(0);
    return fake;
  }

  test('is not read back: it shows what was read, with what was sent, as of the moment of the write', async () => {
    const fake = await proved();
    const startedAtMs = fake.state.nowMs;
    const outcome = await execute(numbered(6), fake.ports);
    expect(fake.calls).toEqual(['get Divisions', 'patch Divisions']);
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', calls: 2, sourceUpdatedAtMs: null });
    expect(outcome.shownReadStartedAtMs).toBe(startedAtMs + 10);
    expect(outcome.fields).toEqual([{ field: 'phone', result: 'written', code: 'ok', before: '6', sent: '7' }]);
    expect(shown(outcome)).toMatchObject({ name: 'Acme', phone: '7' });
    expect(fake.unread.get('company/1001')).toEqual({ atMs: startedAtMs + 20, before: { phone: '6' } });
    expect(fake.expected).toHaveLength(6);
  });

  test.each<[string, (fake: Awaited<ReturnType<typeof proved>>) => void, Partial<Command>]>([
    ['another field', () => undefined, { fields: [website] }],
    ['a value that might be stored otherwise', () => undefined, { fields: [field('phone', '6', ' 7')] }],
    ['a repeated try', () => undefined, { attempt: 2 }],
    [
      'a tenant whose writes were found not to be stored',
      ({ state }) => void Object.assign(state, { isDistrusted: true }),
      {},
    ],
    [
      'a store of notes that does not answer',
      ({ ports }) => void Object.assign(ports.unread, { note: () => Promise.reject(new Error('away')) }),
      {},
    ],
    ['a slow answer', (fake) => void fake.faults.push({ on: 'patch', before: () => (fake.state.nowMs += 501) }), {}],
  ])('is read back: %s', async (_, prepare, changes) => {
    const fake = await proved();
    prepare(fake);
    await execute({ ...numbered(6), ...changes }, fake.ports);
    expect(fake.calls).toEqual(['get Divisions', 'patch Divisions', 'get Divisions']);
  });

  test('once distrusted, all is proved again', async () => {
    const fake = await proved();
    fake.state.isDistrusted = true;
    await execute(numbered(6), fake.ports);
    fake.state.isDistrusted = false;
    for (let n = 7; n <= 10; n += 1) expect((await execute(numbered(n), fake.ports)).calls).toBe(3);
    expect((await execute(numbered(11), fake.ports)).calls).toBe(2);
  });

  test('a CRM that does not store what it is given is read back for good', async () => {
    const fake = world();
    const store = fake.ports.api.patch;
    fake.ports.api.patch = (set, key, body, options) => store(set, key, { ...body, PhoneNumber: '0' }, options);
    await execute(command({ fields: [phone] }), fake.ports);
    expect(fake.wrongAnswers).toEqual(['phone']);
  });

  test('a request that was surely not carried out causes no event', async () => {
    const fake = world();
    fake.faults.push({ on: 'patch', error: apiError('REFUSED', { status: 400, fateKnown: true }) });
    await execute(command({ fields: [phone] }), fake.ports);
    expect(fake.expected).toEqual([]);
    fake.faults.push({ on: 'patch', error: apiError('TIMEOUT', { fateKnown: false }) });
    await execute(command({ commandId: 'c2', fields: [phone] }), fake.ports);
    expect(fake.expected).toEqual(['Division/1001']);
  });
});
