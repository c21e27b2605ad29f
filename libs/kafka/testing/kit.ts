/** What the tests of this library share: clients on the test's stack, topics of their own, an independent reader. */
import pino, { type Logger } from 'pino';
import { createKafka } from '../client.ts';
import type { KafkaConfig } from '../options.ts';
import { createPartitionReader } from '../partition-reader.ts';
import type { ConsumedRecord } from '../records.ts';
import type { RestoreContext, StepResult, TaskOutput, TaskProcessor } from '../stream/types.ts';

/** A logger that keeps its lines, for tests that look at them. */
export function createLogTrap(): { logger: Logger; lines: () => Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: pino({ level: 'debug' }, stream), lines: () => lines };
}

/** Settings for the stack of the test. KAFKA_TEST_LOG=debug shows the log. */
export function testConfig(brokers: string[] | string, more: Partial<KafkaConfig> = {}): KafkaConfig {
  const level = process.env.KAFKA_TEST_LOG ?? 'silent';
  const list = typeof brokers === 'string' ? brokers.split(',') : brokers;
  return { brokers: list, clientId: 'kafka-test', logger: pino({ level }), ...more };
}

/** Polls until the condition holds; `what` is asked for when it never did. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  const begun = Date.now();
  while (!(await condition())) {
    if (Date.now() - begun > limitMs) {
      throw new Error(`waited ${limitMs} ms in vain until ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Creates topics and waits for their leaders. */
export async function createTopics(
  config: KafkaConfig,
  topics: string[],
  partitions: number,
  settings: Record<string, string> = {},
) {
  const admin = createKafka(config, 'admin').admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: false,
    topics: topics.map((topic) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: 1,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  });
  // kafkajs' own wait gives up when a broker has not heard of the topic yet.
  await until(`${topics.join(', ')} have leaders`, async () => {
    const found = await admin.fetchTopicMetadata({ topics }).catch(() => ({ topics: [] }));
    return found.topics.filter((topic) => topic.partitions.every(({ leader }) => leader >= 0)).length === topics.length;
  });
  await admin.disconnect();
}

/** Deletes topics and groups; for the end of a test. */
export async function cleanUp(config: KafkaConfig, topics: string[], groups: string[] = []): Promise<void> {
  const admin = createKafka(config, 'admin').admin();
  await admin.connect();
  await admin.deleteTopics({ topics }).catch(() => undefined);
  if (groups.length > 0) await admin.deleteGroups(groups).catch(() => undefined);
  await admin.disconnect();
}

/** Writes values to one partition with a plain kafkajs producer. */
export async function produce(config: KafkaConfig, topic: string, partition: number, values: string[]): Promise<void> {
  const producer = createKafka(config, 'producer').producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: value, value, partition })) });
  await producer.disconnect();
}

/** Everything a fresh read_committed reader sees in a topic, by partition. */
export async function readAll(config: KafkaConfig, topic: string): Promise<ConsumedRecord[]> {
  const reader = createPartitionReader(config);
  const records: ConsumedRecord[] = [];
  for (const partition of await reader.partitions(topic)) {
    const ends = (await reader.ends(topic, [partition])).get(partition);
    if (ends === undefined) continue;
    await reader.readTo({
      topic,
      partition,
      from: ends.first,
      to: ends.end,
      onRecords: (found) => void records.push(...found),
    });
  }
  await reader.close();
  return records;
}

/** Values as text. */
export const valuesOf = (records: ConsumedRecord[]): string[] =>
  records.map((record) => record.value?.toString() ?? '');

/** A processor that copies each record to `out` and, under its key, to `log`; its hooks can be overridden. */
export function copyProcessor(more: Partial<TaskProcessor> = {}): TaskProcessor {
  return {
    restore: async (_context: RestoreContext) => undefined,
    process: async (records: ConsumedRecord[]): Promise<TaskOutput> => ({
      outputs: records.flatMap((record) => [
        { topic: 'out', key: record.key?.toString() ?? '', value: record.value },
        { topic: 'log', key: record.key?.toString() ?? '', value: record.value },
      ]),
      nextWakeAtMs: null,
    }),
    punctuate: async () => ({ outputs: [], nextWakeAtMs: null }),
    committed: async (_result: StepResult) => undefined,
    close: async () => undefined,
    ...more,
  };
}
