import { afterAll, beforeAll, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { closeKafka, createKafka } from '../client.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import { cleanUp, createTopics, readAll, testConfig, valuesOf } from '../testing/kit.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('second');
const config = testConfig(kafkaBrokers);
const group = `${prefix}group`;
const topics = ['in', 'out', 'log'].map((name) => prefix + name);

beforeAll(() => createTopics(config, topics, 1));
afterAll(() => cleanUp(config, topics, [group]));

it('spends three requests on a transaction, and what it commits or aborts is seen so', async () => {
  const kafka = createKafka(config, 'transactional-producer');
  const producer = kafka.producer({ transactionalId: `${prefix}task`, maxInFlightRequests: 1, idempotent: true });
  const asked: string[] = [];
  producer.on(producer.events.REQUEST, ({ payload: { apiName, apiVersion } }) => {
    asked.push(`${apiName} ${apiVersion}`);
  });
  await producer.connect();
  const committed: string[] = [];
  for (let round = 0; round < 6; round++) {
    const transaction = await producer.transaction();
    const message = { key: 'k', value: `v${round}`, partition: 0 };
    await transaction.sendBatch({ topicMessages: topics.slice(1).map((topic) => ({ topic, messages: [message] })) });
    const partitions = [{ partition: 0, offset: String(round + 1) }];
    await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic: topics[0]!, partitions }] });
    if (round % 3 === 2) await transaction.abort();
    else {
      await transaction.commit();
      committed.push(message.value);
    }
  }
  await producer.disconnect();
  closeKafka(kafka);
  const spent = asked.filter((one) => /^(Produce|TxnOffsetCommit|EndTxn|Add)/.test(one));
  expect(new Set(spent)).toEqual(new Set(['Produce 12', 'TxnOffsetCommit 5', 'EndTxn 5']));
  expect(spent.filter((one) => one === 'EndTxn 5')).toHaveLength(6);
  expect(valuesOf(await readAll(config, topics[1]!))).toEqual(committed);
  expect(valuesOf(await readAll(config, topics[2]!))).toEqual(committed);
  const offsets = createGroupOffsets(config, group);
  expect((await offsets.read([topics[0]!], 0)).get(topics[0]!)?.offset).toBe(5n);
  await offsets.close();
});
