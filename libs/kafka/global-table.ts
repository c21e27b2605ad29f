/**
 * A whole compacted topic in memory, on every instance, like Kafka Streams' GlobalKTable: settings, tenants, links.
 *
 * It reads all partitions from their beginning, is ready when it has reached the ends that they had when it was started,
 * and follows them from then on. Until it is ready it must not be asked, since half of a topic may say the opposite of
 * the whole. Changes are reported one by one, in order within a partition; also those read before it is ready.
 *
 * Errors of the broker are waited out; meanwhile the table answers with what it knows, and `status().behind` says that
 * it may be old. A record that cannot be decoded is reported and skipped: the older value of that key stays, as the new
 * one is not known.
 *
 * Memory is the limit: one entry per key. Meant for thousands of keys, not for millions.
 */
import { hasProtocolType, KafkaError, toKafkaError } from './errors.ts';
import type { KafkaConfig } from './options.ts';
import { createPartitionReader, type Position, type Slice } from './partition-reader.ts';
import type { ConsumedRecord } from './records.ts';
import { backoffMs, pauseFor } from './time.ts';

/** Settings of a table of values `V`. */
export interface GlobalTableOptions<V> {
  kafka: KafkaConfig;
  /** Compacted topic, without prefix. */
  topic: string;
  /** Default ''. */
  topicPrefix?: string;
  /**
   * The partition where a key's records are. After topics have got more partitions, older records of a key may lie in
   * another one, where they say what is no longer so: those are passed over. Default: wherever they are.
   */
  homeOf?: (key: string, partitions: number) => number;
  /** Makes a value of a record; called for records with a value only. May throw. */
  decode: (record: ConsumedRecord) => V | Promise<V>;
  /** Told of each change; `value` undefined: deleted. */
  onChange?: (key: string, value: V | undefined, previous: V | undefined) => void;
  /** Told of each record that `decode` refused, or that has no key. */
  onUndecodable: (record: ConsumedRecord, error: unknown) => void;
}

/** A table. */
export interface GlobalTable<V> {
  /** Begins to read. Resolves when the table is ready; rejects with `closed` if it is stopped before. */
  start(): Promise<void>;
  get(key: string): V | undefined;
  entries(): IterableIterator<[string, V]>;
  size(): number;
  /** Offset up to which a partition has been taken in; undefined before it was looked at. */
  position(partition: number): bigint | undefined;
  /** ready: the ends at start have been reached. behind: why the table may be out of date, or null. */
  status(): { ready: boolean; behind: KafkaError | null };
  stop(): Promise<void>;
}

/** Longest wait of one fetch when nothing comes; `stop` waits for it. */
const FOLLOW_WAIT_MS = 500;
const RETRY_BACKOFF = { firstMs: 100, maxMs: 5_000 };

export function createGlobalTable<V>(options: GlobalTableOptions<V>): GlobalTable<V> {
  const topic = (options.topicPrefix ?? '') + options.topic;
  const reader = createPartitionReader(options.kafka);
  const values = new Map<string, V>();
  const stopping = new AbortController();
  const caughtUp = Promise.withResolvers<void>();
  caughtUp.promise.catch(() => undefined); // Whoever did not call start() need not handle its end.
  let ready = false;
  let behind: KafkaError | null = null;
  let running: Promise<void> | null = null;

  const apply = async (record: ConsumedRecord): Promise<void> => {
    const named = { ...record, topic: options.topic };
    try {
      if (record.key === null) throw new KafkaError('handler', 'a record without a key in a compacted topic');
      const key = record.key.toString();
      if (options.homeOf !== undefined && options.homeOf(key, positions.size) !== record.partition) return;
      const previous = values.get(key);
      if (record.value === null) {
        if (values.delete(key)) options.onChange?.(key, undefined, previous);
        return;
      }
      const value = await options.decode(named);
      values.set(key, value);
      options.onChange?.(key, value, previous);
    } catch (error) {
      options.onUndecodable(named, error);
    }
  };

  /** Where each partition stands, and where it has to get to for the table to be ready. */
  const positions = new Map<number, Position>();
  const targets = new Map<number, bigint>();

  const begin = async (): Promise<void> => {
    const partitions = await reader.partitions(topic);
    for (const [partition, { first, end }] of await reader.ends(topic, partitions)) {
      if (positions.has(partition)) continue;
      positions.set(partition, { topic, partition, offset: first });
      targets.set(partition, end);
    }
  };

  const take = async (slice: Slice): Promise<void> => {
    for (const record of slice.records) await apply(record);
    positions.set(slice.partition, { topic, partition: slice.partition, offset: slice.nextOffset });
  };

  const isCaughtUp = (): boolean =>
    [...targets].every(([partition, target]) => (positions.get(partition)?.offset ?? 0n) >= target);

  /** The log was cut behind us (a topic made anew, records deleted): from what exists, again. */
  const rewind = async (): Promise<void> => {
    for (const [partition, { first, end }] of await reader.ends(topic, [...positions.keys()])) {
      const at = positions.get(partition)?.offset ?? 0n;
      if (at < first || at > end) positions.set(partition, { topic, partition, offset: first });
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        if (positions.size === 0) await begin();
        if (!ready && isCaughtUp()) {
          ready = true;
          caughtUp.resolve();
        }
        const slices = await reader.fetch([...positions.values()], ready ? FOLLOW_WAIT_MS : 50);
        for (const slice of slices) await take(slice);
        failures = 0;
        behind = null;
      } catch (error) {
        if (stopping.signal.aborted) break;
        failures += 1;
        behind = toKafkaError(error, `reading ${topic}`);
        if (failures === 5)
          options.kafka.logger.warn({ err: behind, topic }, 'a table cannot be read on; it may be out of date');
        if (hasProtocolType(error, 'OFFSET_OUT_OF_RANGE')) await rewind().catch(() => undefined);
        await pauseFor(backoffMs(failures, RETRY_BACKOFF), stopping.signal);
      }
    }
    caughtUp.reject(new KafkaError('closed', `the table of ${topic} was stopped before it was read`));
  };

  return {
    start() {
      running ??= run();
      return caughtUp.promise;
    },
    get: (key) => values.get(key),
    entries: () => values.entries(),
    size: () => values.size,
    position: (partition) => positions.get(partition)?.offset,
    status: () => ({ ready, behind }),
    async stop() {
      stopping.abort();
      await reader.close();
      await running;
    },
  };
}
