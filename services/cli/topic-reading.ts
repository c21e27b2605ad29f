import type { Topic, TopicRecords } from '#contracts';
import { type ConsumedRecord, createPartitionReader } from '#kafka';
import { type Cluster, codecOf } from './cluster.ts';

/**
 * All records of a topic, or of one partition of it, up to its present end as they are, oldest first within a partition;
 * committed ones only.
 */
export async function readRaw(cluster: Cluster, topic: Topic, only?: number): Promise<ConsumedRecord[]> {
  const reader = createPartitionReader(cluster.kafka);
  const name = cluster.topicPrefix + topic;
  const found: ConsumedRecord[] = [];
  try {
    for (const [partition, { first, end }] of await reader.ends(
      name,
      only === undefined ? await reader.partitions(name) : [only],
    )) {
      const onRecords = (records: ConsumedRecord[]): void => void found.push(...records);
      await reader.readTo({ topic: name, partition, from: first, to: end, onRecords });
    }
    return found;
  } finally {
    await reader.close();
  }
}

/** The same, decoded; tombstones and records that cannot be read are left out. */
export async function readTopic<T extends Topic>(
  cluster: Cluster,
  topic: T,
  wanted: (record: TopicRecords[T]) => boolean = () => true,
): Promise<TopicRecords[T][]> {
  const codec = codecOf(cluster);
  const found: TopicRecords[T][] = [];
  for (const { value } of await readRaw(cluster, topic)) {
    if (value === null) continue;
    const record = await codec.decode(topic, value).catch(() => null);
    if (record !== null && wanted(record)) found.push(record);
  }
  return found;
}
