import { createTopicAdmin } from './admin.ts';
import { commonPartitionCount } from './copartition-assigner.ts';
import { KafkaError } from './errors.ts';
import type { KafkaConfig } from './options.ts';

/**
 * The number of partitions that all of these topics have. To be asked by everybody who computes a partition, before the
 * first record: one who counts differently puts records where nobody looks for them.
 * @param topics with prefix
 * @param wanted the number that the caller counts with; then a topic that is not there yet is passed over. Left out: the
 *   number is whatever they have
 * @throws KafkaError `partition-counts-differ` with what each has, `topic-missing`
 */
export async function demandPartitionCount(kafka: KafkaConfig, topics: string[], wanted?: number): Promise<number> {
  const admin = createTopicAdmin(kafka);
  try {
    const counts = await admin.counts(topics);
    if (wanted === undefined) return commonPartitionCount(counts);
    const present = new Map([...counts].filter(([, each]) => each > 0));
    const count = present.size === 0 ? wanted : commonPartitionCount(present);
    if (wanted === count) return count;
    throw new KafkaError(
      'partition-counts-differ',
      `the topics have ${count} partitions, but TOPIC_PARTITIONS says ${wanted}: set it to ${count} on every service`,
    );
  } finally {
    await admin.close();
  }
}
