import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createSerialProducer } from '../serial-producer.ts';
import { cleanUp, createTopics, readAll, testConfig, valuesOf } from '../testing/kit.ts';
import { startProxy } from '../testing/proxy.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('k02');
const config = testConfig(kafkaBrokers);
const topic = `${prefix}t`;
const PARTITIONS = 3;
const RECORDS = 600;

beforeAll(() => createTopics(config, [topic], PARTITIONS));
afterAll(() => cleanUp(config, [topic]));

describe('K2: lost answers', () => {
  it('loses and doubles nothing, and keeps the order, through a producer whose answers are lost again and again', async () => {
    const proxy = await startProxy();
    const producer = createSerialProducer({
      kafka: { ...config, socketFactory: proxy.socketFactory },
      topicPrefix: prefix,
      maxBatchRecords: 5,
    });
    await producer.send({ topic: 't', partition: 0, key: 'k', value: Buffer.from('first') });
    let answers = 0;
    // Produce answers are small; every seventh answer is lost after the broker has written.
    proxy.setCut(() => ++answers % 7 === 0);

    const sent = Array.from({ length: RECORDS }, (_, index) => ({ partition: index % PARTITIONS, value: `v${index}` }));
    const offsets = await Promise.all(
      sent.map(({ partition, value }) => producer.send({ topic: 't', partition, key: 'k', value: Buffer.from(value) })),
    );
    await producer.close();
    await proxy.close();

    expect(proxy.cuts()).toBeGreaterThan(10);
    const records = await readAll(config, topic);
    expect(valuesOf(records).filter((value) => value !== 'first')).toHaveLength(RECORDS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const got = valuesOf(records.filter((one) => one.partition === partition && one.value?.toString() !== 'first'));
      expect(got).toEqual(sent.filter((one) => one.partition === partition).map((one) => one.value));
    }
    // The offsets that were reported are the offsets at which the records are.
    for (const [index, { partition, value }] of sent.entries()) {
      const at = records.find((one) => one.partition === partition && one.offset === offsets[index]?.offset);
      expect(at?.value?.toString()).toBe(value);
    }
  });
});
