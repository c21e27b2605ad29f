/**
 * The baseline of `bench processor`: a bare kafkajs exactly-once fan-out, as one would write it. It decodes every input and
 * writes a decision, a changelog record and so many commands, in transactions of up to a thousand inputs; no state, no
 * merge, no Redis. On purpose it is made of kafkajs as it comes, without this project's library around it.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type Producer } from 'kafkajs';
import { createCodec } from '#contracts';
import { createRecords, type FanOut } from './records.ts';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
// The topics are kept compressed; kafkajs as it comes cannot read that.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
});

const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};
const inputPrefix = env('TOPIC_PREFIX');
const outputPrefix = env('OUTPUT_PREFIX');
const groupId = env('GROUP_ID');
const TOPICS = ['crm.company.v1', 'unleashed.customer.v1'] as const;
/** Inputs of one transaction at most. */
const MAX_STEP = 1_000;
/** Inputs whose outputs go out in one send: what goes to one partition at once becomes one batch, of 1 MB at most. */
const MAX_SEND = 500;
/** The default of 300 ms after CONCURRENT_TRANSACTIONS would allow four transactions a second. */
const RETRY = { initialRetryTime: 2, multiplier: 1.5, maxRetryTime: 200, retries: 100 };

const client = { brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING };
const consumer = new Kafka(client).consumer({
  groupId,
  readUncommitted: false,
  maxWaitTimeInMs: 50,
  maxBytesPerPartition: 512 * 1024,
  maxBytes: 8 * 1024 * 1024,
});
const producers = new Map<string, Producer>();
const codec = createCodec({ registry: { url: env('SCHEMA_REGISTRY_URL') }, topicPrefix: inputPrefix });
await codec.prepare([...TOPICS, 'sync.decision.v1', 'sync.link.v1', 'sync.command.unleashed.v1']);
const records = createRecords(codec, {
  commandsPerInput: Number(env('COMMANDS_PER_INPUT')),
  bytesPerInput: Number(env('BYTES_PER_INPUT')),
});

/** One transactional producer for each input partition. */
async function producerOf(topic: string, partition: number): Promise<Producer> {
  const id = `${outputPrefix}${topic}-${partition}`;
  const known = producers.get(id);
  if (known !== undefined) return known;
  const made = new Kafka({ ...client, retry: RETRY }).producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: RETRY,
  });
  await made.connect();
  producers.set(id, made);
  return made;
}

/** The outputs as kafkajs wants them. */
function byTopic(outputs: readonly FanOut[], partition: number) {
  const of = (topic: string, list: readonly { key: string; value: Buffer }[]) => ({
    topic: outputPrefix + topic,
    messages: list.map((message) => ({ ...message, partition })),
  });
  const commands = outputs.flatMap(({ command }) => command ?? []);
  return [
    of(
      'sync.decision.v1',
      outputs.map(({ decision }) => decision),
    ),
    of(
      'sync.link.v1',
      outputs.map(({ link }) => link),
    ),
    of('sync.command.unleashed.v1', commands),
  ].filter(({ messages }) => messages.length > 0);
}

// A baseline that died would be taken for a slow one.
consumer.on(consumer.events.CRASH, ({ payload }) => {
  process.stderr.write(`the baseline failed: ${payload.error.message}\n`);
  process.exit(1);
});
await consumer.connect();
await consumer.subscribe({ topics: TOPICS.map((topic) => inputPrefix + topic), fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 2 * Number(env('PARTITIONS')),
  eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
    const topic = TOPICS.find((one) => inputPrefix + one === batch.topic)!;
    const producer = await producerOf(topic, batch.partition);
    for (let from = 0; from < batch.messages.length; from += MAX_STEP) {
      const inputs = batch.messages.slice(from, from + MAX_STEP);
      const outputs = inputs.map((input) => records.fanOut(topic, batch.partition, input.offset, input.value!));
      const transaction = await producer.transaction();
      for (let at = 0; at < outputs.length; at += MAX_SEND) {
        await transaction.sendBatch({ topicMessages: byTopic(outputs.slice(at, at + MAX_SEND), batch.partition) });
      }
      const next = String(BigInt(inputs.at(-1)!.offset) + 1n);
      const partitions = [{ partition: batch.partition, offset: next }];
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: batch.topic, partitions }] });
      await transaction.commit();
      resolveOffset(inputs.at(-1)!.offset);
      await heartbeat();
    }
  },
});
