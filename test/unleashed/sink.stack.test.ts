/** unleashed-sink as a process against the simulated Unleashed, on the real Kafka, registry and Redis. */
import { describe, expect, test } from 'vitest';
import { partitionOf, settingKey } from '#contracts';
import { createSerialProducer } from '#kafka';
import { guidOf, type JsonRecord, textOf } from '#runtime';
import { kafkaOf } from '../support/kafka.ts';
import { EVENTUALLY, fields, TENANT } from '../support/orders.ts';
import { settingWith } from '../support/records.ts';
import { useStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { contactTests } from './sink-contacts.ts';
import { useUnleashedSink } from './sink-kit.ts';

const OTHER = 'tenant-002';

const parts = useUnleashedSink();
const { kit, sink, restart, switches, clientOf, listCustomers, nextCustomer, read, order, carryOut, phoneOf, fault } =
  parts;

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
      await switches({ badInputBody });
      const customer = nextCustomer();
      const outcome = await carryOut({
        targetId: guidOf(customer, 'Guid'),
        fields: fields(
          ['website', textOf(customer, 'Website'), 'not a website'],
          ['phone', textOf(customer, 'PhoneNumber'), '2'],
        ),
      });
      await switches({ badInputBody: 'errors' });
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
    const before = await kit().look(`/tenants/${TENANT}/switches`);
    await switches(unleashed);
    const outcome = await carryOut(phoneOf(nextCustomer(), '3'));
    const [name] = Object.keys(unleashed);
    const { unleashed: was } = before as { unleashed: Record<string, unknown> };
    await switches({ [name ?? '']: was[name ?? ''] });
    expect(outcome).toMatchObject({ result: 'applied', code: 'ok' });
  });

  test('a change by another writer right after ours is kept, seen as drift, and reported', async () => {
    const customer = nextCustomer();
    const guid = guidOf(customer, 'Guid');
    // Else the answer of the write itself may be enough, and nobody looks right afterwards.
    await switches({ updateReturnsBody: false });
    await fault('latency', { methods: ['POST'], delayMs: 1_000, afterEffect: true, remaining: 1 });
    const answer = carryOut(phoneOf(customer, '4'));
    const record = () => kit().look(`/tenants/${TENANT}/unleashed/companies/${guid}`);
    await until(async () => JSON.stringify(await record()).includes('"PhoneNumber":"4"'));
    await kit().person('PATCH', `${TENANT}/unleashed/companies/${guid}`, { Notes: 'written by a shop' });
    const outcome = await answer;
    await switches({ updateReturnsBody: true });
    expect(textOf(await read(customer), 'Notes')).toBe('written by a shop');
    expect(outcome).toMatchObject({ result: 'applied', code: 'other-field-drift' });
    expect(outcome.message).toContain('Notes');
    const labels = { tenant: TENANT, code: 'other-field-drift' };
    await until(async () => (await sink().metric('twoway_unleashed_sink_outcomes_total', labels)) >= 1);
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
    await kit().control('DELETE', `/tenants/${TENANT}/faults`);
    const again = () => carryOut(phoneOf(customer, '7')).then((outcome) => outcome.result === 'applied');
    await until(again, EVENTUALLY);
  });

  test('a slow answer is waited for', async () => {
    await fault('slowBody', { delayMs: 500, remaining: 1 });
    expect(await carryOut(phoneOf(nextCustomer(), '8'))).toMatchObject({ result: 'applied' });
  });

  test('an undecodable command goes to the quarantine and the rest goes on', async () => {
    const producer = await createSerialProducer({ kafka: kafkaOf(useStack().kafkaBrokers), topicPrefix: kit().prefix });
    const partition = partitionOf(TENANT, 2);
    await producer.send({
      topic: 'sync.command.unleashed.v1',
      partition,
      key: `${TENANT}/company/x`,
      value: Buffer.from('junk'),
    });
    await producer.close();
    const kept = await until(() =>
      kit()
        .records('sync.quarantine.v1')
        .find((record) => record.service === 'unleashed-sink'),
    );
    expect(kept).toMatchObject({ topic: 'sync.command.unleashed.v1', code: 'NOT_AVRO' });
    expect(kept.value?.toString()).toBe('junk');
    const stranger = await order({ ...phoneOf(nextCustomer(), '1'), tenantId: 'nobody' });
    await until(
      () =>
        kit()
          .records('sync.quarantine.v1')
          .find((record) => record.code === 'TENANT_UNKNOWN'),
      EVENTUALLY,
    );
    expect(
      kit()
        .records('sync.outcome.v1')
        .some((outcome) => outcome.commandId === stranger.commandId),
    ).toBe(false);
    expect(await carryOut(phoneOf(nextCustomer(), '9'))).toMatchObject({ result: 'applied' });
  });
});

describe('settings', () => {
  test('off means off, and on means on again (I7)', async () => {
    const setting = settingWith({ tenantId: TENANT, version: 2, enabled: false, changedAtMs: Date.now() });
    const customer = nextCustomer();
    await kit().send('sync.setting.v1', TENANT, settingKey(TENANT), setting);
    const off = () => carryOut(phoneOf(customer, textOf(customer, 'PhoneNumber')));
    await until(async () => (await off()).code === 'setting-changed', EVENTUALLY);
    expect(await carryOut(phoneOf(customer, '10'))).toMatchObject({
      result: 'superseded',
      code: 'setting-changed',
      calls: 0,
    });
    expect(textOf(await read(customer), 'PhoneNumber')).toBe(textOf(customer, 'PhoneNumber'));
    await kit().send('sync.setting.v1', TENANT, settingKey(TENANT), { ...setting, version: 3, enabled: true });
    await until(async () => (await off()).result === 'applied', EVENTUALLY);
    const late = { ...phoneOf(customer, '11'), deadlineMs: Date.now() };
    expect(await carryOut(late)).toMatchObject({ result: 'superseded', code: 'deadline-passed' });
  });
});

contactTests(parts);

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
  await kit().control('DELETE', `/tenants/${OTHER}/faults`);
  const second = await carryOut({ ...phoneOf(customer as JsonRecord, 'y'), tenantId: OTHER });
  expect(second).toMatchObject({ result: 'deferred', code: 'quota-spent', scope: 'lane' });
});

test('killed in the middle of a stream: every command is answered, every value is there', async () => {
  const targets = Array.from({ length: 12 }, nextCustomer);
  await fault('latency', { delayMs: 60 });
  const commands = await Promise.all(targets.map((customer, index) => order(phoneOf(customer, `killed ${index}`))));
  const answered = () =>
    commands.filter(({ commandId }) =>
      kit()
        .records('sync.outcome.v1')
        .some((entry) => entry.commandId === commandId),
    ).length;
  await until(() => answered() >= 3);
  await sink().end('SIGKILL');
  expect(answered()).toBeLessThan(commands.length);
  await restart();
  await until(() => answered() === commands.length, { timeoutMs: 40_000 });
  for (const [index, customer] of targets.entries()) {
    expect(textOf(await read(customer), 'PhoneNumber')).toBe(`killed ${index}`);
  }
  expect(await sink().end('SIGTERM')).toBe(0);
});
