import type { Transaction } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createKafka } from '../client.ts';
import { cleanUp, createTopics, readAll, testConfig, until, valuesOf } from '../testing/kit.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('k01');
const config = testConfig(kafkaBrokers);
const interleaved = `${prefix}interleaved`;
const zeroKey = `${prefix}zero-key`;

beforeAll(() => createTopics(config, [interleaved, zeroKey], 1));
afterAll(() => cleanUp(config, [interleaved, zeroKey], [`${prefix}interleaved`, `${prefix}zero-key`]));

async function withProducers(work: (a: Transactions, b: Transactions) => Promise<void>): Promise<void> {
  const make = async (id: string): Promise<Transactions> => {
    const producer = createKafka(config, 'transactional-producer').producer({
      transactionalId: prefix + id,
      maxInFlightRequests: 1,
      createPartitioner: () => () => 0,
    });
    await producer.connect();
    return { begin: () => producer.transaction(), end: () => producer.disconnect() };
  };
  const [a, b] = [await make('a'), await make('b')];
  await work(a, b);
  await Promise.all([a.end(), b.end()]);
}

interface Transactions {
  begin(): Promise<Transaction>;
  end(): Promise<void>;
}

const send = (transaction: Transaction, topic: string, value: string, key: Buffer | string = 'key') =>
  transaction.send({ topic, messages: [{ key, value, partition: 0 }] });

/** What kafkajs' own consumer delivers, up to a value that is known to be the last. */
async function consume(topic: string, last: string): Promise<string[]> {
  const seen: string[] = [];
  const consumer = createKafka(config, 'consumer').consumer({ groupId: topic, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value?.toString() ?? '') });
  await until(`${last} is read`, () => seen.includes(last));
  await consumer.disconnect();
  return seen;
}

describe('K1: read_committed and aborted transactions', () => {
  it('shows nothing of aborted transactions that overlap', async () => {
    await withProducers(async (a, b) => {
      const first = await a.begin();
      await send(first, interleaved, 'a-aborted-1');
      const second = await b.begin();
      await send(second, interleaved, 'b-aborted-1');
      await second.abort();
      await send(first, interleaved, 'a-aborted-2');
      const third = await b.begin();
      await send(third, interleaved, 'b-committed');
      await third.commit();
      await send(first, interleaved, 'a-aborted-3');
      await first.abort();
      const last = await a.begin();
      await send(last, interleaved, 'end');
      await last.commit();
    });
    expect(await consume(interleaved, 'end')).toEqual(['b-committed', 'end']);
    expect(valuesOf(await readAll(config, interleaved))).toEqual(['b-committed', 'end']);
  });

  it('does not take a record whose key is four zero bytes for the end of an aborted transaction', async () => {
    await withProducers(async (a, b) => {
      const aborted = await a.begin();
      await send(aborted, zeroKey, 'aborted-1', Buffer.alloc(4));
      await send(aborted, zeroKey, 'aborted-2', Buffer.alloc(4));
      await aborted.abort();
      const committed = await b.begin();
      await send(committed, zeroKey, 'end', Buffer.alloc(4));
      await committed.commit();
    });
    expect(await consume(zeroKey, 'end')).toEqual(['end']);
    expect(valuesOf(await readAll(config, zeroKey))).toEqual(['end']);
  });
});
