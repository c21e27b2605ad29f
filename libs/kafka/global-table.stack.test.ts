import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createGlobalTable } from './global-table.ts';
import { createSerialProducer } from './serial-producer.ts';
import { cleanUp, createTopics, testConfig, until } from './testing/kit.ts';
import { startProxy } from './testing/proxy.ts';
import { TransactionalProducer } from './transactional-producer.ts';

const PARTITIONS = 3;
const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('table');
const config = testConfig(kafkaBrokers);
const names = ['full', 'empty', 'cut'];

beforeAll(() =>
  createTopics(
    config,
    names.map((name) => prefix + name),
    PARTITIONS,
    { 'cleanup.policy': 'compact' },
  ),
);
afterAll(() =>
  cleanUp(
    config,
    names.map((name) => prefix + name),
  ),
);

const writer = () => createSerialProducer({ kafka: config, topicPrefix: prefix });
const write = async (topic: string, entries: [key: string, value: string | null][]): Promise<void> => {
  const producer = writer();
  await Promise.all(
    entries.map(([key, value]) =>
      producer.send({
        topic,
        partition: Number(key.at(-1)) % PARTITIONS,
        key,
        value: value === null ? null : Buffer.from(value),
      }),
    ),
  );
  await producer.close();
};

function tableOf(topic: string, kafka = config) {
  const changes: [string, number | undefined, number | undefined][] = [];
  const refused: string[] = [];
  const table = createGlobalTable<number>({
    kafka,
    topic,
    topicPrefix: prefix,
    decode: (record) => {
      const value = Number(record.value?.toString());
      if (Number.isNaN(value)) throw new Error(`not a number: ${record.value?.toString()}`);
      return value;
    },
    onChange: (...change) => void changes.push(change),
    onUndecodable: (record) => void refused.push(`${record.topic}/${record.key?.toString()}`),
  });
  return { table, changes, refused };
}

describe('a global table', () => {
  it('is ready with the whole topic, follows it, and reports every change', async () => {
    await write('full', [
      ['k1', '1'],
      ['k2', '2'],
      ['k3', '3'],
      ['k1', '10'],
      ['k2', null],
      ['k3', 'nonsense'],
    ]);
    const { table, changes, refused } = tableOf('full');
    await table.start();
    expect([...table.entries()].sort()).toEqual([
      ['k1', 10],
      ['k3', 3],
    ]);
    expect(refused).toEqual(['full/k3']);
    expect(changes).toContainEqual(['k1', 10, 1]);
    await write('full', [
      ['k4', '4'],
      ['k1', null],
    ]);
    await until('it has followed', () => table.get('k4') === 4 && table.get('k1') === undefined);
    expect(changes).toContainEqual(['k1', undefined, 10]);
    expect(table.size()).toBe(2);
    await table.stop();
  });

  it('is ready at once when the topic is empty, and when its end is an aborted transaction', async () => {
    const producer = await TransactionalProducer.fence({
      kafka: config,
      transactionalId: `${prefix}aborter`,
      partition: 0,
      topicPrefix: prefix,
      transactionTimeoutMs: 10_000,
      callTimeoutMs: 10_000,
      compression: 'none',
    });
    const first = tableOf('empty');
    await first.table.start();
    await producer.begin();
    await producer.send([{ topic: 'empty', key: 'k', value: Buffer.from('1') }]);
    await producer.abort();
    await producer.discard();
    const second = tableOf('empty');
    await second.table.start();
    expect([first.table.size(), second.table.size()]).toEqual([0, 0]);
    await Promise.all([first.table.stop(), second.table.stop()]);
  });

  it('says that it is behind while the broker is away, and catches up', async () => {
    const proxy = await startProxy();
    const { table } = tableOf('cut', { ...config, socketFactory: proxy.socketFactory });
    await table.start();
    proxy.setRefusing(true);
    proxy.cutAll();
    await until('it says so', () => table.status().behind !== null);
    await write('cut', [['k1', '1']]);
    proxy.setRefusing(false);
    await until('it has caught up', () => table.get('k1') === 1 && table.status().behind === null);
    await table.stop();
    await proxy.close();
  });
});
