/**
 * Topics and groups: what a deployment and the tests need. `ensure` may be run any number of times, by several at once.
 */
import type { Admin, Kafka } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { hasProtocolType, KafkaError, toKafkaError } from './errors.ts';
import type { KafkaConfig } from './options.ts';
import { createPartitionReader, type PartitionEnds } from './partition-reader.ts';
import { pauseFor, withDeadline } from './time.ts';

/** A topic as it should be. */
export interface TopicSpec {
  /** Name, with prefix. */
  name: string;
  partitions: number;
  /** Keep the last value of each key for ever, instead of everything for a time. Default false. */
  compacted?: boolean;
  /** Copies of each partition. Default: the broker's. */
  replicationFactor?: number;
  /** Copies that must have a record before it is acknowledged. Default: the broker's. */
  minInSyncReplicas?: number;
  /** More settings, in Kafka's words; they win over those above. */
  config?: Record<string, string>;
}

/** Creates and looks at topics. */
export interface TopicAdmin {
  /**
   * Creates what is missing and waits until every partition of every topic has a leader.
   * @returns names of the topics that were created
   * @throws KafkaError `partition-counts-differ` if a topic exists with another number of partitions, `no-leader`, …
   */
  ensure(topics: TopicSpec[]): Promise<string[]>;
  /** Number of partitions of each of these topics; 0 for one that does not exist. */
  counts(topics: string[]): Promise<Map<string, number>>;
  /** Adds partitions until each of these topics has so many, and waits for their leaders. One that has more is left. */
  grow(topics: string[], partitions: number): Promise<void>;
  /** Members of a group at the moment; 0 for one that does not exist. */
  members(groupId: string): Promise<number>;
  /**
   * Offsets that a group has committed, by topic and partition; a partition without one is left out. What a transaction
   * that is still open commits is not counted.
   */
  committed(groupId: string, topics: string[]): Promise<Map<string, Map<number, bigint>>>;
  /** Beginning and end of every partition of a topic. */
  ends(topic: string): Promise<Map<number, PartitionEnds>>;
  /** Identity of the cluster: another one after its storage was made anew. */
  clusterId(): Promise<string>;
  /** Deletes topics; those that do not exist are passed over. */
  deleteTopics(topics: string[]): Promise<void>;
  /** Deletes a group that has no members; one that does not exist is passed over. */
  deleteGroup(groupId: string): Promise<void>;
  close(): Promise<void>;
}

const CALL_TIMEOUT_MS = 15_000;
const DISCONNECT_TIMEOUT_MS = 2_000;
const LEADER_TIMEOUT_MS = 30_000;
const LEADER_POLL_MS = 50;

/**
 * Batches are stored as they come: a foreign producer cannot write a codec that kafkajs cannot read (K11), as the broker
 * compresses anew to what is pinned here.
 */
const PINNED_COMPRESSION = 'zstd';

/** Compaction that begins early enough to matter for small topics, and leaves readers a day to see a tombstone. */
const COMPACTED: Record<string, string> = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.2',
  'delete.retention.ms': String(24 * 60 * 60 * 1_000),
};

/** The settings that a topic is created with. */
export function configOf(spec: TopicSpec): Record<string, string> {
  return {
    'compression.type': PINNED_COMPRESSION,
    ...(spec.compacted === true ? COMPACTED : {}),
    ...(spec.minInSyncReplicas === undefined ? {} : { 'min.insync.replicas': String(spec.minInSyncReplicas) }),
    ...spec.config,
  };
}

/** Connects with its first use. */
export function createTopicAdmin(kafka: KafkaConfig): TopicAdmin {
  const reader = createPartitionReader(kafka);
  let open: { kafka: Kafka; admin: Promise<Admin> } | null = null;

  const connect = (): { kafka: Kafka; admin: Promise<Admin> } => {
    const client = createKafka(kafka, 'admin');
    const admin = client.admin();
    return { kafka: client, admin: admin.connect().then(() => admin) };
  };

  const disconnect = async (): Promise<void> => {
    const old = open;
    open = null;
    if (old === null) return;
    const work = old.admin.then((admin) => admin.disconnect());
    await withDeadline(work, DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(old.kafka);
  };

  const call = async <T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      open ??= connect();
      return await withDeadline(work(await open.admin), CALL_TIMEOUT_MS, doing);
    } catch (error) {
      await disconnect();
      throw toKafkaError(error, doing);
    }
  };

  const create = async (missing: TopicSpec[]): Promise<void> => {
    if (missing.length === 0) return;
    await call('creating topics', async (admin) => {
      try {
        await admin.createTopics({
          waitForLeaders: false,
          topics: missing.map((spec) => ({
            topic: spec.name,
            numPartitions: spec.partitions,
            replicationFactor: spec.replicationFactor ?? -1,
            configEntries: Object.entries(configOf(spec)).map(([name, value]) => ({ name, value })),
          })),
        });
      } catch (error) {
        // Somebody else created one of them at the same time; the check below looks at what is there now.
        if (!mentions(error, 'TOPIC_ALREADY_EXISTS')) throw error;
      }
    });
  };

  const counts = async (topics: string[]): Promise<Map<string, number>> => {
    const existing = new Set(await call('listing topics', (admin) => admin.listTopics()));
    const found = await awaitLeaders(topics.filter((topic) => existing.has(topic)));
    return new Map(topics.map((topic) => [topic, found.get(topic) ?? 0]));
  };

  /** Waits for the leaders of all topics, and returns topic → number of partitions. */
  const awaitLeaders = async (topics: string[], least = 1): Promise<Map<string, number>> => {
    if (topics.length === 0) return new Map();
    const begunMs = Date.now();
    for (;;) {
      const found = await call('reading metadata', async (admin) => {
        try {
          return (await admin.fetchTopicMetadata({ topics })).topics;
        } catch (error) {
          if (mentions(error, 'LEADER_NOT_AVAILABLE') || mentions(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return [];
          throw error;
        }
      });
      const led = found.filter(
        ({ partitions }) => partitions.length >= least && partitions.every((one) => one.leader >= 0),
      );
      if (led.length === topics.length) return new Map(led.map(({ name, partitions }) => [name, partitions.length]));
      if (Date.now() - begunMs > LEADER_TIMEOUT_MS) {
        const without = topics.filter((topic) => !led.some(({ name }) => name === topic));
        throw new KafkaError(
          'no-leader',
          `topics without a leader after ${LEADER_TIMEOUT_MS} ms: ${without.join(', ')}`,
        );
      }
      await pauseFor(LEADER_POLL_MS);
    }
  };

  return {
    async ensure(specs) {
      const existing = new Set(await call('listing topics', (admin) => admin.listTopics()));
      const missing = specs.filter(({ name }) => !existing.has(name));
      await create(missing);
      const counts = await awaitLeaders(specs.map(({ name }) => name));
      for (const { name, partitions } of specs) {
        const count = counts.get(name);
        if (count === partitions) continue;
        throw new KafkaError(
          'partition-counts-differ',
          `topic ${name} has ${count} partitions, ${partitions} are wanted; the number decides where a tenant's records go`,
        );
      }
      return missing.map(({ name }) => name);
    },
    counts,
    async grow(topics, partitions) {
      const smaller = [...(await counts(topics))].filter(([, count]) => count > 0 && count < partitions);
      if (smaller.length === 0) return;
      const topicPartitions = smaller.map(([topic]) => ({ topic, count: partitions }));
      await call('adding partitions', (admin) => admin.createPartitions({ topicPartitions }));
      await awaitLeaders(topics, partitions);
    },
    members: async (groupId) =>
      call(`describing ${groupId}`, async (admin) => {
        const { groups } = await admin.describeGroups([groupId]);
        return groups[0]?.members.length ?? 0;
      }),
    committed: async (groupId, topics) =>
      call(`committed offsets of ${groupId}`, async (admin) => {
        const found = await admin.fetchOffsets({ groupId, topics });
        return new Map(
          found.map(({ topic, partitions }) => {
            const known = partitions.filter(({ offset }) => Number(offset) >= 0);
            return [topic, new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]))];
          }),
        );
      }),
    ends: async (topic) => reader.ends(topic, await reader.partitions(topic)),
    clusterId: () => call('looking at the cluster', async (admin) => (await admin.describeCluster()).clusterId),
    async deleteTopics(topics) {
      const existing = new Set(await call('listing topics', (admin) => admin.listTopics()));
      const present = topics.filter((topic) => existing.has(topic));
      if (present.length > 0) await call('deleting topics', (admin) => admin.deleteTopics({ topics: present }));
    },
    async deleteGroup(groupId) {
      await call(`deleting group ${groupId}`, async (admin) => {
        try {
          await admin.deleteGroups([groupId]);
        } catch (error) {
          if (!mentions(error, 'GROUP_ID_NOT_FOUND')) throw error;
        }
      });
    },
    async close() {
      await disconnect();
      await reader.close();
    },
  };
}

/** kafkajs wraps what a broker says of several topics or groups into one error with a list. */
function mentions(error: unknown, type: string): boolean {
  if (hasProtocolType(error, type)) return true;
  const { errors, groups } = error as { errors?: unknown[]; groups?: { error?: unknown }[] };
  return [...(errors ?? []), ...(groups ?? []).map((one) => one.error)].some((one) => hasProtocolType(one, type));
}
