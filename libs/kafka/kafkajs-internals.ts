/**
 * The parts of kafkajs that are not in its public interface and are needed all the same: reading a partition without a
 * consumer group, and the encoding of what members of a group tell each other. Everything that depends on them is in
 * this file and in `patch/`; the version check there covers both.
 */
import type { Kafka as KafkaInstance } from 'kafkajs';
import { KafkaError } from './errors.ts';
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

/** kafkajs' connection to one broker. */
export interface InternalBroker {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
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
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
}

type CreateCluster = (options: {
  metadataMaxAge: number;
  allowAutoTopicCreation: boolean;
  isolationLevel: number;
}) => InternalCluster;

/** How old metadata may get before it is read anew; errors refresh it at once. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * A cluster connection of its own, for reading partitions.
 * @param isolationLevel decides what "latest offset" means: the end of the log, or the last stable offset
 */
export function createCluster(kafka: KafkaInstance, isolationLevel: number): InternalCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((one) => one.description === 'private:Kafka:createCluster');
  if (symbol === undefined) throw new KafkaError('kafkajs-version', 'kafkajs has no createCluster');
  const create = (kafka as unknown as Record<symbol, CreateCluster>)[symbol];
  if (create === undefined) throw new KafkaError('kafkajs-version', 'kafkajs has no createCluster');
  return create({ metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false, isolationLevel });
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
