import { expect, it } from 'vitest';
import { createSendMessages, type SendMessagesParts } from './send-messages.ts';

const TOPICS = ['out', 'log'];

/** Two brokers in memory that keep what they take, with the sequence numbers that they were given. */
function createCluster(leaderOf: (topic: string) => number, fails: (node: number, attempt: number) => Error | null) {
  const taken: string[] = [];
  const sequences = new Map<string, number>();
  const attempts = new Map<number, number>();
  let tries = 0;
  const release = Promise.withResolvers<void>();

  const brokerOf = (nodeId: number) => ({
    nodeId,
    async produce(request: object) {
      const attempt = (attempts.get(nodeId) ?? 0) + 1;
      attempts.set(nodeId, attempt);
      const error = fails(nodeId, attempt);
      if (error !== null) {
        setTimeout(() => release.resolve(), 5);
        throw error;
      }
      await release.promise; // answers only when the other one has failed
      const { topicData } = request as { topicData: { topic: string; partitions: { firstSequence?: number }[] }[] };
      for (const { topic, partitions } of topicData)
        taken.push(`${topic}@${nodeId} from ${partitions[0]?.firstSequence}`);
      return {
        topics: topicData.map(({ topic }) => ({
          topicName: topic,
          partitions: [{ partition: 0, errorCode: 0, baseOffset: '7' }],
        })),
      };
    },
  });

  const parts: SendMessagesParts = {
    logger: { debug: () => undefined, error: () => undefined },
    partitioner: () => 0,
    cluster: {
      addMultipleTargetTopics: async () => undefined,
      refreshMetadataIfNecessary: async () => undefined,
      refreshMetadata: async () => undefined,
      findTopicPartitionMetadata: () => [{}],
      findLeaderForPartitions: (topic, partitions) => ({ [leaderOf(`${topic} ${tries}`)]: partitions }),
      findBroker: async ({ nodeId }) => brokerOf(Number(nodeId)),
      removeBroker: () => undefined,
      isConnected: () => true,
      connect: async () => undefined,
    },
    eosManager: {
      isTransactional: () => false,
      getTransactionalId: () => 'id',
      getProducerId: () => 1,
      getProducerEpoch: () => 1,
      getSequence: (topic) => sequences.get(topic) ?? 0,
      updateSequence: (topic, _partition, by) => void sequences.set(topic, (sequences.get(topic) ?? 0) + by),
      acquireBrokerLock: async () => undefined,
      releaseBrokerLock: async () => undefined,
      addPartitionsToTransaction: async () => undefined,
    },
    retrier: async (work) => {
      for (;;) {
        const bailed = Promise.withResolvers<never>();
        bailed.promise.catch(() => undefined);
        let gaveUp = false;
        const bail = (error: unknown): void => {
          gaveUp = true;
          bailed.reject(error);
        };
        try {
          return await work(bail, tries, 0);
        } catch (error) {
          if (gaveUp || tries > 5) throw error;
          tries += 1;
        }
      }
    },
  };
  const send = createSendMessages(parts, (message) => new Error(message));
  const request = { acks: -1, topicMessages: TOPICS.map((topic) => ({ topic, messages: ['a', 'b'] })) };
  return { send: () => send(request), taken, sequences };
}

const lost = Object.assign(new Error('gone'), { name: 'KafkaJSConnectionClosedError', host: 'h', port: 1 });
const refused = Object.assign(new Error('no'), { name: 'KafkaJSProtocolError', retriable: false });

it('does not ask a broker again whose answer is still on its way while another one fails', async () => {
  const cluster = createCluster(
    (topic) => (topic.startsWith('out') ? 1 : 2),
    (node, attempt) => (node === 1 && attempt === 1 ? lost : null),
  );
  const answers = await cluster.send();
  expect(cluster.taken.toSorted()).toEqual(['log@2 from 0', 'out@1 from 0']);
  expect(answers.map(({ topicName }) => topicName).toSorted()).toEqual(['log', 'out']);
  expect([...cluster.sequences.values()]).toEqual([2, 2]);
});

it('sends each partition once when leaders move between two tries', async () => {
  // First out is at 1, which is lost, and log at 2; then out moves to 2, and log to 3.
  const leaders: Record<string, number> = { 'out 0': 1, 'log 0': 2, 'out 1': 2, 'log 1': 3 };
  const cluster = createCluster(
    (topic) => leaders[topic] ?? 0,
    (node) => (node === 1 ? lost : null),
  );
  await cluster.send();
  expect(cluster.taken.toSorted()).toEqual(['log@2 from 0', 'out@2 from 0']);
});

it('gives up at once when one broker refuses for good, and counts its sequence numbers back', async () => {
  const cluster = createCluster(
    (topic) => (topic.startsWith('out') ? 1 : 2),
    (node) => (node === 1 ? refused : null),
  );
  await expect(cluster.send()).rejects.toBe(refused);
  expect([...cluster.sequences]).toEqual([
    ['out', 0],
    ['log', 2],
  ]);
});
