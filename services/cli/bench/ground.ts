/** What a bench of the processor stands on: servers, topics and schemas under a prefix of its own, gone again afterwards. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Codec, createCodec, partitionOf, TOPICS, type Topic } from '#contracts';
import {
  createPartitionReader,
  createSerialProducer,
  createTopicAdmin,
  type KafkaConfig,
  type PartitionReader,
  type SerialProducer,
  type TopicAdmin,
} from '#kafka';
import { localFolders, type StackAddresses, startStack } from '#local-stack';
import { createLog } from '#runtime';
import { setUp } from '../setup.ts';
import { agreedState, linkLike, placeOf, type Snapshot, tenantIdOf, type WorkloadSize } from './workload.ts';

/** The ground under one run. */
export interface Ground {
  readonly addresses: StackAddresses;
  /** In front of topics, groups and Redis keys. */
  readonly prefix: string;
  readonly partitions: number;
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly producer: SerialProducer;
  readonly reader: PartitionReader;
  readonly admin: TopicAdmin;
  /** Folder for what processes leave behind; removed at the end. */
  readonly folder: string;
  /** Writes snapshots as fast as Kafka takes them, in order per partition. */
  load(snapshots: Iterable<Snapshot>): Promise<void>;
  /** Writes the changelogs of tenants and links that agree on both sides. */
  seed(size: WorkloadSize): Promise<void>;
  /** Removes everything of this run from Redis. */
  emptyRedis(): Promise<void>;
  /** Bytes that Redis uses for its data, all in all. */
  redisBytes(): Promise<number>;
  /** Makes more topics, with the same number of partitions; names with prefix. They are removed at the end. */
  makeTopics(topics: readonly { name: string; compacted: boolean }[]): Promise<void>;
  /** Removes topics, keys and, if they were started here, the servers. */
  close(): Promise<void>;
}

/** Records that may wait to be written. */
const MAX_QUEUED = 50_000;
const DELETE_AT_ONCE = 1_000;

/** Lays the ground. The servers are those of the environment; what it does not name is started and ended here. */
export async function layGround(partitions: number, env: NodeJS.ProcessEnv = process.env): Promise<Ground> {
  const prefix = `bench-${randomBytes(4).toString('hex')}.`;
  const folder = join(localFolders(env).home, 'bench', prefix);
  mkdirSync(folder, { recursive: true });
  const given = addressesOf(env);
  const stack =
    given === null
      ? await startStack({ dataDir: join(folder, 'servers'), downloadDir: localFolders(env).downloadDir })
      : null;
  const addresses: StackAddresses = given ?? stack!;
  const log = createLog({ service: 'bench', level: 'error', destination: process.stderr });
  const kafka: KafkaConfig = { brokers: [...addresses.kafkaBrokers], clientId: 'bench', logger: log };
  const registry = { url: addresses.schemaRegistryUrl };
  await setUp({ kafka, registry, topicPrefix: prefix, partitions });
  const codec = createCodec({ registry, topicPrefix: prefix });
  await codec.prepare(TOPICS);
  const producer = createSerialProducer({
    kafka,
    topicPrefix: prefix,
    maxQueuedRecords: MAX_QUEUED,
    maxQueuedBytes: 128 * 1024 * 1024,
  });
  const reader = createPartitionReader(kafka);
  const admin = createTopicAdmin(kafka);
  const made: string[] = TOPICS.map((topic) => prefix + topic);
  const redis = new Redis(addresses.redisUrl);

  async function writeAll(records: Iterable<{ topic: Topic; tenantId: string; key: string; value: Buffer }>) {
    let failed: unknown;
    for (const { topic, tenantId, key, value } of records) {
      if (producer.pending() >= MAX_QUEUED) await producer.room();
      if (failed !== undefined) throw failed;
      const partition = partitionOf(tenantId, partitions);
      producer.send({ topic, partition, key, value }).catch((error: unknown) => {
        failed = error;
      });
    }
    while (producer.pending() > 0) await producer.room().then(() => new Promise((resolve) => setTimeout(resolve, 5)));
    if (failed !== undefined) throw failed;
  }

  function* changelogs(size: WorkloadSize) {
    const from = placeOf(0, size);
    const pattern = agreedState(from);
    for (let index = 0; index < size.tenants; index++) {
      const tenantId = tenantIdOf(index);
      const setting = { ...pattern.setting, tenantId };
      yield {
        topic: 'sync.setting.v1' as const,
        tenantId,
        key: `${tenantId}/setting`,
        value: codec.encode('sync.setting.v1', setting),
      };
    }
    for (let index = 0; index < size.links; index++) {
      const place = placeOf(index, size);
      const link = linkLike(pattern.link, from, place);
      yield {
        topic: 'sync.link.v1' as const,
        tenantId: place.tenantId,
        key: place.linkKey,
        value: codec.encode('sync.link.v1', link),
      };
    }
  }

  function* encoded(snapshots: Iterable<Snapshot>) {
    for (const { topic, tenantId, key, record } of snapshots) {
      yield { topic, tenantId, key, value: codec.encode(topic, record) };
    }
  }

  async function emptyRedis(): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', DELETE_AT_ONCE);
      if (keys.length > 0) await redis.unlink(keys);
      cursor = next;
    } while (cursor !== '0');
  }

  return {
    addresses,
    prefix,
    partitions,
    kafka,
    codec,
    producer,
    reader,
    admin,
    folder,
    load: (snapshots) => writeAll(encoded(snapshots)),
    seed: (size) => writeAll(changelogs(size)),
    emptyRedis,
    async makeTopics(topics) {
      made.push(...topics.map(({ name }) => name));
      await admin.ensure(topics.map((topic) => ({ ...topic, partitions })));
    },
    redisBytes: async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0),
    async close() {
      await producer.close();
      await reader.close();
      if (stack === null) {
        await emptyRedis();
        await admin.deleteTopics(made);
      }
      await admin.close();
      redis.disconnect();
      await stack?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The servers that the environment names; null when it names none. */
function addressesOf(env: NodeJS.ProcessEnv): StackAddresses | null {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL } = env;
  if (!KAFKA_BROKERS || !SCHEMA_REGISTRY_URL || !REDIS_URL) return null;
  return { kafkaBrokers: KAFKA_BROKERS.split(','), schemaRegistryUrl: SCHEMA_REGISTRY_URL, redisUrl: REDIS_URL };
}
