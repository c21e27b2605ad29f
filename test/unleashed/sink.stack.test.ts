/** unleashed-sink as a process against the simulated Unleashed, on the real Kafka, registry and Redis. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Command, linkKey, settingKey } from '#contracts';
import { guidOf, type JsonRecord, parseOutbound, textOf } from '#runtime';
import { createUnleashedClient, type UnleashedClient } from '#unleashed';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { createOrders, EVENTUALLY, fields, type Row, TENANT } from '../support/orders.ts';
import { settingWith } from '../support/records.ts';
import { until } from '../support/until.ts';

const OTHER = 'tenant-002';

let kit: Kit;
let sink: Service;
let client: UnleashedClient;
let customers: JsonRecord[];
let orders: ReturnType<typeof createOrders>;

function clientOf(tenant: string): UnleashedClient {
  const baseUrl = `${kit.sandboxUrl}/unleashed`;
  return createUnleashedClient({
    baseUrl,
    outbound: parseOutbound('127.0.0.1'),
    apiId: `sandbox-${tenant}-id`,
    apiKey: `sandbox-${tenant}-key`,
  });
}

async function listCustomers(api: UnleashedClient): Promise<JsonRecord[]> {
  const parameters = [['includeAllContacts', 'true']] as const;
  return (await api.list({ resource: 'Customers', pageNumber: 1, parameters })).items;
}

/** A customer that no other test has. */
function nextCustomer(): JsonRecord {
  const customer = customers.pop();
  if (customer === undefined) throw new Error('no customer left');
  return customer;
}

async function read(customer: JsonRecord): Promise<JsonRecord> {
  return (await client.getCustomer(guidOf(customer, 'Guid'))).record;
}

const order = (changes: Partial<Command>) => orders.order(changes);
const outcomeOf = (command: Command) => orders.outcomeOf(command);
const carryOut = (changes: Partial<Command>) => orders.carryOut(changes);

const phoneOf = (customer: JsonRecord, value: string) => ({
  targetId: guidOf(customer, 'Guid'),
  fields: fields(['phone', textOf(customer, 'PhoneNumber'), value]),
});

const fault = (kind: string, more: Row = {}, tenantId = TENANT) => orders.fault({ kind, tenantId, ...more });

beforeAll(async () => {
  kit = await startKit('unl-sink', { tenants: 2, companies: 60 });
  sink = await kit.start('unleashed-sink');
  orders = createOrders(kit, 'unleashed');
  client = clientOf(TENANT);
  customers = (await listCustomers(client)).filter((customer) => customer.PhoneNumber !== null);
});

afterEach(async () => {
  await kit.control('DELETE', `/tenants/${TENANT}/faults`);
});

afterAll(async () => {
  await client?.close();
  await kit?.stop();
});

describe('a company', () => {
  test('all fields at once: written, read back, and everything else as it was (I5)', async () => {
    const customer = await read(nextCustomer());
    const address = {
      street: '1 New Road',
      street2: '',
      suburb: '',
      city: 'Town',
      region: '',
      postalCode: '9',
      country: '',
    };
    const seen = await carryOut({ op: 'read', targetId: guidOf(customer, 'Guid') });
    const shown = new Map(seen.shown?.map(({ field, value }) => [field, value]));
    const outcome = await carryOut({
      targetId: guidOf(customer, 'Guid'),
      fields: fields(
        ['name', shown.get('name') ?? '', 'Nëw näme 👍'],
        ['phone', shown.get('phone') ?? '', '+64 1'],
        ['website', shown.get('website') ?? '', 'https://new.example'],
        ['address', shown.get('address') ?? '', JSON.stringify(address)],
      ),
    });
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok', calls: 3 });
    expect(outcome.fields.map((field) => field.result)).toEqual(['written', 'written', 'written', 'written']);
    const after = await read(customer);
    const changed = Object.keys(customer).filter((key) => JSON.stringify(customer[key]) !== JSON.stringify(after[key]));
    expect(changed.sort()).toEqual(
      ['Addresses', 'CustomerName', 'LastModifiedBy', 'LastModifiedOn', 'PhoneNumber', 'Website'].filter((key) =>
        changed.includes(key),
      ),
    );
    expect(after).toMatchObject({ CustomerName: 'Nëw näme 👍', PhoneNumber: '+64 1', Website: 'https://new.example' });
    expect(outcome.shownReadStartedAtMs).toBeGreaterThanOrEqual(outcome.startedAtMs);
    expect(outcome.sourceUpdatedAtMs).not.toBeNull();
  });

  test('a website that is not allowed does not sync, the rest does (row 14)', async () => {
    const customer = nextCustomer();
    const outcome = await carryOut({
      targetId: guidOf(customer, 'Guid'),
      fields: fields(
        ['website', textOf(customer, 'Website'), 'not a website'],
        ['phone', textOf(customer, 'PhoneNumber'), '2'],
      ),
    });
    expect(outcome.result).toBe('applied');
    expect(Object.fromEntries(outcome.fields.map(({ field, result, code }) => [field, `${result} ${code}`]))).toEqual({
      phone: 'written ok',
      website: 'refused invalid-value',
    });
  });

  test.each(['description', 'message', 'empty'])(
    'the same when the server says it as %s (U9.1)',
    async (badInputBody) => {
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { badInputBody } });
      const customer = nextCustomer();
      const outcome = await carryOut({
        targetId: guidOf(customer, 'Guid'),
        fields: fields(
          ['website', textOf(customer, 'Website'), 'not a website'],
          ['phone', textOf(customer, 'PhoneNumber'), '2'],
        ),
      });
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { badInputBody: 'errors' } });
      expect(Object.fromEntries(outcome.fields.map(({ field, result, code }) => [field, `${result} ${code}`]))).toEqual(
        {
          phone: 'written ok',
          website: 'refused invalid-value',
        },
      );
    },
  );

  test.each([
    { updateStatus: 201 },
    { updateReturnsBody: false },
    { updateBodyShows: 'sent' },
    { singleGetIncludesContacts: false },
    { readOnlyKeys: 'ignored' },
    { unknownKeys: 'refused' },
    { addressListReplaced: false },
    { omittedAddressesCleared: false },
    { noopPostBumpsLastModified: false },
    { customerPostEditsPrimaryContact: false },
  ])('unknown behaviour %o: written, and nothing else changes', async (unleashed) => {
    const before = await kit.look(`/tenants/${TENANT}/switches`);
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed });
    const outcome = await carryOut(phoneOf(nextCustomer(), '3'));
    const [name] = Object.keys(unleashed);
    const { unleashed: was } = before as { unleashed: Record<string, unknown> };
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { [name ?? '']: was[name ?? ''] } });
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok' });
  });

  test('a change by another writer right after ours is kept, seen as drift, and reported', async () => {
    const customer = nextCustomer();
    const guid = guidOf(customer, 'Guid');
    const answering = (updateReturnsBody: boolean) =>
      kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { updateReturnsBody } });
    // Else the answer of the write itself may be enough, and nobody looks right afterwards.
    await answering(false);
    await fault('latency', { methods: ['POST'], delayMs: 1_000, afterEffect: true, remaining: 1 });
    const answer = carryOut(phoneOf(customer, '4'));
    const record = () => kit.look(`/tenants/${TENANT}/unleashed/companies/${guid}`);
    await until(async () => JSON.stringify(await record()).includes('"PhoneNumber":"4"'));
    await kit.person('PATCH', `${TENANT}/unleashed/companies/${guid}`, { Notes: 'written by a shop' });
    const outcome = await answer;
    await answering(true);
    expect(textOf(await read(customer), 'Notes')).toBe('written by a shop');
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift' });
    expect(outcome.message).toContain('Notes');
    const labels = { tenant: TENANT, code: 'other-field-drift' };
    await until(async () => (await sink.metric('twoway_unleashed_sink_outcomes_total', labels)) >= 1);
  });

  test('the window that the API leaves open: what another writer does between read and write is lost (U6.6)', async () => {
    const customer = nextCustomer();
    await fault('secondWriter', { field: 'Notes', value: 'gone in a moment', remaining: 1 });
    expect(await carryOut(phoneOf(customer, '4'))).toMatchObject({ result: 'applied' });
    expect(textOf(await read(customer), 'Notes')).toBe(textOf(customer, 'Notes'));
  });

  test('a customer that does not exist is missing', async () => {
    const outcome = await carryOut({
      targetId: '00000000-0000-4000-8000-000000000000',
      fields: fields(['phone', '', '1']),
    });
    expect(outcome).toMatchObject({ result: 'refused', code: 'target-missing' });
  });
});

describe('faults', () => {
  test('a lost response after the effect is settled by reading', async () => {
    const customer = nextCustomer();
    await fault('lostResponse', { methods: ['POST'], remaining: 1 });
    const outcome = await carryOut(phoneOf(customer, '5'));
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok' });
    expect(textOf(await read(customer), 'PhoneNumber')).toBe('5');
  });

  test('a write that the network delivers late is unknown', async () => {
    const customer = nextCustomer();
    await fault('lateWrite', { methods: ['POST'], remaining: 1, delayMs: 3_000 });
    const outcome = await carryOut(phoneOf(customer, '6'));
    expect(outcome).toMatchObject({ result: 'unknown', code: 'fate-unknown', scope: 'record' });
    expect(outcome.shown).not.toBeNull();
  });

  test.each([
    ['outage', {}, 'deferred', 'unavailable'],
    ['refusedConnection', {}, 'deferred', 'unavailable'],
    ['rateLimit', { retryAfterSeconds: 1 }, 'deferred', 'rate-limited'],
    ['revokedCredential', {}, 'deferred', 'credentials-refused'],
    ['htmlBody', {}, 'deferred', 'nonsense-answer'],
    ['truncatedBody', {}, 'deferred', 'nonsense-answer'],
    ['hugeBody', {}, 'deferred', 'nonsense-answer'],
  ])('%s: the command is answered at once and the other tenant goes on', async (kind, more, result, code) => {
    const customer = nextCustomer();
    const other = clientOf(OTHER);
    const neighbour = (await listCustomers(other)).find((record) => record.PhoneNumber !== null) as JsonRecord;
    await fault(kind, more);
    const [mine, theirs] = await Promise.all([
      carryOut(phoneOf(customer, '7')),
      carryOut({ ...phoneOf(neighbour, `${textOf(neighbour, 'PhoneNumber')}7`), tenantId: OTHER }),
    ]);
    await other.close();
    expect(mine).toMatchObject({ result, code });
    expect(mine.retryAtMs).toBeGreaterThan(mine.startedAtMs);
    expect(theirs).toMatchObject({ result: 'applied', code: 'ok' });
    if (code !== 'rate-limited') return;
    // The budget remembers what the server said, so that nobody asks before the time is over.
    await kit.control('DELETE', `/tenants/${TENANT}/faults`);
    const again = () => carryOut(phoneOf(customer, '7')).then((outcome) => outcome.result === 'applied');
    await until(again, EVENTUALLY);
  });

  test('a slow answer is waited for', async () => {
    await fault('slowBody', { delayMs: 500, remaining: 1 });
    expect(await carryOut(phoneOf(nextCustomer(), '8'))).toMatchObject({ result: 'applied' });
  });

  test('an undecodable command goes to the quarantine and the rest goes on', async () => {
    const { createSerialProducer } = await import('#kafka');
    const { kafkaOf } = await import('../support/kafka.ts');
    const { useStack } = await import('#test/support/stack.ts');
    const { partitionOf } = await import('#contracts');
    const producer = await createSerialProducer({ kafka: kafkaOf(useStack().kafkaBrokers), topicPrefix: kit.prefix });
    const partition = partitionOf(TENANT, 2);
    await producer.send({
      topic: 'sync.command.unleashed.v1',
      partition,
      key: `${TENANT}/company/x`,
      value: Buffer.from('junk'),
    });
    await producer.close();
    const kept = await until(() =>
      kit.records('sync.quarantine.v1').find((record) => record.service === 'unleashed-sink'),
    );
    expect(kept).toMatchObject({ topic: 'sync.command.unleashed.v1', code: 'NOT_AVRO' });
    expect(kept.value?.toString()).toBe('junk');
    const stranger = await order({ ...phoneOf(nextCustomer(), '1'), tenantId: 'nobody' });
    await until(() => kit.records('sync.quarantine.v1').find((record) => record.code === 'TENANT_UNKNOWN'), EVENTUALLY);
    expect(kit.records('sync.outcome.v1').some((outcome) => outcome.commandId === stranger.commandId)).toBe(false);
    expect(await carryOut(phoneOf(nextCustomer(), '9'))).toMatchObject({ result: 'applied' });
  });
});

describe('settings', () => {
  test('off means off, and on means on again (I7)', async () => {
    const setting = settingWith({ tenantId: TENANT, version: 2, enabled: false, changedAtMs: Date.now() });
    const customer = nextCustomer();
    await kit.send('sync.setting.v1', TENANT, settingKey(TENANT), setting);
    const off = () => carryOut(phoneOf(customer, textOf(customer, 'PhoneNumber')));
    await until(async () => (await off()).code === 'setting-changed', EVENTUALLY);
    expect(await carryOut(phoneOf(customer, '10'))).toMatchObject({
      result: 'superseded',
      code: 'setting-changed',
      calls: 0,
    });
    expect(textOf(await read(customer), 'PhoneNumber')).toBe(textOf(customer, 'PhoneNumber'));
    await kit.send('sync.setting.v1', TENANT, settingKey(TENANT), { ...setting, version: 3, enabled: true });
    await until(async () => (await off()).result === 'applied', EVENTUALLY);
    const late = { ...phoneOf(customer, '11'), deadlineMs: Date.now() };
    expect(await carryOut(late)).toMatchObject({ result: 'superseded', code: 'deadline-passed' });
  });
});

describe('a contact', () => {
  const withContacts = () =>
    customers.find((customer) => Array.isArray(customer.Contacts) && customer.Contacts.length > 0);

  test.each([{}, { contactPutIsPartial: true }, { contactListPaged: true }])(
    'is updated as a whole, %o',
    async (unleashed) => {
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed });
      const customer = withContacts() as JsonRecord;
      const parentId = guidOf(customer, 'Guid');
      const resource = `Customers/${parentId}/Contacts`;
      const list = async () => (await client.list({ resource, pageNumber: 1, parameters: [] })).items;
      const [before] = await list();
      const outcome = await carryOut({
        entity: 'contact',
        parentId,
        targetId: guidOf(before as JsonRecord, 'Guid'),
        fields: fields(['fax', textOf(before as JsonRecord, 'FaxNumber'), `fax ${Object.keys(unleashed).join()}`]),
      });
      expect(outcome).toMatchObject({ result: 'applied', code: 'ok', sourceUpdatedAtMs: null });
      expect((await list())[0]).toEqual({ ...before, FaxNumber: outcome.fields[0]?.sent });
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, {
        unleashed: { contactPutIsPartial: false, contactListPaged: false },
      });
    },
  );

  test.each([true, false])(
    'is made once, also when delivered twice and with a lost response; own GUID taken: %s',
    async (contactPostTakesClientGuid) => {
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { contactPostTakesClientGuid } });
      const parentId = guidOf(nextCustomer(), 'Guid');
      await fault('lostResponse', { methods: ['POST'], remaining: 1 });
      const command = await order({
        entity: 'contact',
        op: 'create',
        parentId,
        targetId: `7b5a7f5e-57a2-5a0f-8f3a-6f4a5b0d9c${contactPostTakesClientGuid ? '01' : '02'}`,
        fields: fields(
          ['firstName', '', 'Nina'],
          ['lastName', '', `Once ${contactPostTakesClientGuid}`],
          ['email', '', 'nina@once.example'],
        ),
      });
      const outcome = await outcomeOf(command);
      expect(outcome).toMatchObject({ result: 'applied', created: true });
      await kit.send('sync.command.unleashed.v1', TENANT, linkKey(TENANT, 'contact', command.linkId), command);
      const answers = () => kit.records('sync.outcome.v1').filter((entry) => entry.commandId === command.commandId);
      await until(() => answers().length === 2, EVENTUALLY);
      expect(answers().map((entry) => entry.targetId)).toEqual([outcome.targetId, outcome.targetId]);
      const { items } = await client.list({
        resource: `Customers/${parentId}/Contacts`,
        pageNumber: 1,
        parameters: [],
      });
      expect(items.filter((contact) => contact.EmailAddress === 'nina@once.example')).toHaveLength(1);
      await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: { contactPostTakesClientGuid: true } });
    },
  );

  test('with a name that is taken is not made; the existing one is named', async () => {
    const customer = withContacts() as JsonRecord;
    const [existing] = customer.Contacts as JsonRecord[];
    const outcome = await carryOut({
      entity: 'contact',
      op: 'create',
      parentId: guidOf(customer, 'Guid'),
      targetId: '7b5a7f5e-57a2-5a0f-8f3a-6f4a5b0d9c77',
      fields: fields(
        ['firstName', '', textOf(existing as JsonRecord, 'FirstName')],
        ['lastName', '', textOf(existing as JsonRecord, 'LastName')],
      ),
    });
    expect(outcome).toMatchObject({
      result: 'refused',
      code: 'name-taken',
      targetId: guidOf(existing as JsonRecord, 'Guid'),
    });
  });
});

test('a quota that is used up: said as such, and asked no more until the month is over (U9.5)', async () => {
  const other = clientOf(OTHER);
  const [customer] = await listCustomers(other);
  await other.close();
  await fault('quotaUsedUp', {}, OTHER);
  const first = await carryOut({ ...phoneOf(customer as JsonRecord, 'x'), tenantId: OTHER });
  expect(first).toMatchObject({ result: 'deferred', code: 'quota-spent', scope: 'lane', calls: 1 });
  expect(first.retryAtMs).toBeGreaterThanOrEqual(
    Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1, 1),
  );
  await kit.control('DELETE', `/tenants/${OTHER}/faults`);
  const second = await carryOut({ ...phoneOf(customer as JsonRecord, 'y'), tenantId: OTHER });
  expect(second).toMatchObject({ result: 'deferred', code: 'quota-spent', scope: 'lane' });
});

test('killed in the middle of a stream: every command is answered, every value is there', async () => {
  const targets = Array.from({ length: 12 }, nextCustomer);
  await fault('latency', { delayMs: 60 });
  const commands = await Promise.all(targets.map((customer, index) => order(phoneOf(customer, `killed ${index}`))));
  const answered = () =>
    commands.filter(({ commandId }) => kit.records('sync.outcome.v1').some((entry) => entry.commandId === commandId))
      .length;
  await until(() => answered() >= 3);
  await sink.end('SIGKILL');
  expect(answered()).toBeLessThan(commands.length);
  sink = await kit.start('unleashed-sink');
  await until(() => answered() === commands.length, { timeoutMs: 40_000 });
  for (const [index, customer] of targets.entries()) {
    expect(textOf(await read(customer), 'PhoneNumber')).toBe(`killed ${index}`);
  }
  expect(await sink.end('SIGTERM')).toBe(0);
});
