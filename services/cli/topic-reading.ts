import type { Topic, TopicRecords } from '#contracts';
import { createPartitionReader } from '#kafka';
import { type Cluster, codecOf } from './cluster.ts';

/** All records of a topic up to its present end, oldest first within a partition; committed ones only, tombstones left out. */
export async function readTopic<T extends Topic>(
  cluster: Cluster,
  topic: T,
  wanted: (record: TopicRecords[T]) => boolean = () => true,
): Promise<TopicRecords[T][]> {
  const codec = codecOf(cluster);
  const reader = createPartitionReader(cluster.kafka);
  const name = cluster.topicPrefix + topic;
  const found: TopicRecords[T][] = [];
  try {
    for (const [partition, { first, end }] of await reader.ends(name, await reader.partitions(name))) {
      await reader.readTo({
        topic: name,
        partition,
        from: first,
        to: end,
        onRecords: async (records) => {
          for (const { value } of records) {
            if (value === null) continue;
            const record = await codec.decode(topic, value);
            if (wanted(record)) found.push(record);
          }
        },
      });
    }
    return found;
  } finally {
    await reader.close();
  }
}
