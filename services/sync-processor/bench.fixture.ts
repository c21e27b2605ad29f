/**
 * What the tests of the processor stand on: topics and schemas of their own, the real process, and readers that start
 * from nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import {
  CHANGELOG_TOPICS,
  COMPACTED_TOPICS,
  type Codec,
  createCodec,
  type Link,
  partitionOf,
  registerSchemas,
  TOPICS,
  type Topic,
  type TopicRecords,
} from '#contracts';
import {
  type ConsumedRecord,
  createPartitionReader,
  createSerialProducer,
  createTopicAdmin,
  type KafkaConfig,
} from '#kafka';
import type { StackAddresses } from '#local-stack';
import { createLog } from '#runtime';

/** Partitions of every topic in these tests, unless they say otherwise. */
export const PARTITIONS = 2;

/** Polls until the condition gives something else than false. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false> | T | false,
  limitMs = 40_000,
): Promise<T> {
  const giveUpMs = performance.now() + limitMs;
  for (;;) {
    const result = await condition();
    if (result !== false) return result;
    if (performance.now() > giveUpMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await sleep(25);
  }
}

/** A decoded record and where it was. */
export interface Read<T extends Topic> {
  partition: number;
  offset: bigint;
  key: string;
  record: TopicRecords[T] | null;
}

/** The processor as its own process. */
export interface ProcessorProcess {
  /** Kills it the hard way. */
  kill(): Promise<void>;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Tasks that it owns, as it said last. */
  tasks(): number[];
  /** Ends it politely; gives its exit code and how long it took, milliseconds. */
  stop(): Promise<{ code: number | null; tookMs: number }>;
  /** Log lines so far. */
  log(): Record<string, unknown>[];
  /** Where its HTTP side answers. */
  url(): Promise<string>;
}

/** Starts the processor on topics and keys under a prefix. */
export function startProcess(
  stack: StackAddresses,
  prefix: string,
  env: Record<string, string> = {},
): ProcessorProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      ...process.env,
      KAFKA_BROKERS: stack.kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
      REDIS_URL: stack.redisUrl,
      TOPIC_PREFIX: prefix,
      REDIS_PREFIX: prefix,
      PORT: '0',
      SESSION_TIMEOUT_MS: '3000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const pieces = (rest + data.toString()).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  const end = async (signal: NodeJS.Signals) => {
    const begunMs = performance.now();
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    return { code: child.exitCode, tookMs: performance.now() - begunMs };
  };
  return {
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    signal: (signal) => void child.kill(signal),
    tasks: () => (lines.findLast(({ msg }) => msg === 'tasks assigned')?.tasks ?? []) as number[],
    log: () => lines,
    url: () =>
      until('the processor says where it answers', () => {
        const line = lines.find(({ url }) => typeof url === 'string');
        return line === undefined ? false : String(line.url);
      }),
  };
}

/** Topics, Redis keys and processes of one test. */
export type Bench = Awaited<ReturnType<typeof createBench>>;

/** Sets up topics and schemas under a prefix. */
export async function createBench(stack: StackAddresses, prefix: string, initialPartitions = PARTITIONS) {
  let partitions = initialPartitions;
  const log = createLog({ service: 'test', level: 'silent' });
  const kafka: KafkaConfig = { brokers: [...stack.kafkaBrokers], clientId: 'processor-test', logger: log };
  const registry = { url: stack.schemaRegistryUrl };
  const admin = createTopicAdmin(kafka);
  await admin.ensure(
    TOPICS.map((topic) => ({
      name: prefix + topic,
      partitions,
      compacted: (COMPACTED_TOPICS as readonly Topic[]).includes(topic),
    })),
  );
  await registerSchemas({ registry, topicPrefix: prefix });
  const codec: Codec = createCodec({ registry, topicPrefix: prefix });
  await codec.prepare(TOPICS);
  let producer = createSerialProducer({ kafka, topicPrefix: prefix });
  const reader = createPartitionReader(kafka);
  const redis = new Redis(stack.redisUrl);
  redis.on('error', () => undefined); // a test that kills its Redis knows
  const children = new Set<ProcessorProcess>();

  /** Writes a record of a tenant where it belongs. */
  async function produce<T extends Topic>(topic: T, record: TopicRecords[T] & { tenantId: string }, key: string) {
    const partition = partitionOf(record.tenantId, partitions);
    return await producer.send({ topic, partition, key, value: codec.encode(topic, record) });
  }

  /** Everything of a topic that a fresh read_committed reader sees. */
  async function readRaw(topic: Topic): Promise<ConsumedRecord[]> {
    const found: ConsumedRecord[] = [];
    await reader.partitions(prefix + topic); // there may be more by now
    for (const [partition, { first, end }] of await admin.ends(prefix + topic)) {
      const onRecords = (records: ConsumedRecord[]) => void found.push(...records);
      await reader.readTo({ topic: prefix + topic, partition, from: first, to: end, onRecords });
    }
    return found;
  }

  async function read<T extends Topic>(topic: T): Promise<Read<T>[]> {
    const records = await readRaw(topic);
    return await Promise.all(
      records.map(async ({ partition, offset, key, value }) => ({
        partition,
        offset,
        key: key?.toString() ?? '',
        record: value === null ? null : await codec.decode(topic, value),
      })),
    );
  }

  /** Last value of each key of each partition of a changelog, tombstones left out. */
  async function living(topic: Topic): Promise<{ partition: number; key: string; value: string }[]> {
    const last = new Map<string, { partition: number; key: string; value: string }>();
    for (const { partition, key: raw, value } of await readRaw(topic)) {
      const key = raw?.toString() ?? '';
      if (value === null) last.delete(`${partition} ${key}`);
      else last.set(`${partition} ${key}`, { partition, key, value: value.toString('hex') });
    }
    return [...last.values()];
  }

  /** Last value per key of all changelogs: what Redis has to hold, byte for byte. */
  async function foldedChangelogs(): Promise<Map<string, string>> {
    const all = (await Promise.all(CHANGELOG_TOPICS.map(living))).flat();
    return new Map(all.map(({ key, value }) => [key, value]));
  }

  /** What Redis holds of all tenants. */
  async function redisEntries(): Promise<Map<string, string>> {
    const entries = new Map<string, string>();
    for (const key of await redis.keys(`${prefix}:*:tenant:*`)) {
      for (const [field, value] of Object.entries(await redis.hgetallBuffer(key)))
        entries.set(field, value.toString('hex'));
    }
    return entries;
  }

  function start(env: Record<string, string> = {}): ProcessorProcess {
    const child = startProcess(stack, prefix, env);
    children.add(child);
    return child;
  }

  async function close(): Promise<void> {
    for (const child of children) await child.kill();
    await producer.close();
    await reader.close();
    await admin.deleteTopics(TOPICS.map((topic) => prefix + topic));
    await until('the group is gone', () =>
      admin.deleteGroup(`${prefix}sync-processor`).then(
        () => true,
        () => false,
      ),
    );
    await admin.close();
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(keys);
    redis.disconnect();
  }

  return {
    prefix,
    partitions: () => partitions,
    /** From now on the topics have so many partitions. Like a service, its producer is a new one then. */
    grown: async (count: number) => {
      partitions = count;
      await producer.close();
      producer = createSerialProducer({ kafka, topicPrefix: prefix });
    },
    kafka,
    codec,
    producer: () => producer,
    reader,
    redis,
    produce,
    readRaw,
    read,
    living,
    foldedChangelogs,
    redisEntries,
    start,
    close,
  };
}

/** A link as of the end of its changelog. */
export async function lastLinks(bench: Bench): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  for (const { key, value } of await bench.living('sync.link.v1')) {
    links.set(key, await bench.codec.decode('sync.link.v1', Buffer.from(value, 'hex')));
  }
  return links;
}
