import type { Admin } from 'kafkajs';
import { createKafka } from './client.ts';
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

/** Connects with its first use, and anew after a failure. */
export function createGroupOffsets(config: KafkaConfig, groupId: string): GroupOffsets {
  let connecting: Promise<Admin> | null = null;

  const connect = async (): Promise<Admin> => {
    const admin = createKafka(config, 'admin').admin();
    await admin.connect();
    return admin;
  };

  const close = async (): Promise<void> => {
    const admin = connecting;
    connecting = null;
    await admin?.then((one) => withDeadline(one.disconnect(), CALL_TIMEOUT_MS, 'disconnect')).catch(() => undefined);
  };

  return {
    async read(topics, partition) {
      const doing = `committed offsets of ${groupId}`;
      try {
        connecting ??= connect();
        const admin = await connecting;
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
