import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCodec, EXAMPLES, partitionOf, registerSchemas, settingKey } from '#contracts';
import { createSerialProducer, createTopicAdmin, type GlobalTable, type SerialProducer } from '#kafka';
import { createLog } from '#runtime';
import { deleteTopics, kafkaOf } from '#test/support/kafka.ts';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { until } from '#test/support/until.ts';
import { createTopicTable } from './topic-table.ts';

const TOPIC = 'sync.setting.v1';
const PARTITIONS = 2;
/** How often one look at a registry tries, at most. */
const REGISTRY_TRIES = 6;
const { kafkaBrokers, schemaRegistryUrl } = useStack();
const topicPrefix = uniquePrefix('tables');
const kafka = kafkaOf(kafkaBrokers);
const codec = createCodec({ registry: { url: schemaRegistryUrl }, topicPrefix });
const stopping = new AbortController();
const tables: GlobalTable<string>[] = [];
let producer: SerialProducer;

beforeAll(async () => {
  const admin = createTopicAdmin(kafka);
  await admin.ensure([{ name: topicPrefix + TOPIC, partitions: PARTITIONS, compacted: true }]);
  await admin.close();
  await registerSchemas({ registry: { url: schemaRegistryUrl }, topicPrefix, topics: [TOPIC] });
  await codec.prepare([TOPIC]);
  producer = await createSerialProducer({ kafka, topicPrefix });
});

afterAll(async () => {
  stopping.abort();
  await Promise.all(tables.map((table) => table.stop()));
  await producer.close();
  await deleteTopics(kafkaBrokers, topicPrefix);
});

/** A table of the hours, by a codec that has to ask the registry; what it tells of tenants of this name. */
function hoursOf(tenantId: string, registryUrl = schemaRegistryUrl) {
  const told: (string | undefined)[][] = [];
  const logged: string[] = [];
  let refused = 0;
  const table = createTopicTable({
    ...({ topic: TOPIC, kafka, topicPrefix, signal: stopping.signal } as const),
    codec: createCodec({ registry: { url: registryUrl }, topicPrefix }),
    log: createLog({ service: 'test', destination: { write: (line) => void logged.push(line) } }),
    hold: ({ driftHour }) => driftHour,
    onChange: (id, { value, previous }) => void (id === tenantId && told.push([value, previous])),
    onUndecodable: () => void refused++,
  });
  tables.push(table);
  return { table, told, logged, refused: () => refused, hour: () => table.get(settingKey(tenantId)) };
}

const write = (tenantId: string, value: Buffer | null, partition = partitionOf(tenantId, PARTITIONS)) =>
  producer.send({ topic: TOPIC, partition, key: settingKey(tenantId), value });
const settingOf = (tenantId: string, driftHour: string): Buffer =>
  codec.encode(TOPIC, { ...EXAMPLES[TOPIC], tenantId, driftHour });

/** A registry that hangs up until it is there; how often it did. */
async function absentRegistry() {
  const { hostname, port, pathname } = new URL(schemaRegistryUrl);
  let refused = 0;
  let isThere = false;
  const server = createServer((socket) => {
    if (!isThere) {
      refused += 1;
      return void socket.destroy();
    }
    const there = connect(Number(port), hostname);
    socket.pipe(there).pipe(socket);
    for (const one of [socket, there]) one.on('error', () => [socket, there].forEach((end) => void end.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    refused: () => refused,
    comesBack(): void {
      isThere = true;
    },
    close: () => server.close(),
  };
}

describe('a table of a topic', () => {
  it('holds what it is to hold of the newest record of each key, and tells what changes, by tenant', async () => {
    await write('acme', settingOf('acme', '3'));
    const { table, told, hour } = hoursOf('acme');
    await table.start();
    expect(hour()).toBe('3');
    await write('acme', settingOf('acme', 'off'));
    await write('acme', null);
    await until(() => told.length === 3);
    expect(told).toEqual([
      ['3', undefined],
      ['off', '3'],
      [undefined, 'off'],
    ]);
    expect(hour()).toBeUndefined();
  });

  it('passes over what lies where the key is no longer at home', async () => {
    await write('bolt', settingOf('bolt', '4'));
    await write('bolt', settingOf('bolt', '5'), 1 - partitionOf('bolt', PARTITIONS));
    const { table, hour } = hoursOf('bolt');
    await table.start();
    expect(hour()).toBe('4');
  });

  it('keeps the older one of what cannot be read, and says so', async () => {
    await write('cobb', settingOf('cobb', '6'));
    await write('cobb', Buffer.from('{"driftHour":"7"}'));
    const { table, hour, refused, logged } = hoursOf('cobb');
    await table.start();
    expect([hour(), refused()]).toEqual(['6', 1]);
    expect(logged.join()).toMatch(/a record cannot be read/);
    expect(logged.join()).not.toContain('driftHour');
  });

  it('waits for a registry that is away, and leaves nothing out', async () => {
    await write('dyke', settingOf('dyke', '8'));
    const registry = await absentRegistry();
    const { table, hour, refused } = hoursOf('dyke', registry.url);
    const started = table.start();
    // More often than one look at the registry tries.
    await until(() => registry.refused() > REGISTRY_TRIES);
    expect(table.status().ready).toBe(false);
    registry.comesBack();
    await started;
    registry.close();
    // What could not be read in another test is not readable here either.
    expect([hour(), refused()]).toEqual(['8', 1]);
  });
});
