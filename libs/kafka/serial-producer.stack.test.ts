import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { KafkaError } from './errors.ts';
import { createSerialProducer, type SerialProducerOptions } from './serial-producer.ts';
import { cleanUp, createTopics, readAll, testConfig, until, valuesOf } from './testing/kit.ts';
import { startProxy } from './testing/proxy.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('serial');
const config = testConfig(kafkaBrokers);
const names = ['t', 'small', 'outage', 'late'];

beforeAll(async () => {
  await createTopics(config, [`${prefix}t`, `${prefix}outage`, `${prefix}late`], 2);
  await createTopics(config, [`${prefix}small`], 1, { 'max.message.bytes': '2000' });
});
afterAll(() =>
  cleanUp(
    config,
    names.map((name) => prefix + name),
  ),
);

const producerWith = (more: Partial<SerialProducerOptions> = {}) =>
  createSerialProducer({ kafka: config, topicPrefix: prefix, ...more });
const record = (topic: string, value: string | Buffer, partition = 0) => ({
  topic,
  partition,
  key: 'k',
  value: Buffer.from(value),
});
const codeOf = (error: unknown) => (error instanceof KafkaError ? error.code : error);

describe('a serial producer', () => {
  it('batches what gathers, keeps the order, tells the offsets, and writes headers and tombstones', async () => {
    const producer = producerWith();
    const sends = Array.from({ length: 3_000 }, (_, n) => producer.send(record('t', `v${n}`, n % 2)));
    const offsets = await Promise.all(sends);
    expect(offsets[2_998]?.offset).toBe(1_499n);
    await producer.send({ topic: 't', partition: 0, key: 'gone', value: null, headers: { why: 'test' } });
    await producer.close();
    const records = await readAll(config, `${prefix}t`);
    expect(valuesOf(records.filter((one) => one.partition === 1))).toEqual(
      Array.from({ length: 1_500 }, (_, n) => `v${2 * n + 1}`),
    );
    expect(records.find((one) => one.key?.toString() === 'gone')).toMatchObject({
      value: null,
      headers: { why: 'test' },
    });
  });

  it('refuses when its queue is full, says when there is room, and when it is closed', async () => {
    const producer = producerWith({ maxQueuedRecords: 10 });
    const sends = Array.from({ length: 10 }, (_, n) => producer.send(record('t', `q${n}`)));
    expect(await producer.send(record('t', 'too many')).catch(codeOf)).toBe('queue-full');
    await producer.room();
    await producer.send(record('t', 'fits again'));
    await Promise.all(sends);
    await producer.close();
    expect(await producer.send(record('t', 'late')).catch(codeOf)).toBe('closed');
    expect(producer.pending()).toBe(0);
  });

  it('refuses a record that is too large, and goes on with its neighbours when the broker finds a batch too large', async () => {
    const producer = producerWith();
    expect(await producer.send(record('small', Buffer.alloc(2_000_000))).catch(codeOf)).toBe('record-too-large');
    const sends = [1_200, 1_200, 5_000, 1_200].map((size) =>
      producer.send(record('small', Buffer.alloc(size, 'x'))).catch(codeOf),
    );
    const results = await Promise.all(sends);
    expect(results.map((one) => (typeof one === 'string' ? one : 'written'))).toEqual([
      'written',
      'written',
      'record-too-large',
      'written',
    ]);
    await producer.close();
    expect(await readAll(config, `${prefix}small`)).toHaveLength(3);
  });

  it('waits out an outage that is shorter than the deadline', async () => {
    const proxy = await startProxy();
    const producer = producerWith({ kafka: { ...config, socketFactory: proxy.socketFactory } });
    await producer.send(record('outage', 'before'));
    proxy.setRefusing(true);
    proxy.cutAll();
    const during = [1, 2, 3].map((n) => producer.send(record('outage', `during${n}`)));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    proxy.setRefusing(false);
    await Promise.all(during);
    await producer.close();
    await proxy.close();
    expect(valuesOf(await readAll(config, `${prefix}outage`))).toEqual(['before', 'during1', 'during2', 'during3']);
  });

  it('gives up at the deadline, writes nothing afterwards, and works again when the broker is back', async () => {
    const proxy = await startProxy();
    const producer = producerWith({ kafka: { ...config, socketFactory: proxy.socketFactory }, deliveryTimeoutMs: 700 });
    await producer.send(record('late', 'before'));
    proxy.setRefusing(true);
    proxy.cutAll();
    expect(await producer.send(record('late', 'lost')).catch(codeOf)).toBe('deadline');
    proxy.setRefusing(false);
    await until('it writes again', () =>
      producer.send(record('late', 'after')).then(
        () => true,
        () => false,
      ),
    );
    await producer.close();
    await proxy.close();
    const values = valuesOf(await readAll(config, `${prefix}late`));
    expect(values).not.toContain('lost');
    expect(values[0]).toBe('before');
    expect(values).toContain('after');
  });
});
