/** crm-sink as a process against the simulated CRM, on the real Kafka, registry and Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Command,
  crmAddressValue,
  linkKey,
  type Outcome,
  parseCrmAddress,
  type Setting,
  settingKey,
} from '#contracts';
import { until } from '../support/until.ts';
import { type Kit, type Service, startKit } from '../unleashed/kit.ts';

const TENANT = 'tenant-001';
const OTHER = 'tenant-002';
const EVENTUALLY = { timeoutMs: 20_000 };

type Row = Record<string, unknown>;

let kit: Kit;
let sink: Service;
let companies: Row[];
let contacts: Row[];
let count = 0;

const items = async (path: string) => (await kit.look(`/tenants/${path}`)).items as Row[];
const company = async (row: Row) => kit.look(`/tenants/${TENANT}/crm/companies/${String(row.Id)}`);
const contact = async (id: unknown) => kit.look(`/tenants/${TENANT}/crm/contacts/${String(id)}`);
const fault = (body: Row) => kit.control('POST', `/tenants/${TENANT}/faults`, { side: 'crm', ...body });
const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));

function next(rows: Row[]): Row {
  const row = rows.pop();
  if (row === undefined) throw new Error('no record left');
  return row;
}

async function order(changes: Partial<Command>): Promise<Command> {
  count += 1;
  const linkId = changes.linkId ?? `link-${count}`;
  const tenantId = changes.tenantId ?? TENANT;
  const command: Command = {
    commandId: `${tenantId}/company/${linkId}#${count}`,
    tenantId,
    side: 'crm',
    entity: 'company',
    linkId,
    op: 'update',
    targetId: '',
    parentId: '',
    marker: '',
    roleCode: '',
    fields: [],
    settingVersion: 1,
    priority: 'live',
    issuedAtMs: Date.now(),
    deadlineMs: Date.now() + 60_000,
    attempt: 1,
    ...changes,
  };
  await kit.send('sync.command.crm.v1', tenantId, linkKey(tenantId, command.entity, linkId), command);
  return command;
}

const outcomesOf = (command: Command) =>
  kit.records('sync.outcome.v1').filter((outcome) => outcome.commandId === command.commandId);

function outcomeOf(command: Command): Promise<Outcome> {
  return until(() => outcomesOf(command)[0], { ...EVENTUALLY, what: `the outcome of ${command.commandId}` });
}

const carryOut = async (changes: Partial<Command>) => outcomeOf(await order(changes));

const fields = (...entries: [field: string, expected: string, value: string][]) =>
  entries.map(([field, expected, value]) => ({ field, expected, value, source: value }));

const results = (outcome: Outcome) =>
  Object.fromEntries(
    outcome.fields.map(({ field, result, code }) => [field, code === 'ok' ? result : `${result} ${code}`]),
  );

const shown = (outcome: Outcome) => Object.fromEntries((outcome.shown ?? []).map(({ field, value }) => [field, value]));

const addressOf = (row: Row) => {
  const address = row.Address as Row;
  return crmAddressValue({
    line1: text(address.AddressLine1),
    line2: text(address.AddressLine2),
    line3: text(address.AddressLine3),
    line4: text(address.AddressLine4),
    line5: text(address.AddressLine5),
    postcode: text(address.Postcode),
    country: text(address.Country),
  });
};

const guid = () => crypto.randomUUID();
const VALUES = fields(
  ['firstName', '', 'Zoë'],
  ['lastName', '', `Öztürk-${Date.now()}`],
  ['email', '', 'zoe@example.com'],
  ['phone', '', '1'],
  ['mobile', '', '2'],
  ['fax', '', '3'],
);
const named = (lastName: string) =>
  VALUES.map((field) => (field.field === 'lastName' ? { ...field, value: lastName } : field)).map((field) =>
    field.field === 'email' ? { ...field, value: `${lastName}@example.com` } : field,
  );

const creation = (parent: Row, lastName: string, marker = `unleashed:${guid()}`): Partial<Command> => ({
  op: 'create',
  entity: 'contact',
  parentId: String(parent.Id),
  marker,
  roleCode: 'MAIN',
  fields: named(lastName),
});

const marked = async (marker: string) =>
  (await items(`${TENANT}/crm/contacts?limit=500`)).filter((row) => row.AlternateReference === marker);
const called = async (lastName: string) =>
  (await items(`${TENANT}/crm/contacts?search=${lastName}&limit=500`)).filter((row) => row.Surname === lastName);

beforeAll(async () => {
  kit = await startKit('crm-sink', { tenants: 2, companies: 24 });
  companies = (await items(`${TENANT}/crm/companies`)).filter((row) => row.StatusFlag === 'A');
  contacts = (await items(`${TENANT}/crm/contacts`)).filter((row) => row.StatusFlag === 'A');
  sink = await kit.start('crm-sink');
});

afterEach(async () => {
  await kit.control('DELETE', '/tenants/*/faults');
  await kit.control('PATCH', '/tenants/*/switches', { crm: { postDrops: 'some', lengths: 'refused' } });
});

afterAll(() => kit?.stop());

describe('an update', () => {
  test('of a company writes its row and its address row, reads back, and changes nothing else (I5)', async () => {
    const row = next(companies);
    const before = await company(row);
    const address = crmAddressValue({ ...parseCrmAddress(addressOf(before)), line2: 'Second floor' });
    const outcome = await carryOut({
      targetId: String(row.Id),
      fields: fields(
        ['phone', text(row.PhoneNumber), '+44 20 1'],
        ['website', text(row.Website), 'https://new.example'],
        ['address', addressOf(before), address],
      ),
    });
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', created: false, targetId: String(row.Id) });
    expect(results(outcome)).toEqual({ phone: 'written', website: 'written', address: 'written' });
    expect(shown(outcome)).toEqual({
      name: row.Name,
      phone: '+44 20 1',
      website: 'https://new.example',
      address,
      accountManager: text(row.AccountManager),
    });
    expect(outcome.shownReadStartedAtMs).toBeGreaterThanOrEqual(outcome.startedAtMs);
    const after = await company(row);
    expect(after).toMatchObject({ PhoneNumber: '+44 20 1', Website: 'https://new.example', AddressId: row.AddressId });
    expect((after.Address as Row).AddressLine2).toBe('Second floor');
    const kept = ['Name', 'CompanyId', 'SalesLedgerId', 'Fax', 'CustomerType', 'AlternateReference', 'AccountManager'];
    for (const name of kept) expect(after[name]).toEqual(before[name]);
  });

  test('does not overwrite what changed meanwhile', async () => {
    const row = next(companies);
    const outcome = await carryOut({
      targetId: String(row.Id),
      fields: fields(['phone', 'something else', '1'], ['name', text(row.Name), 'Renamed Ltd']),
    });
    expect(results(outcome)).toEqual({ phone: 'changed', name: 'written' });
    expect(await company(row)).toMatchObject({ PhoneNumber: row.PhoneNumber, Name: 'Renamed Ltd' });
  });

  test('blanks a field, and takes any text', async () => {
    const row = next(contacts);
    const outcome = await carryOut({
      entity: 'contact',
      targetId: String(row.Id),
      fields: fields(['phone', text(row.PhoneNumber), ''], ['firstName', text(row.Forename), "Мария 🚲 d'Été"]),
    });
    expect(outcome.result).toBe('applied');
    expect(shown(outcome)).toMatchObject({ phone: '', firstName: "Мария 🚲 d'Été" });
  });

  test('a field that is not taken stops alone, also where the server would cut it', async () => {
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { crm: { lengths: 'cut' } });
    const row = next(companies);
    const outcome = await carryOut({
      targetId: String(row.Id),
      fields: fields(
        ['phone', text(row.PhoneNumber), '2'.repeat(51)],
        ['website', text(row.Website), 'https://ok.example'],
        ['accountManager', text(row.AccountManager), 'Q?!'],
      ),
    });
    expect(results(outcome)).toEqual({
      phone: 'refused too-long',
      website: 'written',
      accountManager: 'refused invalid-value',
    });
    expect(outcome.message).not.toBe('');
  });

  test('of a record that is deleted or not there is refused', async () => {
    const row = next(contacts);
    await kit.person('DELETE', `${TENANT}/crm/contacts/${String(row.Id)}`);
    const command = { entity: 'contact' as const, fields: fields(['phone', text(row.PhoneNumber), '9']) };
    expect(await carryOut({ ...command, targetId: String(row.Id) })).toMatchObject({
      result: 'refused',
      code: 'target-deleted',
    });
    expect(await carryOut({ ...command, targetId: '99999999' })).toMatchObject({
      result: 'refused',
      code: 'target-missing',
    });
    expect(await carryOut({ ...command, targetId: '1)/x' })).toMatchObject({
      result: 'refused',
      code: 'command-invalid',
    });
  });

  test('whose answer is lost is settled by reading; one that fails is deferred', async () => {
    const row = next(companies);
    const path = `Divisions(${String(row.Id)})`;
    await fault({ kind: 'lostResponse', methods: ['PATCH'], path, remaining: 1 });
    const first = await carryOut({ targetId: String(row.Id), fields: fields(['phone', text(row.PhoneNumber), '31']) });
    expect(first).toMatchObject({ result: 'applied', fields: [{ result: 'written' }] });
    await fault({ kind: 'error', status: 503, methods: ['PATCH'], path, remaining: 1 });
    const second = await carryOut({ targetId: String(row.Id), fields: fields(['phone', '31', '32']) });
    expect(second).toMatchObject({ result: 'deferred', code: 'unavailable', scope: 'record', fields: [] });
    expect(shown(second)).toMatchObject({ phone: '31' });
    await fault({ kind: 'lateWrite', delayMs: 3_000, methods: ['PATCH'], path, remaining: 1 });
    const third = await carryOut({ targetId: String(row.Id), fields: fields(['phone', '31', '33']) });
    expect(third).toMatchObject({ result: 'unknown', code: 'fate-unknown', fields: [{ result: 'unknown' }] });
  });

  test('meets no quota and no valid token: the lane waits, another tenant does not', async () => {
    const row = next(companies);
    const command = { targetId: String(row.Id), fields: fields(['phone', text(row.PhoneNumber), '41']) };
    await fault({ kind: 'revokedCredential', remaining: 1 });
    expect(await carryOut(command)).toMatchObject({ result: 'deferred', code: 'credentials-refused', scope: 'lane' });
    await fault({ kind: 'rateLimit', retryAfterSeconds: 2, remaining: 1 });
    const limited = await carryOut(command);
    expect(limited).toMatchObject({ result: 'deferred', code: 'rate-limited', scope: 'lane' });
    expect(limited.retryAtMs).toBeGreaterThan(limited.startedAtMs + 1_500);
    const blocked = await carryOut(command);
    expect(blocked).toMatchObject({ result: 'deferred', code: 'rate-limited', calls: 1 });
    const [other] = await items(`${OTHER}/crm/companies`);
    expect(await carryOut({ tenantId: OTHER, op: 'read', targetId: String(other?.Id) })).toMatchObject({
      result: 'applied',
    });
    await until(async () => (await carryOut({ ...command })).result === 'applied', { timeoutMs: 20_000 });
  });
});

describe('a read', () => {
  test('tells what is there', async () => {
    const row = next(companies);
    const outcome = await carryOut({ op: 'read', targetId: String(row.Id) });
    expect(outcome).toMatchObject({ result: 'applied', fields: [], calls: 1 });
    expect(shown(outcome)).toMatchObject({ name: row.Name, phone: text(row.PhoneNumber) });
    expect(outcome.sourceUpdatedAtMs).not.toBeNull();
  });
});

describe('a creation', () => {
  test('makes the contact once, with what POST drops', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    const outcome = await carryOut(creation(parent, 'Once', marker));
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', created: true, parentId: String(parent.Id) });
    expect(shown(outcome)).toMatchObject({ firstName: 'Zoë', mobile: '2', fax: '3' });
    expect(new Set(outcome.fields.map((field) => field.result))).toEqual(new Set(['written']));
    expect(await contact(outcome.targetId)).toMatchObject({ AlternateReference: marker, RoleCode: 'MAIN', Fax: '3' });
    const again = await carryOut(creation(parent, 'Once', marker));
    expect(again).toMatchObject({ result: 'applied', targetId: outcome.targetId, created: false });
    expect(await marked(marker)).toHaveLength(1);
  });

  test('takes the contact that a person has made, fills its blanks and keeps the rest', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    const person = await kit.person('POST', `${TENANT}/crm/contacts`, {
      DivisionId: Number(parent.Id),
      Forename: 'Zoë',
      Surname: 'Known',
      PhoneNumber: '777',
    });
    const outcome = await carryOut(creation(parent, 'Known', marker));
    expect(outcome).toMatchObject({ result: 'applied', targetId: person.Id, created: false });
    expect(results(outcome)).toMatchObject({ phone: 'changed', email: 'written', lastName: 'already' });
    expect(await contact(person.Id)).toMatchObject({ AlternateReference: marker, PhoneNumber: '777', Fax: '3' });
  });

  test('whose answer is lost is found, even if POST drops the marker', async () => {
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { crm: { postDrops: 'markers' } });
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    await fault({ kind: 'lostResponse', methods: ['POST'], path: 'Contacts', remaining: 1 });
    const outcome = await carryOut(creation(parent, 'Lostanswer', marker));
    expect(outcome).toMatchObject({ result: 'applied', created: true });
    expect(await called('Lostanswer')).toHaveLength(1);
    expect(await marked(marker)).toHaveLength(1);
  });

  test('that comes late is not made a second time meanwhile', async () => {
    const parent = next(companies);
    const marker = `unleashed:${guid()}`;
    await fault({ kind: 'lateWrite', delayMs: 4_000, methods: ['POST'], path: 'Contacts', remaining: 1 });
    const first = await carryOut(creation(parent, 'Late', marker));
    expect(first).toMatchObject({ result: 'unknown', code: 'fate-unknown' });
    const second = await carryOut(creation(parent, 'Late', marker));
    expect(second).toMatchObject({ result: 'deferred', code: 'fate-unknown' });
    await until(async () => (await marked(marker)).length === 1, EVENTUALLY);
    expect(await carryOut(creation(parent, 'Late', marker))).toMatchObject({ result: 'applied' });
    expect(await called('Late')).toHaveLength(1);
  });

  describe('survives a kill of the sink', () => {
    const gets = async (since: unknown) =>
      ((await kit.look(`/calls?tenant=${TENANT}&side=crm&since=${String(since)}`)).items as Row[]).length;
    const cases = {
      'while its request is on the way': {
        fault: { methods: ['POST'], delayMs: 1_500 },
        isThere: async (_marker: string, since: unknown) => (await gets(since)) >= 2,
      },
      'while its answer is on the way': {
        fault: { methods: ['POST'], delayMs: 30_000, afterEffect: true },
        isThere: async (marker: string) => (await marked(marker)).length === 1,
      },
      'while what POST dropped is being added': {
        fault: { methods: ['PATCH'], delayMs: 30_000, afterEffect: true },
        isThere: async (marker: string) => (await marked(marker))[0]?.Fax === '3',
      },
    };
    for (const [name, { fault: delay, isThere }] of Object.entries(cases)) {
      test(name, async () => {
        const parent = next(companies);
        const marker = `unleashed:${guid()}`;
        const lastName = `Kill${marker.slice(-6)}`;
        await fault({ kind: 'latency', ...delay });
        const since = (await kit.look(`/calls?tenant=${TENANT}&side=crm&limit=1`)).lastSeq;
        const command = await order(creation(parent, lastName, marker));
        await until(() => isThere(marker, since), { ...EVENTUALLY, what: 'the creation to come so far' });
        await sink.end('SIGKILL');
        await kit.control('DELETE', '/tenants/*/faults');
        sink = await kit.start('crm-sink');
        const outcome = await outcomeOf(command);
        expect(outcome).toMatchObject({ result: 'applied', created: true });
        expect(await called(lastName)).toHaveLength(1);
        expect(await contact(outcome.targetId)).toMatchObject({ AlternateReference: marker, Fax: '3' });
      });
    }
  });

  test('under a role or a company that is not there is refused with that reason', async () => {
    const parent = next(companies);
    const role = await carryOut({ ...creation(parent, 'Norole'), roleCode: 'NOPE' });
    expect(role).toMatchObject({ result: 'refused', code: 'role-unknown' });
    const none = await carryOut(creation({ Id: '88888888' }, 'Noparent'));
    expect(none).toMatchObject({ result: 'refused', code: 'parent-missing' });
  });
});

describe('what stops a command', () => {
  const setting = (changes: Partial<Setting>): Setting => ({
    tenantId: TENANT,
    version: 5,
    enabled: true,
    accountManagers: true,
    accountManagersOvernight: false,
    addresses: true,
    contactRoleCode: 'MAIN',
    conflictPolicy: 'latest',
    holds: true,
    pausedSides: [],
    changedBy: 'test',
    changedAtMs: Date.now(),
    requestId: '',
    ...changes,
  });
  const put = (changes: Partial<Setting>) => kit.send('sync.setting.v1', TENANT, settingKey(TENANT), setting(changes));

  test('a deadline that has passed, a switch-off, a pause; and a newer command goes through', async () => {
    const row = next(companies);
    const command = { targetId: String(row.Id), fields: fields(['phone', text(row.PhoneNumber), '61']) };
    expect(await carryOut({ ...command, deadlineMs: Date.now() - 1 })).toMatchObject({
      result: 'superseded',
      code: 'deadline-passed',
      calls: 0,
    });
    await put({ enabled: false });
    await until(async () => (await carryOut(command)).code === 'setting-changed', EVENTUALLY);
    await put({ version: 6, pausedSides: ['crm'] });
    await until(async () => (await carryOut({ ...command, settingVersion: 5 })).code === 'paused', EVENTUALLY);
    expect(await company(row)).toMatchObject({ PhoneNumber: row.PhoneNumber });
    expect(await carryOut({ ...command, settingVersion: 6 })).toMatchObject({ result: 'applied' });
  });

  test('a record that is no command, and one for an unknown tenant: put aside, and the rest goes on', async () => {
    await order({ tenantId: 'nobody', targetId: '1' });
    const kept = () => kit.records('sync.quarantine.v1').filter((one) => one.service === 'crm-sink');
    await until(() => kept().some((one) => one.code === 'TENANT_UNKNOWN'), EVENTUALLY);
    const row = next(companies);
    expect(await carryOut({ op: 'read', targetId: String(row.Id) })).toMatchObject({ result: 'applied' });
  });

  test('it ends cleanly when told to', async () => {
    expect(await sink.end('SIGTERM')).toBe(0);
  });
});
