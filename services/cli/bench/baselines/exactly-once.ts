/** What the baselines are made of: kafkajs as it comes, one transactional producer for each input partition. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type KafkaMessage, type Producer, type TopicMessages } from 'kafkajs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
// The topics are kept compressed; kafkajs as it comes cannot read that.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
});

/** A variable of the environment that has to be there. */
export const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

/** Inputs of one transaction at most. */
const MAX_STEP = 1_000;
/** Inputs whose outputs go out in one send: what goes to one partition at once becomes one batch, of 1 MB at most. */
const MAX_SEND = 500;
/** The default of 300 ms after CONCURRENT_TRANSACTIONS would allow four transactions a second. */
const RETRY = { initialRetryTime: 2, multiplier: 1.5, maxRetryTime: 200, retries: 100 };

/** Consumes topics for good; what inputs of one partition lead to is committed together with their positions. */
export async function runExactlyOnce(
  topics: string[],
  outputsOf: (topic: string, partition: number, inputs: KafkaMessage[]) => TopicMessages[],
): Promise<void> {
  const groupId = env('GROUP_ID');
  const client = { brokers: env('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING };
  const producers = new Map<string, Producer>();
  const consumer = new Kafka(client).consumer({
    groupId,
    readUncommitted: false,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: 512 * 1024,
    maxBytes: 8 * 1024 * 1024,
  });

  async function producerOf(topic: string, partition: number): Promise<Producer> {
    const id = `${groupId}-${topic}-${partition}`;
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

  // A baseline that died would be taken for a slow one.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    process.stderr.write(`the baseline failed: ${payload.error.message}\n`);
    process.exit(1);
  });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: topics.length * Number(env('PARTITIONS')),
    eachBatch: async ({ batch: { topic, partition, messages }, resolveOffset, heartbeat }) => {
      const producer = await producerOf(topic, partition);
      for (let from = 0; from < messages.length; from += MAX_STEP) {
        const inputs = messages.slice(from, from + MAX_STEP);
        const transaction = await producer.transaction();
        for (let at = 0; at < inputs.length; at += MAX_SEND) {
          await transaction.sendBatch({ topicMessages: outputsOf(topic, partition, inputs.slice(at, at + MAX_SEND)) });
        }
        const last = inputs.at(-1)!.offset;
        const partitions = [{ partition, offset: String(BigInt(last) + 1n) }];
        await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions }] });
        await transaction.commit();
        resolveOffset(last);
        await heartbeat();
      }
    },
  });
}
