/** crm-sink as a process against the simulated CRM, on the real Kafka, registry and Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { crmAddressValue, parseCrmAddress, type Setting, settingKey } from '#contracts';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { createOrders, EVENTUALLY, fields, next, type Row, results, shown, TENANT } from '../support/orders.ts';
import { settingWith } from '../support/records.ts';
import { until } from '../support/until.ts';

const OTHER = 'tenant-002';

let kit: Kit;
let sink: Service;
let orders: ReturnType<typeof createOrders>;
let companies: Row[];
let contacts: Row[];

const company = async (row: Row) => kit.look(`/tenants/${TENANT}/crm/companies/${String(row.Id)}`);
const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));

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

beforeAll(async () => {
  kit = await startKit('crm-sink', { tenants: 2, companies: 24 });
  orders = createOrders(kit, 'crm');
  companies = (await orders.items(`${TENANT}/crm/companies`)).filter((row) => row.StatusFlag === 'A');
  contacts = (await orders.items(`${TENANT}/crm/contacts`)).filter((row) => row.StatusFlag === 'A');
  sink = await kit.start('crm-sink');
});

afterEach(async () => {
  await kit.control('DELETE', '/tenants/*/faults');
  await kit.control('PATCH', '/tenants/*/switches', { crm: { lengths: 'refused' } });
});

afterAll(() => kit?.stop());

describe('an update', () => {
  test('of a company writes its row and its address row, reads back, and changes nothing else (I5)', async () => {
    const row = next(companies);
    const before = await company(row);
    const address = crmAddressValue({ ...parseCrmAddress(addressOf(before)), line2: 'Second floor' });
    const outcome = await orders.carryOut({
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
    const outcome = await orders.carryOut({
      targetId: String(row.Id),
      fields: fields(['phone', 'something else', '1'], ['name', text(row.Name), 'Renamed Ltd']),
    });
    expect(results(outcome)).toEqual({ phone: 'changed', name: 'written' });
    expect(await company(row)).toMatchObject({ PhoneNumber: row.PhoneNumber, Name: 'Renamed Ltd' });
  });

  test('blanks a field, and takes any text', async () => {
    const row = next(contacts);
    const outcome = await orders.carryOut({
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
    const outcome = await orders.carryOut({
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
    expect(await orders.carryOut({ ...command, targetId: String(row.Id) })).toMatchObject({
      result: 'refused',
      code: 'target-deleted',
    });
    expect(await orders.carryOut({ ...command, targetId: '99999999' })).toMatchObject({
      result: 'refused',
      code: 'target-missing',
    });
    expect(await orders.carryOut({ ...command, targetId: '1)/x' })).toMatchObject({
      result: 'refused',
      code: 'command-invalid',
    });
  });

  test('whose answer is lost is settled by reading; one that fails is deferred', async () => {
    const row = next(companies);
    const path = `Divisions(${String(row.Id)})`;
    await orders.fault({ kind: 'lostResponse', methods: ['PATCH'], path, remaining: 1 });
    const first = await orders.carryOut({
      targetId: String(row.Id),
      fields: fields(['phone', text(row.PhoneNumber), '31']),
    });
    expect(first).toMatchObject({ result: 'applied', fields: [{ result: 'written' }] });
    await orders.fault({ kind: 'error', status: 503, methods: ['PATCH'], path, remaining: 1 });
    const second = await orders.carryOut({ targetId: String(row.Id), fields: fields(['phone', '31', '32']) });
    expect(second).toMatchObject({ result: 'deferred', code: 'unavailable', scope: 'record', fields: [] });
    expect(shown(second)).toMatchObject({ phone: '31' });
    await orders.fault({ kind: 'lateWrite', delayMs: 3_000, methods: ['PATCH'], path, remaining: 1 });
    const third = await orders.carryOut({ targetId: String(row.Id), fields: fields(['phone', '31', '33']) });
    expect(third).toMatchObject({ result: 'unknown', code: 'fate-unknown', fields: [{ result: 'unknown' }] });
  });

  test('meets no quota and no valid token: the lane waits, another tenant does not', async () => {
    const row = next(companies);
    const command = { targetId: String(row.Id), fields: fields(['phone', text(row.PhoneNumber), '41']) };
    await orders.fault({ kind: 'revokedCredential', remaining: 1 });
    expect(await orders.carryOut(command)).toMatchObject({
      result: 'deferred',
      code: 'credentials-refused',
      scope: 'lane',
    });
    await orders.fault({ kind: 'rateLimit', retryAfterSeconds: 2, remaining: 1 });
    const limited = await orders.carryOut(command);
    expect(limited).toMatchObject({ result: 'deferred', code: 'rate-limited', scope: 'lane' });
    expect(limited.retryAtMs).toBeGreaterThan(limited.startedAtMs + 1_500);
    const blocked = await orders.carryOut(command);
    expect(blocked).toMatchObject({ result: 'deferred', code: 'rate-limited', calls: 1 });
    const [other] = await orders.items(`${OTHER}/crm/companies`);
    expect(await orders.carryOut({ tenantId: OTHER, op: 'read', targetId: String(other?.Id) })).toMatchObject({
      result: 'applied',
    });
    await until(async () => (await orders.carryOut({ ...command })).result === 'applied', { timeoutMs: 20_000 });
  });
});

describe('a read', () => {
  test('tells what is there', async () => {
    const row = next(companies);
    const outcome = await orders.carryOut({ op: 'read', targetId: String(row.Id) });
    expect(outcome).toMatchObject({ result: 'applied', fields: [], calls: 1 });
    expect(shown(outcome)).toMatchObject({ name: row.Name, phone: text(row.PhoneNumber) });
    expect(outcome.sourceUpdatedAtMs).not.toBeNull();
  });
});

describe('what stops a command', () => {
  const put = (changes: Partial<Setting>) =>
    kit.send(
      'sync.setting.v1',
      TENANT,
      settingKey(TENANT),
      settingWith({ tenantId: TENANT, version: 5, changedAtMs: Date.now(), ...changes }),
    );

  test('a deadline that has passed, a switch-off, a pause; and a newer command goes through', async () => {
    const row = next(companies);
    const command = { targetId: String(row.Id), fields: fields(['phone', text(row.PhoneNumber), '61']) };
    expect(await orders.carryOut({ ...command, deadlineMs: Date.now() - 1 })).toMatchObject({
      result: 'superseded',
      code: 'deadline-passed',
      calls: 0,
    });
    // The settings travel: until they have arrived, a command that can write nothing asks for them.
    const probe = { ...command, fields: fields(['phone', 'shown by nobody', '62']) };
    await put({ enabled: false });
    await until(async () => (await orders.carryOut(probe)).code === 'setting-changed', EVENTUALLY);
    expect(await orders.carryOut(command)).toMatchObject({ code: 'setting-changed' });
    await put({ version: 6, pausedSides: ['crm'] });
    await until(async () => (await orders.carryOut({ ...probe, settingVersion: 5 })).code === 'paused', EVENTUALLY);
    expect(await orders.carryOut({ ...command, settingVersion: 5 })).toMatchObject({ code: 'paused' });
    expect(await company(row)).toMatchObject({ PhoneNumber: row.PhoneNumber });
    expect(await orders.carryOut({ ...command, settingVersion: 6 })).toMatchObject({ result: 'applied' });
  });

  test('a record that is no command, and one for an unknown tenant: put aside, and the rest goes on', async () => {
    await orders.order({ tenantId: 'nobody', targetId: '1' });
    const kept = () => kit.records('sync.quarantine.v1').filter((one) => one.service === 'crm-sink');
    await until(() => kept().some((one) => one.code === 'TENANT_UNKNOWN'), EVENTUALLY);
    const row = next(companies);
    expect(await orders.carryOut({ op: 'read', targetId: String(row.Id) })).toMatchObject({ result: 'applied' });
  });

  test('it ends cleanly when told to', async () => {
    expect(await sink.end('SIGTERM')).toBe(0);
  });
});
