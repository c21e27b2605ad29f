import type { Admin, Kafka } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { toKafkaError } from './errors.ts';
import type { KafkaConfig } from './options.ts';
import { withDeadline } from './time.ts';

/** Reads what a group has committed. */
export interface GroupOffsets {
  /**
   * Committed positions of one partition number in several topics (with prefix); a topic without one is left out. Only
   * to be trusted after a fence: kafkajs cannot ask for stable offsets.
   */
  read(topics: string[], partition: number): Promise<Map<string, bigint>>;
  /** Disconnects. */
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 2_000;

/** Connects with its first use, and anew after a failure. */
export function createGroupOffsets(config: KafkaConfig, groupId: string): GroupOffsets {
  let open: { kafka: Kafka; admin: Promise<Admin> } | null = null;

  const connect = (): { kafka: Kafka; admin: Promise<Admin> } => {
    const kafka = createKafka(config, 'admin');
    const admin = kafka.admin();
    return { kafka, admin: admin.connect().then(() => admin) };
  };

  const close = async (): Promise<void> => {
    const old = open;
    open = null;
    if (old === null) return;
    const work = old.admin.then((admin) => admin.disconnect());
    await withDeadline(work, DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(old.kafka);
  };

  return {
    async read(topics, partition) {
      const doing = `committed offsets of ${groupId}`;
      try {
        open ??= connect();
        const admin = await open.admin;
        const answer = await withDeadline(admin.fetchOffsets({ groupId, topics }), CALL_TIMEOUT_MS, doing);
        const result = new Map<string, bigint>();
        for (const { topic, partitions } of answer) {
          const offset = BigInt(partitions.find((one) => one.partition === partition)?.offset ?? '-1');
          if (offset >= 0n) result.set(topic, offset);
        }
        return result;
      } catch (error) {
        await close();
        throw toKafkaError(error, doing);
      }
    },
    close,
  };
}
