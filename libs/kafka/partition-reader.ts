/**
 * Reads partitions directly, without a consumer group: for restoring a task's state from its changelog, for tables that
 * every instance holds whole, and for tools that look at topics.
 *
 * kafkajs has no `assign()`. The usual way round it is a consumer with a group id of its own, which costs a join (some
 * hundred milliseconds), leaves groups to be deleted, and cannot see the end of a partition whose last records are
 * aborted or are markers: such records never reach the application, so "have I read everything?" has no answer short of
 * writing a record and waiting for it. This module sends Fetch requests itself, through kafkajs' cluster and broker
 * objects. It sees every offset that goes by, markers and aborted records included, and therefore *knows* when it has
 * reached an end that was asked for. The first record comes after one request.
 *
 * Records are read_committed. A transaction that another producer holds open keeps the reader from the end until it is
 * settled; `readTo` waits for it up to its stall limit. After a fence there is none by that task's own producer.
 *
 * Fetches of one reader take turns: kafkajs copies all it has buffered of a connection for each answer, and several large
 * answers at once cost a third of the speed (measured: 300 k against 450 k records of 440 bytes a second, eight
 * partitions). While the caller works on what it got, the next fetch is already under way.
 */
import { closeKafka, createKafka } from './client.ts';
import { hasProtocolType, KafkaError, toKafkaError } from './errors.ts';
import {
  BatchClass,
  createCluster,
  type InternalCluster,
  READ_COMMITTED,
  READ_UNCOMMITTED,
  useFetchSessions,
} from './kafkajs-internals.ts';
import type { KafkaConfig } from './options.ts';
import { type ConsumedRecord, toRecord } from './records.ts';
import { backoffMs, pauseFor, withDeadline } from './time.ts';

/** A place in a partition. */
export interface Position {
  /** Topic, with prefix. */
  topic: string;
  partition: number;
  /** Offset of the next record to be read. */
  offset: bigint;
}

/** What one fetch gave for one partition. */
export interface Slice {
  topic: string;
  partition: number;
  records: ConsumedRecord[];
  /** Where to go on: past everything that was seen, markers and aborted records included. */
  nextOffset: bigint;
  /** End of the log, as the broker told with these records. */
  highWatermark: bigint;
}

/** First offset that still exists, and the offset that the next record will get. */
export interface PartitionEnds {
  first: bigint;
  end: bigint;
}

/** What to read, and how long to wait. */
export interface ReadOptions {
  /** Topic, with prefix. */
  topic: string;
  partition: number;
  /** First offset wanted. Older than the log's beginning: reading begins there. */
  from: bigint;
  /** Read up to here, exclusive; see {@link PartitionReader.ends}. */
  to: bigint;
  /** Gets the records of one fetch, in order; the next call waits for it. */
  onRecords: (records: ConsumedRecord[]) => Promise<void> | void;
  /** Stops the reading early; `readTo` then throws `closed`. */
  signal?: AbortSignal;
  /** Without any progress for this long it throws `restore-stalled`. Default 15,000 ms. */
  stallTimeoutMs?: number;
}

/** Reads partitions without a group. */
export interface PartitionReader {
  /** Numbers of the partitions of a topic. Throws `topic-missing`. */
  partitions(topic: string): Promise<number[]>;
  /** Beginning and end of partitions. */
  ends(topic: string, partitions: number[]): Promise<Map<number, PartitionEnds>>;
  /** Last stable offset of a partition: every transaction below it is settled. Not behind an `end` asked for before. */
  lastStable(topic: string, partition: number): Promise<bigint>;
  /** Reads a range of one partition. Returns how many records it delivered. */
  readTo(options: ReadOptions): Promise<number>;
  /**
   * One fetch for any number of positions, of each at most `partitionBytes` as the broker has them (or one batch); an empty
   * list when nothing came within `maxWaitMs`. Throws on any error.
   */
  fetch(positions: Position[], maxWaitMs: number, partitionBytes?: number): Promise<Slice[]>;
  /** Disconnects. Reads under way fail with `closed`. */
  close(): Promise<void>;
}

/**
 * Bytes of one fetch for one partition, and for all together. Large, as a restore wants throughput; but as they are on the
 * broker: compressed records become five to ten times as many here.
 */
const PARTITION_BYTES = 512 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
/** The same of `readTo`: a task that is restored holds two of them at a time, and eight tasks are restored at once. */
const RANGE_BYTES = 192 * 1024;
/** While restoring, ask again soon: the end may be a marker that is just being written. */
const RESTORE_WAIT_MS = 20;
const STALL_TIMEOUT_MS = 15_000;
const CALL_TIMEOUT_MS = 15_000;
const DISCONNECT_TIMEOUT_MS = 2_000;
/** In a request for offsets: no replica asks; the latest one is wanted. */
const CONSUMER = -1;
const LATEST = -1;
const RETRY_BACKOFF = { firstMs: 50, maxMs: 1_000 };

/** A topic just made, or a broker that just went: the next answer, after a look at the metadata, is a good one. */
const LEADER_MOVES = ['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE'];

/** Makes a reader; it connects with its first use. */
export function createPartitionReader(config: KafkaConfig): PartitionReader {
  // "Latest" is the end of the log here, not the last stable offset: open transactions count as not yet read.
  const kafka = createKafka(config, 'admin');
  useFetchSessions(kafka);
  const cluster = createCluster(kafka, READ_UNCOMMITTED);
  let closed = false;
  /** One connect for all who come first: kafkajs counts a broker as connected before it knows what the broker speaks. */
  let connecting: Promise<void> | null = null;

  const ready = async (topic: string): Promise<void> => {
    if (closed) throw new KafkaError('closed', 'the partition reader is closed');
    if (!cluster.isConnected()) connecting ??= cluster.connect();
    await connecting;
    await cluster.addMultipleTargetTopics([topic]);
    await cluster.refreshMetadataIfNecessary();
  };

  /** Deadline, and the errors that metadata cures. */
  const call = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(work(), CALL_TIMEOUT_MS, doing);
    } catch (error) {
      if (closed) throw new KafkaError('closed', 'the partition reader is closed', { cause: error });
      forgetBroker(cluster, error);
      connecting = null;
      await withDeadline(cluster.refreshMetadata(), CALL_TIMEOUT_MS, 'metadata').catch(() => undefined);
      throw toKafkaError(error, doing);
    }
  };

  let lastFetch: Promise<unknown> = Promise.resolve();

  const fetch = (positions: Position[], maxWaitMs: number, partitionBytes = PARTITION_BYTES): Promise<Slice[]> => {
    const mine = lastFetch.then(() => fetchNow(positions, maxWaitMs, partitionBytes));
    lastFetch = mine.catch(() => undefined);
    return mine;
  };

  const fetchNow = (positions: Position[], maxWaitMs: number, partitionBytes: number): Promise<Slice[]> =>
    call('fetch', async () => {
      for (const topic of new Set(positions.map((one) => one.topic))) await ready(topic);
      const slices = await Promise.all(
        [...byLeader(cluster, positions)].map(([nodeId, mine]) =>
          fetchFrom(cluster, nodeId, mine, maxWaitMs, partitionBytes),
        ),
      );
      return slices.flat();
    });

  const partitions = (topic: string): Promise<number[]> =>
    call(`partitions of ${topic}`, async () => {
      await ready(topic);
      // Asked rarely, and then about now: there may be more than a minute ago.
      await cluster.refreshMetadata();
      const found = cluster.findTopicPartitionMetadata(topic).map((one) => one.partitionId);
      if (found.length === 0) throw new KafkaError('topic-missing', `topic ${topic} does not exist`);
      return found.sort((a, b) => a - b);
    });

  const ends = (topic: string, wanted: number[]): Promise<Map<number, PartitionEnds>> =>
    untilLed(() => endsNow(topic, wanted));

  const endsNow = (topic: string, wanted: number[]): Promise<Map<number, PartitionEnds>> =>
    call(`ends of ${topic}`, async () => {
      await ready(topic);
      const request = wanted.map((partition) => ({ partition }));
      const ask = async (fromBeginning: boolean) => {
        const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: request, fromBeginning }]);
        return new Map(answer?.partitions.map((one) => [one.partition, BigInt(one.offset)]));
      };
      const [first, end] = await Promise.all([ask(true), ask(false)]);
      return new Map(
        wanted.map((partition) => [partition, { first: first.get(partition) ?? 0n, end: end.get(partition) ?? 0n }]),
      );
    });

  const lastStable = (topic: string, partition: number): Promise<bigint> =>
    untilLed(() =>
      call(`last stable offset of ${topic}`, async () => {
        await ready(topic);
        const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
        const answer = await (await cluster.findBroker({ nodeId })).listOffsets({
          replicaId: CONSUMER,
          isolationLevel: READ_COMMITTED,
          topics: [{ topic, partitions: [{ partition, timestamp: LATEST }] }],
        });
        return BigInt(answer.responses[0]?.partitions[0]?.offset ?? '0');
      }),
    );

  const readTo = (options: ReadOptions): Promise<number> => readRange({ fetch, ends }, options);

  const close = async (): Promise<void> => {
    closed = true;
    await withDeadline(cluster.disconnect(), DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(kafka);
  };

  return { partitions, ends, lastStable, readTo, fetch, close };
}

/** Asks again, for as long as one call may take, while a partition is without a leader or has just got another. */
async function untilLed<T>(ask: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      const moving = LEADER_MOVES.some((type) => hasProtocolType(error, type));
      if (!moving || Date.now() - begun > CALL_TIMEOUT_MS) throw error;
      await pauseFor(backoffMs(failures, RETRY_BACKOFF));
    }
  }
}

/** Positions by the broker that leads their partition. */
function byLeader(cluster: InternalCluster, positions: Position[]): Map<string, Position[]> {
  const result = new Map<string, Position[]>();
  for (const position of positions) {
    const leaders = cluster.findLeaderForPartitions(position.topic, [position.partition]);
    const nodeId = Object.keys(leaders)[0];
    if (nodeId === undefined)
      throw new KafkaError('topic-missing', `no partition ${position.partition} of ${position.topic}`);
    result.set(nodeId, [...(result.get(nodeId) ?? []), position]);
  }
  return result;
}

async function fetchFrom(
  cluster: InternalCluster,
  nodeId: string,
  positions: Position[],
  maxWaitMs: number,
  partitionBytes: number,
): Promise<Slice[]> {
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.fetch({
    isolationLevel: READ_COMMITTED,
    maxWaitTime: maxWaitMs,
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    topics: positions.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, fetchOffset: offset.toString(), maxBytes: partitionBytes }],
    })),
  });
  const slices: Slice[] = [];
  for (const { topicName, partitions } of responses) {
    for (const data of partitions) {
      const asked = positions.find((one) => one.topic === topicName && one.partition === data.partition);
      if (asked === undefined) continue;
      const batch = new BatchClass(topicName, asked.offset.toString(), data);
      const last = batch.isEmptyIncludingFiltered() ? asked.offset - 1n : BigInt(batch.lastOffset());
      slices.push({
        topic: topicName,
        partition: data.partition,
        records: batch.messages.map((message) => toRecord(topicName, data.partition, message)),
        nextOffset: last + 1n > asked.offset ? last + 1n : asked.offset,
        highWatermark: BigInt(data.highWatermark),
      });
    }
  }
  return slices;
}

/** A lost connection must be forgotten, or kafkajs goes on using the broker object that had it. */
function forgetBroker(cluster: InternalCluster, error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'KafkaJSConnectionClosedError') return;
  const { host, port } = error as Error & { host?: string; port?: number };
  if (host !== undefined && port !== undefined) cluster.removeBroker({ host, port });
}

/** `readTo`: fetch, hand on, fetch; one fetch ahead of the caller; gives up after a stall. */
async function readRange(reader: Pick<PartitionReader, 'fetch' | 'ends'>, options: ReadOptions): Promise<number> {
  const { topic, partition, to, onRecords, signal, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  let offset = options.from;
  let delivered = 0;
  let failures = 0;
  let progressMs = Date.now();
  let ahead: Promise<Slice | undefined> | null = null;
  const fetchAt = (at: bigint): Promise<Slice | undefined> =>
    reader.fetch([{ topic, partition, offset: at }], RESTORE_WAIT_MS, RANGE_BYTES).then((slices) => slices[0]);

  while (offset < to) {
    if (signal?.aborted) throw new KafkaError('closed', `reading ${topic}-${partition} was stopped`);
    if (Date.now() - progressMs > stallTimeoutMs) {
      throw new KafkaError(
        'restore-stalled',
        `${topic}-${partition} stands at ${offset} of ${to} for ${stallTimeoutMs} ms`,
      );
    }
    try {
      const slice: Slice | undefined = await (ahead ?? fetchAt(offset));
      ahead = null;
      failures = 0;
      if (slice === undefined || slice.nextOffset === offset) continue;
      offset = slice.nextOffset;
      progressMs = Date.now();
      if (offset < to) {
        ahead = fetchAt(offset);
        ahead.catch(() => undefined); // It is awaited in the next round; an error while the caller works is no crash.
      }
      const wanted = slice.records.filter((record) => record.offset < to);
      if (wanted.length > 0) await deliver(onRecords, wanted);
      delivered += wanted.length;
    } catch (error) {
      ahead = null;
      const problem = toKafkaError(error, `reading ${topic}-${partition}`);
      if (problem.code === 'handler' || problem.code === 'closed' || !problem.retriable) {
        const outOfRange = hasProtocolType(error, 'OFFSET_OUT_OF_RANGE');
        if (!outOfRange) throw problem;
        const first = (await reader.ends(topic, [partition])).get(partition)?.first ?? 0n;
        if (first <= offset) throw problem;
        offset = first;
      }
      failures += 1;
      await pauseFor(backoffMs(failures, RETRY_BACKOFF), signal);
    }
  }
  return delivered;
}

async function deliver(onRecords: ReadOptions['onRecords'], records: ConsumedRecord[]): Promise<void> {
  try {
    await onRecords(records);
  } catch (error) {
    throw new KafkaError('handler', 'the receiver of the records threw', { cause: error });
  }
}
