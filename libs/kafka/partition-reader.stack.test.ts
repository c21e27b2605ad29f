import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createKafka } from './client.ts';
import { KafkaError } from './errors.ts';
import { createPartitionReader } from './partition-reader.ts';
import type { ConsumedRecord, OutputRecord } from './records.ts';
import { createSerialProducer } from './serial-producer.ts';
import { cleanUp, createTopics, produce, testConfig, until, valuesOf } from './testing/kit.ts';
import { startProxy } from './testing/proxy.ts';
import { TransactionalProducer } from './transactional-producer.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('reader');
const config = testConfig(kafkaBrokers);
const names = ['t', 'many', 'aborted', 'compacted', 'deleted'];

beforeAll(async () => {
  await createTopics(
    config,
    ['t', 'many', 'aborted', 'deleted'].map((name) => prefix + name),
    2,
  );
  await createTopics(config, [`${prefix}compacted`], 1, {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'delete.retention.ms': '1',
  });
});
afterAll(() =>
  cleanUp(
    config,
    names.map((name) => prefix + name),
    [`${prefix}compacted`],
  ),
);

const producerOf = (id: string) =>
  TransactionalProducer.fence({
    kafka: config,
    transactionalId: prefix + id,
    partition: 0,
    topicPrefix: prefix,
    transactionTimeoutMs: 10_000,
    callTimeoutMs: 10_000,
    compression: 'none',
  });
const record = (topic: string, value: string) => ({ topic, key: value, value: Buffer.from(value) });

/** Reads a whole partition from an offset. */
async function read(topic: string, from: bigint, kafka = config): Promise<{ values: string[]; end: bigint }> {
  const reader = createPartitionReader(kafka);
  const records: ConsumedRecord[] = [];
  const ends = (await reader.ends(prefix + topic, [0])).get(0) ?? { first: 0n, end: 0n };
  const count = await reader.readTo({
    topic: prefix + topic,
    partition: 0,
    from,
    to: ends.end,
    onRecords: (found) => void records.push(...found),
  });
  await reader.close();
  expect(count).toBe(records.length);
  return { values: valuesOf(records), end: ends.end };
}

describe('a partition reader', () => {
  it('reads from an offset to the end, and nothing when there is nothing', async () => {
    expect(await read('t', 0n)).toEqual({ values: [], end: 0n });
    await produce(config, `${prefix}t`, 0, ['v0', 'v1', 'v2']);
    expect(await read('t', 1n)).toEqual({ values: ['v1', 'v2'], end: 3n });
    expect(await read('t', 3n)).toEqual({ values: [], end: 3n });
  });

  it('waits for the leader of a partition that has only just been made', async () => {
    const reader = createPartitionReader(config);
    const admin = createKafka(config, 'admin').admin();
    await admin.connect();
    const fresh = Array.from({ length: 20 }, (_, number) => `${prefix}fresh-${number}`);
    for (const topic of fresh) {
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 4 }] });
      await until(`${topic} is known`, () => reader.partitions(topic).then(Boolean, () => false));
      const ends = await reader.ends(topic, [0, 1, 2, 3]);
      expect([...ends.values()]).toEqual(Array.from({ length: 4 }, () => ({ first: 0n, end: 0n })));
    }
    await admin.disconnect();
    await reader.close();
    await cleanUp(config, fresh, []);
  });

  it('knows the end although the last records are aborted, or are markers', async () => {
    const producer = await producerOf('aborter');
    await producer.begin();
    await producer.send([record('aborted', 'committed')]);
    await producer.commit();
    await producer.begin();
    await producer.send([record('aborted', 'aborted-1'), record('aborted', 'aborted-2')]);
    await producer.abort();
    await producer.discard();
    expect(await read('aborted', 0n)).toEqual({ values: ['committed'], end: 5n });
    expect(await read('aborted', 1n)).toEqual({ values: [], end: 5n });
  });

  it('reads a hundred thousand records in order, through connections that are cut', async () => {
    const COUNT = 100_000;
    const writer = createSerialProducer({ kafka: config, topicPrefix: prefix, maxQueuedRecords: COUNT });
    const filler = 'x'.repeat(80);
    await Promise.all(
      Array.from({ length: COUNT }, (_, n) => writer.send({ partition: 0, ...record('many', `${n} ${filler}`) })),
    );
    await writer.close();
    const proxy = await startProxy();
    let answers = 0;
    proxy.setCut(() => ++answers % 150 === 0);
    const { values } = await read('many', 0n, { ...config, socketFactory: proxy.socketFactory });
    expect(proxy.cuts()).toBeGreaterThan(0);
    await proxy.close();
    expect(values.map((value) => Number(value.split(' ')[0]))).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  });

  it('waits for an open transaction, and says so when that takes too long', async () => {
    const producer = await producerOf('open');
    await producer.begin();
    await producer.send([record('t', 'open')]);
    const reader = createPartitionReader(config);
    const { end } = (await reader.ends(`${prefix}t`, [0])).get(0) ?? { end: 0n };
    const options = { topic: `${prefix}t`, partition: 0, from: 0n, to: end, onRecords: () => undefined };
    const error = await reader.readTo({ ...options, stallTimeoutMs: 300 }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(KafkaError);
    expect(error).toMatchObject({ code: 'restore-stalled', retriable: true });
    const waiting = reader.readTo(options);
    await producer.commit();
    expect(await waiting).toBe(4);
    await producer.discard();
    await reader.close();
  });

  it('begins at the beginning of what exists when older records are deleted', async () => {
    await produce(config, `${prefix}deleted`, 0, ['v0', 'v1', 'v2', 'v3']);
    const admin = createKafka(config, 'admin').admin();
    await admin.connect();
    await admin.fetchTopicOffsets(`${prefix}deleted`);
    await admin.deleteTopicRecords({ topic: `${prefix}deleted`, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    expect((await read('deleted', 0n)).values).toEqual(['v2', 'v3']);
  });

  it('gets past the holes that compaction leaves batch by batch, and not offset by offset', async () => {
    // Many versions of a few keys in batches of a hundred: compaction removes most of each batch, its end included.
    const topic = `${prefix}compacted`;
    const producer = await producerOf('compacted');
    const write = async (records: OutputRecord[]): Promise<void> => {
      await producer.begin();
      await producer.send(records);
      await producer.commit();
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    for (let round = 0; round < 20; round++) {
      const churn = Array.from({ length: 99 }, (_, n) => record('compacted', `k${n % 5}`));
      await write([record('compacted', `only ${round}`), ...churn]);
    }
    await until('the cleaner has been there', async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await write([record('compacted', 'roll')]); // A new record rolls the segment, so that what lies behind may be cleaned.
      return (await read('compacted', 0n)).values.length < 100;
    });
    await write([record('compacted', 'last')]);
    await producer.discard();

    // kafkajs' own consumer, one batch at a time; each fetch that brings no progress would show.
    const consumer = createKafka(config, 'consumer').consumer({
      groupId: topic,
      maxBytesPerPartition: 1,
      maxWaitTimeInMs: 10,
    });
    let fetches = 0;
    let last = '';
    consumer.on(consumer.events.FETCH, () => {
      fetches += 1;
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        last = message.value?.toString() ?? '';
      },
    });
    await until('it is read', () => last === 'last');
    await consumer.disconnect();
    expect(fetches).toBeLessThan(300);
  }, 90_000);
});
