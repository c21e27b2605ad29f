/**
 * Sends messages, one request for each broker, until every partition has answered once. Stands in for kafkajs'
 * `sendMessages`, which doubles or loses records as soon as one send goes to several brokers:
 *
 * - When one broker fails, it begins the next try at once, while the requests to the others are still under way. Those
 *   are asked again, under sequence numbers that count on from the first request: the broker takes both for new.
 *   CONCURRENT_TRANSACTIONS, the usual answer just after a commit, is such a failure; no broker need be in trouble.
 * - It notes which *broker* has answered. When leaders move between two tries, a partition that has moved to a broker that
 *   has answered is never sent, and one that has moved away from there is sent twice.
 *
 * Here a try ends when all of its requests have ended, answers are noted by partition, and only partitions without one
 * are asked again, under the sequence numbers that they had. A transaction's partitions are announced all at once.
 */
import { groupMessagesPerPartition } from './group-messages.ts';

/** What a broker says of one partition. */
interface PartitionAnswer {
  topicName: string;
  partition: number;
  errorCode: number;
  baseOffset?: string;
}

/** One batch, as kafkajs' produce request wants it. */
interface PartitionBatch {
  partition: number;
  messages: unknown[];
  firstSequence?: number;
}

interface TopicData {
  topic: string;
  partitions: PartitionBatch[];
}

interface ProduceAnswer {
  topics: { topicName: string; partitions: Omit<PartitionAnswer, 'topicName'>[] }[];
}

interface Broker {
  nodeId: number;
  produce(request: object): Promise<ProduceAnswer>;
}

interface Cluster {
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): unknown[];
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(wanted: { nodeId: string }): Promise<Broker>;
  removeBroker(address: { host: string; port: number }): void;
  isConnected(): boolean;
  connect(): Promise<void>;
}

interface EosManager {
  isTransactional(): boolean;
  getTransactionalId(): string;
  getProducerId(): number;
  getProducerEpoch(): number;
  getSequence(topic: string, partition: number): number;
  updateSequence(topic: string, partition: number, increment: number): void;
  acquireBrokerLock(broker: Broker): Promise<void>;
  releaseBrokerLock(broker: Broker): Promise<void>;
  addPartitionsToTransaction(topicData: TopicData[]): Promise<void>;
  /** Of a transaction, in the protocol that is spoken; see `eos-manager.ts`. */
  produce?(broker: Broker, request: object): Promise<ProduceAnswer>;
}

/** kafkajs' errors, as far as they are looked at here. */
interface SendError {
  name?: string;
  type?: string;
  message?: string;
  retriable?: boolean;
  host?: string;
  port?: number;
}

/** What kafkajs makes the function of. */
export interface SendMessagesParts {
  logger: { debug(text: string, more?: object): void; error(text: string, more?: object): void };
  cluster: Cluster;
  partitioner: (args: { topic: string; partitionMetadata: unknown[]; message: unknown }) => number;
  eosManager: EosManager;
  retrier: <T>(
    work: (bail: (error: unknown) => void, retryCount: number, retryTime: number) => Promise<T>,
  ) => Promise<T>;
}

/** One send. */
export interface SendMessagesRequest {
  acks: number;
  timeout?: number;
  compression?: number;
  topicMessages: { topic: string; messages: unknown[] }[];
}

const STALE_METADATA = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);
const NOT_CONNECTED = new Set([
  'KafkaJSMetadataNotLoaded',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSBrokerNotFound',
]);

/** The markers of the last transaction are still being written: nothing to do with metadata. */
const BUSY = 'CONCURRENT_TRANSACTIONS';

/** May the same be tried again? */
function isWorthAnotherTry(error: SendError): boolean {
  return STALE_METADATA.has(error.type ?? '') || NOT_CONNECTED.has(error.name ?? '') || error.retriable === true;
}

/**
 * Makes the function that kafkajs' producer calls for each send.
 * @param metadataError makes the error of a topic without metadata, in kafkajs' own class
 */
export function createSendMessages(
  { logger, cluster, partitioner, eosManager, retrier }: SendMessagesParts,
  metadataError: (message: string) => Error,
) {
  /** The partitions of a send that have not answered yet, by the node that leads them now. */
  async function openRequests(
    { topicMessages }: SendMessagesRequest,
    answered: ReadonlyMap<string, unknown>,
  ): Promise<Map<string, TopicData[]>> {
    await cluster.refreshMetadataIfNecessary();
    const byNode = new Map<string, TopicData[]>();
    for (const { topic, messages } of topicMessages) {
      const partitionMetadata = cluster.findTopicPartitionMetadata(topic);
      if (partitionMetadata.length === 0) throw metadataError('Producing to topic without metadata');
      const grouped = groupMessagesPerPartition({ topic, partitionMetadata, messages, partitioner });
      const open = Object.keys(grouped)
        .map(Number)
        .filter((partition) => !answered.has(`${topic}/${partition}`));
      if (open.length === 0) continue;
      for (const [nodeId, partitions] of Object.entries(cluster.findLeaderForPartitions(topic, open))) {
        const own = byNode.get(nodeId) ?? [];
        own.push({ topic, partitions: partitions.map((one) => ({ partition: one, messages: grouped[one] ?? [] })) });
        byNode.set(nodeId, own);
      }
    }
    return byNode;
  }

  /** Counts the sequence numbers of a request on, or back when it failed. */
  function count(topicData: TopicData[], direction: 1 | -1): void {
    for (const { topic, partitions } of topicData) {
      for (const batch of partitions) {
        if (direction === 1) batch.firstSequence = eosManager.getSequence(topic, batch.partition);
        eosManager.updateSequence(topic, batch.partition, direction * batch.messages.length);
      }
    }
  }

  const produce = (broker: Broker, request: object): Promise<ProduceAnswer> =>
    eosManager.produce?.(broker, request) ?? broker.produce(request);

  /** One request to one broker. */
  async function ask(
    broker: Broker,
    topicData: TopicData[],
    { acks, timeout, compression }: SendMessagesRequest,
  ): Promise<PartitionAnswer[]> {
    await eosManager.acquireBrokerLock(broker);
    try {
      count(topicData, 1);
      try {
        const response = await produce(broker, {
          transactionalId: eosManager.isTransactional() ? eosManager.getTransactionalId() : undefined,
          producerId: eosManager.getProducerId(),
          producerEpoch: eosManager.getProducerEpoch(),
          acks,
          timeout,
          compression,
          topicData,
        });
        if (acks === 0) return [];
        return response.topics.flatMap(({ topicName, partitions }) =>
          partitions.map((partition) => ({ topicName, ...partition })),
        );
      } catch (error) {
        count(topicData, -1);
        throw error;
      }
    } finally {
      await eosManager.releaseBrokerLock(broker);
    }
  }

  /** One try; notes every answer, and throws when a partition has none. */
  async function sendOpen(request: SendMessagesRequest, answered: Map<string, PartitionAnswer[]>): Promise<void> {
    const byNode = await openRequests(request, answered);
    if (eosManager.isTransactional()) await eosManager.addPartitionsToTransaction([...byNode.values()].flat());
    const results = await Promise.allSettled(
      [...byNode].map(async ([nodeId, topicData]) => {
        const answers = await ask(await cluster.findBroker({ nodeId }), topicData, request);
        for (const { topic, partitions } of topicData) {
          for (const { partition } of partitions) {
            const own = answers.filter((one) => one.topicName === topic && one.partition === partition);
            answered.set(`${topic}/${partition}`, own);
          }
        }
      }),
    );
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as SendError] : []));
    for (const { name, host, port } of failures) {
      if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined) {
        cluster.removeBroker({ host, port });
      }
    }
    // What cannot succeed decides, whatever else failed.
    const failure = failures.find((one) => !isWorthAnotherTry(one)) ?? failures[0];
    if (failure !== undefined) throw failure;
  }

  return (request: SendMessagesRequest): Promise<PartitionAnswer[]> => {
    const answered = new Map<string, PartitionAnswer[]>();
    return retrier(async (bail, retryCount, retryTime) => {
      try {
        await cluster.addMultipleTargetTopics(request.topicMessages.map(({ topic }) => topic));
        await sendOpen(request, answered);
      } catch (thrown) {
        const error = thrown as SendError;
        logger.error(`Failed to send messages: ${error.message}`, { retryCount, retryTime });
        if (!isWorthAnotherTry(error)) bail(error);
        if (!cluster.isConnected()) await cluster.connect();
        if (error.type !== BUSY) await cluster.refreshMetadata();
        throw error;
      }
      return [...answered.values()].flat();
    });
  };
}
