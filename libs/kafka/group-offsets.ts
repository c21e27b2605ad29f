import type { Kafka } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { KafkaError, toKafkaError } from './errors.ts';
import { createCluster, type InternalCluster, READ_COMMITTED } from './kafkajs-internals.ts';
import { type CommittedOffset, fetchStableOffsets } from './offset-fetch.ts';
import type { KafkaConfig } from './options.ts';
import { withDeadline } from './time.ts';

/** Reads what a group has committed. */
export interface GroupOffsets {
  /**
   * Committed positions of one partition number in several topics (with prefix); a topic without one is left out.
   *
   * @throws KafkaError `offsets-unsettled` when a transaction that is not settled holds one of them; after a fence that
   * is a transaction whose markers the broker has lost, see `settled-fence.ts`
   */
  read(topics: readonly string[], partition: number): Promise<Map<string, CommittedOffset>>;
  /** Disconnects. */
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 2_000;

/** Connects with its first use, and anew after a failure. */
export function createGroupOffsets(config: KafkaConfig, groupId: string): GroupOffsets {
  let open: { kafka: Kafka; cluster: Promise<InternalCluster> } | null = null;

  const connect = (): { kafka: Kafka; cluster: Promise<InternalCluster> } => {
    const kafka = createKafka(config, 'admin');
    const cluster = createCluster(kafka, READ_COMMITTED);
    return { kafka, cluster: cluster.connect().then(() => cluster) };
  };

  const close = async (): Promise<void> => {
    const old = open;
    open = null;
    if (old === null) return;
    const work = old.cluster.then((cluster) => cluster.disconnect());
    await withDeadline(work, DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(old.kafka);
  };

  const fetch = async (topics: readonly string[], partition: number) => {
    open ??= connect();
    const coordinator = await (await open.cluster).findGroupCoordinator({ groupId });
    return await fetchStableOffsets(coordinator, groupId, topics, partition);
  };

  return {
    async read(topics, partition) {
      const doing = `committed offsets of ${groupId}`;
      let found: Awaited<ReturnType<typeof fetchStableOffsets>>;
      try {
        found = await withDeadline(fetch(topics, partition), CALL_TIMEOUT_MS, doing);
      } catch (error) {
        await close();
        throw toKafkaError(error, doing);
      }
      if (found === 'unsettled') throw new KafkaError('offsets-unsettled', `${doing}: a transaction holds them`);
      return new Map([...found].filter(([, { offset }]) => offset >= 0n));
    },
    close,
  };
}
