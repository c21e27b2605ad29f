/**
 * The parts of kafkajs that are not in its public interface and are needed all the same: reading a partition without a
 * consumer group, and the encoding of what members of a group tell each other. Everything that depends on them is in
 * this file, `offset-fetch.ts` and `patch/`; the version check there covers them all.
 */
import type { Kafka as KafkaInstance } from 'kafkajs';
import { KafkaError } from './errors.ts';
import { createFetchSession, type FetchTopic } from './fetch-session.ts';
import type { RawRecord } from './patch/abort-filter.ts';
import { requireInternal } from './patch/install.ts';
import './kafkajs.ts';

/** Isolation levels of the protocol. */
export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;

/** A decoded record with all that kafkajs knows of it. */
export interface DecodedRecord extends RawRecord {
  /** Milliseconds since the epoch, decimal. */
  timestamp: string;
  value: Buffer | null;
  headers: Record<string, Buffer | string | (Buffer | string)[] | undefined>;
}

/** One partition of a fetch answer. */
export interface FetchedPartition {
  partition: number;
  /** End of the log that consumers may see at all. */
  highWatermark: string;
  abortedTransactions: { producerId: string; firstOffset: string }[] | null;
  messages: DecodedRecord[];
}

/** Who speaks of a transaction. */
export interface TransactionOwner {
  transactionalId: string;
  producerId: string;
  producerEpoch: number;
}

/** kafkajs' connection to one broker. */
export interface InternalBroker {
  /** Node id of the broker, decimal. */
  nodeId: number | null;
  isConnected(): boolean;
  /** Sends a request that kafkajs itself does not know. */
  connectionPool: { send(call: { request: object; response: object }): Promise<unknown> };
  /** kafkajs' version of a request that both sides speak. */
  lookupRequest(apiKey: number, versions: unknown): (request: object) => ProtocolCall;
  disconnect(): Promise<void>;
  listOffsets(request: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { offset: string }[] }[] }>;
  initProducerId(request: {
    transactionalId: string;
    transactionTimeout: number;
  }): Promise<{ producerId: string; producerEpoch: number }>;
  addPartitionsToTxn(
    request: TransactionOwner & { topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>;
  addOffsetsToTxn(request: TransactionOwner & { groupId: string }): Promise<unknown>;
  endTxn(request: TransactionOwner & { transactionResult: boolean }): Promise<unknown>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: FetchTopic[];
  }): Promise<FetchAnswer>;
}

/** An answer to a fetch; error and session are there from version 7 of the request on. */
interface FetchAnswer {
  errorCode?: number;
  sessionId?: number;
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}

/** A request in the version that is spoken, ready to be sent. */
interface ProtocolCall {
  request: { apiVersion: number };
  response: object;
}

/** kafkajs' view of the cluster: metadata and connections. */
export interface InternalCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<InternalBroker>;
  findGroupCoordinator(wanted: { groupId: string; coordinatorType?: number }): Promise<InternalBroker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

interface ClusterOptions {
  metadataMaxAge: number;
  allowAutoTopicCreation: boolean;
  isolationLevel: number;
}

type CreateCluster = (options: ClusterOptions) => InternalCluster;

/** Where kafkajs keeps the function that makes a client's cluster. */
function clusterFactory(kafka: KafkaInstance): { get(): CreateCluster; set(next: CreateCluster): void } {
  const symbol = Object.getOwnPropertySymbols(kafka).find((one) => one.description === 'private:Kafka:createCluster');
  const holder = kafka as unknown as Record<symbol, CreateCluster>;
  const found = symbol === undefined ? undefined : holder[symbol];
  if (symbol === undefined || found === undefined)
    throw new KafkaError('kafkajs-version', 'kafkajs has no createCluster');
  return {
    get: () => found,
    set: (next) => {
      holder[symbol] = next;
    },
  };
}

/** How old metadata may get before it is read anew; errors refresh it at once. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * A cluster connection of its own, for reading partitions.
 * @param isolationLevel decides what "latest offset" means: the end of the log, or the last stable offset
 */
export function createCluster(kafka: KafkaInstance, isolationLevel: number): InternalCluster {
  const create = clusterFactory(kafka).get();
  return create({ metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false, isolationLevel });
}

const FETCH = 1;
const fetchVersions: unknown = requireInternal('protocol/requests/fetch/index.js');
const { createErrorFromCode } = requireInternal('protocol/error.js') as { createErrorFromCode(code: number): Error };
/** The first version of Fetch that has sessions. */
const SESSION_VERSION = 7;
/** The second opens a new session where the first met one that the broker does not know. */
const SESSION_TRIES = 2;

/** Makes the fetches of this instance's clients use a session with each broker; see `fetch-session.ts`. */
export function useFetchSessions(kafka: KafkaInstance): void {
  const factory = clusterFactory(kafka);
  const create = factory.get();
  factory.set((options) => {
    const cluster = create(options);
    const find = cluster.findBroker.bind(cluster);
    const prepared = new WeakSet<InternalBroker>();
    cluster.findBroker = async (node) => {
      const broker = await find(node);
      if (!prepared.has(broker)) fetchInSession(broker);
      prepared.add(broker);
      return broker;
    };
    return cluster;
  });
}

/** Only one fetch at a time may be under way: kafkajs' consumer and our reader keep to that. */
function fetchInSession(broker: InternalBroker): void {
  const session = createFetchSession();
  const plain = broker.fetch.bind(broker);
  broker.fetch = async (request) => {
    const versionOf = broker.lookupRequest(FETCH, fetchVersions);
    for (let tries = 1; ; tries++) {
      const call = versionOf({ ...request, ...session.next(request.topics) });
      if (call.request.apiVersion < SESSION_VERSION) return await plain(request);
      try {
        const answer = (await broker.connectionPool.send(call)) as FetchAnswer;
        const { errorCode = 0, sessionId = 0 } = answer;
        if (session.accept({ errorCode, sessionId })) {
          if (errorCode === 0) return answer;
          throw createErrorFromCode(errorCode);
        }
        if (tries === SESSION_TRIES) throw createErrorFromCode(errorCode);
      } catch (error) {
        session.forget();
        if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect();
        throw error;
      }
    }
  };
}

/** For how long a transactional producer relies on what it was told of its coordinators. */
const COORDINATOR_MAX_AGE_MS = 30_000;

/**
 * Makes the clients of this instance remember their coordinators. kafkajs asks who the coordinator is before each call
 * of a transaction, which doubles the number of round trips (nine, where five do). Only for transactional producers: a
 * coordinator that has moved makes the call fail, and a producer that failed is thrown away with all it remembers.
 */
export function rememberCoordinators(kafka: KafkaInstance): void {
  const factory = clusterFactory(kafka);
  const create = factory.get();
  factory.set((options) => {
    const cluster = create(options);
    const find = cluster.findGroupCoordinator.bind(cluster);
    const known = new Map<string, { broker: InternalBroker; sinceMs: number }>();
    cluster.findGroupCoordinator = async (wanted) => {
      const key = `${wanted.coordinatorType ?? 0} ${wanted.groupId}`;
      const found = known.get(key);
      const fresh = found !== undefined && Date.now() - found.sinceMs < COORDINATOR_MAX_AGE_MS;
      if (fresh && found.broker.isConnected()) return found.broker;
      const broker = await find(wanted);
      known.set(key, { broker, sinceMs: Date.now() });
      return broker;
    };
    return cluster;
  });
}

/**
 * Makes the consumers of this instance look for their coordinator anew when it cannot be reached. kafkajs keeps the
 * broker that it joined at, and a heartbeat that finds it gone is repeated to the same broker for as long as the
 * consumer's retries last; with ours, for good (K8): the group would stand still until that broker came back. From the
 * second such heartbeat in a row on it is told "not your coordinator", which it answers by finding the new one and joining.
 * One lost connection alone is healed by kafkajs and costs no rebalance.
 */
export function leaveLostCoordinators(kafka: KafkaInstance): void {
  const factory = clusterFactory(kafka);
  const create = factory.get();
  factory.set((options) => {
    const cluster = create(options);
    const find = cluster.findGroupCoordinator.bind(cluster);
    const watched = new WeakSet<InternalBroker>();
    cluster.findGroupCoordinator = async (wanted) => {
      const broker = await find(wanted);
      if (!watched.has(broker)) watchHeartbeats(broker);
      watched.add(broker);
      return broker;
    };
    return cluster;
  });
}

function watchHeartbeats(broker: InternalBroker): void {
  const heartbeat = broker.heartbeat.bind(broker);
  let lost = 0;
  broker.heartbeat = async (request) => {
    try {
      const answer = await heartbeat(request);
      lost = 0;
      return answer;
    } catch (error) {
      const answered = error instanceof Error && error.name === 'KafkaJSProtocolError';
      lost = answered ? 0 : lost + 1;
      if (lost < 2) throw error;
      const moved = new Error(`the coordinator of ${request.groupId} cannot be reached`, { cause: error });
      throw Object.assign(moved, { type: 'NOT_COORDINATOR_FOR_GROUP', retriable: true });
    }
  };
}

/** kafkajs' batch: what one fetch gave for one partition, after the filter. */
export interface InternalBatch {
  /** The offset that was asked for. */
  fetchedOffset: string;
  /** What a read_committed reader may see. */
  messages: DecodedRecord[];
  /** Offset of the last record, invisible ones included. */
  lastOffset(): string;
  isEmptyIncludingFiltered(): boolean;
}

/** Applies kafkajs' own (patched) filter to a fetched partition. */
export const BatchClass = requireInternal('consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  partition: FetchedPartition,
) => InternalBatch;
