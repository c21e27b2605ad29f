import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { closeKafka, createKafka } from '../client.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import { cleanUp, createTopics, readAll, testConfig, until, valuesOf } from '../testing/kit.ts';
import type { SpokenVersions } from './transaction-requests.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('second');
const config = testConfig(kafkaBrokers);
const groups = ['second', 'first'].map((name) => `${prefix}${name}.group`);
const topics = ['second', 'first'].flatMap((name) => ['in', 'out', 'log'].map((topic) => `${prefix}${name}.${topic}`));
const TXN_OFFSET_COMMIT = 28;

beforeAll(async () => {
  await createTopics(config, topics, 1);
  // A broker that has just made its inner topics refuses for a moment.
  for (const group of groups) {
    const offsets = createGroupOffsets(config, group);
    const isLoaded = () =>
      offsets.read(topics, 0).then(
        () => true,
        () => false,
      );
    await until('the coordinators are loaded', isLoaded);
    await offsets.close();
  }
});
afterAll(() => cleanUp(config, topics, groups));

/** Makes every broker seem to be one that does not know the second protocol yet. */
function seemOld(kafka: Kafka): void {
  interface Cluster {
    findGroupCoordinator(wanted: object): Promise<{ versions: SpokenVersions }>;
  }
  const symbol = Object.getOwnPropertySymbols(kafka).find((one) => one.description === 'private:Kafka:createCluster')!;
  const holder = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  const create = holder[symbol]!;
  holder[symbol] = (options) => {
    const cluster = create(options);
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (wanted) => {
      const broker = await find(wanted);
      broker.versions = { ...broker.versions, [TXN_OFFSET_COMMIT]: { maxVersion: 4 } };
      return broker;
    };
    return cluster;
  };
}

it.each([
  { name: 'second', requests: ['Produce 12', 'TxnOffsetCommit 5', 'EndTxn 5'] },
  {
    name: 'first',
    requests: ['AddPartitionsToTxn 1', 'Produce 7', 'AddOffsetsToTxn 1', 'TxnOffsetCommit 1', 'EndTxn 1'],
  },
])('transactions in the $name protocol are $requests, and what they commit or abort is seen so', async (wanted) => {
  const [input = '', ...outputs] = ['in', 'out', 'log'].map((topic) => `${prefix}${wanted.name}.${topic}`);
  const consumerGroupId = `${prefix}${wanted.name}.group`;
  const kafka = createKafka(config, 'transactional-producer');
  if (wanted.name === 'first') seemOld(kafka);
  const producer = kafka.producer({ transactionalId: `${prefix}${wanted.name}`, maxInFlightRequests: 1 });
  const asked: string[] = [];
  producer.on(producer.events.REQUEST, ({ payload: { apiName, apiVersion } }) => {
    if (/^(Produce|TxnOffsetCommit|EndTxn|Add)/.test(apiName)) asked.push(`${apiName} ${apiVersion}`);
  });
  await producer.connect();
  const committed: string[] = [];
  for (let round = 0; round < 6; round++) {
    const transaction = await producer.transaction();
    const message = { key: 'k', value: `v${round}`, partition: 0 };
    await transaction.sendBatch({ topicMessages: outputs.map((topic) => ({ topic, messages: [message] })) });
    const partitions = [{ partition: 0, offset: String(round + 1) }];
    await transaction.sendOffsets({ consumerGroupId, topics: [{ topic: input, partitions }] });
    if (round % 3 === 2) await transaction.abort();
    else {
      await transaction.commit();
      committed.push(message.value);
    }
  }
  await producer.disconnect();
  closeKafka(kafka);
  expect(new Set(asked)).toEqual(new Set(wanted.requests));
  expect(asked.filter((one) => one.startsWith('EndTxn'))).toHaveLength(6);
  for (const topic of outputs) expect(valuesOf(await readAll(config, topic))).toEqual(committed);
  const offsets = createGroupOffsets(config, consumerGroupId);
  expect((await offsets.read([input], 0)).get(input)?.offset).toBe(5n);
  await offsets.close();
});
