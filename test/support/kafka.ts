import { TOPICS } from '#contracts';
import { createTopicAdmin, type KafkaConfig } from '#kafka';
import { createLog } from '#runtime';

/** A client of the test itself. */
export function kafkaOf(brokers: readonly string[]): KafkaConfig {
  return { brokers: [...brokers], clientId: 'test', logger: createLog({ service: 'test', level: 'fatal' }) };
}

/** Deletes all topics of a test. */
export async function deleteTopics(brokers: readonly string[], prefix: string): Promise<void> {
  const admin = createTopicAdmin(kafkaOf(brokers));
  await admin.deleteTopics(TOPICS.map((topic) => prefix + topic));
  await admin.close();
}
