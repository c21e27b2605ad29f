/**
 * Moves records to where they belong after topics have got more partitions. For a command that runs while everything that
 * reads or writes them is stopped. Each partition is moved in one transaction, so that a crash in between leaves it moved or
 * not moved, and whoever repeats the whole thing ends up in the same place.
 */
import { createGroupOffsets } from './group-offsets.ts';
import type { KafkaConfig } from './options.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { ConsumedRecord, OutputRecord } from './records.ts';
import { TransactionalProducer } from './transactional-producer.ts';

/** What is moved, and to where. */
export interface RepartitionOptions {
  kafka: KafkaConfig;
  /** Reads what is there; the caller's to close. */
  reader: PartitionReader;
  topicPrefix: string;
  /** The partition that a record belongs to now. */
  homeOf: (record: ConsumedRecord) => number;
}

/** A move may be large, and nobody else waits for it: most of what a broker allows (fifteen minutes), milliseconds. */
const MOVE_TIMEOUT_MS = 600_000;

/**
 * Moves the last value of each key of one partition of a changelog that belongs elsewhere, and leaves a tombstone behind.
 * @param topic without prefix
 * @returns how many were moved
 */
export async function moveChangelog(options: RepartitionOptions, topic: string, partition: number): Promise<number> {
  const last = new Map<string, ConsumedRecord>();
  for (const record of await readAll(options, topic, partition, null)) last.set(record.key?.toString() ?? '', record);
  const strays = [...last.values()].filter(
    (record) => record.value !== null && options.homeOf({ ...record, topic }) !== partition,
  );
  if (strays.length === 0) return 0;
  await inTransaction(options, `${topic}-${partition}`, partition, async (producer) => {
    await sendHome(producer, options, strays, topic);
    await producer.send(strays.map((record) => ({ topic, key: record.key?.toString() ?? '', value: null })));
  });
  return strays.length;
}

/**
 * Appends all that a group has not read of one partition number, each record to the partition that it belongs to, and puts
 * the group behind what was there before. Nothing happens when all of it is where it belongs. A tombstone that lies elsewhere
 * is what `moveChangelog` left behind, and stays: moved along it would delete what was moved.
 * @param topics without prefix
 * @returns how many were moved
 */
export async function moveUnread(
  options: RepartitionOptions,
  groupId: string,
  topics: readonly string[],
  partition: number,
): Promise<number> {
  const { topicPrefix } = options;
  // Fenced first: whoever worked on this task is shut out, and its transaction is settled.
  return await inTransaction(options, `${groupId}-${partition}`, partition, async (producer) => {
    const offsets = createGroupOffsets(options.kafka, groupId);
    try {
      const names = topics.map((topic) => topicPrefix + topic);
      const committed = await offsets.read(names, partition);
      const unread = new Map<string, ConsumedRecord[]>();
      const ends: { topic: string; partition: number; offset: bigint }[] = [];
      for (const topic of topics) {
        const name = topicPrefix + topic;
        const found = await readAll(options, topic, partition, committed.get(name)?.offset ?? null);
        unread.set(
          topic,
          found.filter((record) => record.value !== null || options.homeOf({ ...record, topic }) === partition),
        );
        const end = (await options.reader.ends(name, [partition])).get(partition)?.end ?? 0n;
        ends.push({ topic: name, partition, offset: end });
      }
      const all = [...unread].flatMap(([topic, records]) => records.map((record) => ({ ...record, topic })));
      if (all.every((record) => options.homeOf(record) === partition)) return 0;
      for (const [topic, records] of unread) await sendHome(producer, options, records, topic);
      await producer.sendOffsets(groupId, ends);
      return all.length;
    } finally {
      await offsets.close();
    }
  });
}

/** Everything committed of a partition from an offset on; null: from the beginning. */
async function readAll(
  { reader, topicPrefix }: RepartitionOptions,
  topic: string,
  partition: number,
  from: bigint | null,
): Promise<ConsumedRecord[]> {
  const name = topicPrefix + topic;
  const found: ConsumedRecord[] = [];
  const { first, end } = (await reader.ends(name, [partition])).get(partition) ?? { first: 0n, end: 0n };
  const onRecords = (records: ConsumedRecord[]): void => void found.push(...records);
  await reader.readTo({ topic: name, partition, from: from ?? first, to: end, onRecords });
  return found;
}

/** Writes records of one topic to their homes, in order. */
async function sendHome(
  producer: TransactionalProducer,
  { homeOf }: RepartitionOptions,
  records: readonly ConsumedRecord[],
  topic: string,
): Promise<void> {
  const byHome = Map.groupBy(records, (record) => homeOf({ ...record, topic }));
  for (const [home, own] of byHome) {
    const outputs = own.map(({ key, value, headers }): OutputRecord => {
      return { topic, key: key?.toString() ?? '', value, headers };
    });
    await producer.send(outputs, home);
  }
}

async function inTransaction<T>(
  { kafka, topicPrefix }: RepartitionOptions,
  id: string,
  partition: number,
  work: (producer: TransactionalProducer) => Promise<T>,
): Promise<T> {
  const producer = await TransactionalProducer.fence({
    kafka,
    transactionalId: `${topicPrefix}${id}`,
    partition,
    topicPrefix,
    transactionTimeoutMs: MOVE_TIMEOUT_MS,
    callTimeoutMs: 60_000,
    compression: 'none',
  });
  try {
    await producer.begin();
    const result = await work(producer);
    await producer.commit();
    return result;
  } finally {
    await producer.discard();
  }
}
