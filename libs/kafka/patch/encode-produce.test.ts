import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { createProduceEncoder, type ProduceRequest } from './encode-produce.ts';
import { loadPatchedKafkajs, requireInternal } from './install.ts';

loadPatchedKafkajs();

interface Encoder {
  buffer: Buffer;
  writeInt32(value: number): Encoder;
  writeEncoder(value: object): Encoder;
}
const EncoderClass = requireInternal('protocol/encoder.js') as new () => Encoder;
const { RecordBatch } = requireInternal('protocol/recordBatch/v0/index.js') as {
  RecordBatch(parts: object): Promise<{ size(): number }>;
};
const writeRecord = requireInternal('protocol/recordBatch/record/v0/index.js') as (record: object) => object;
/** As installed, in the version that brokers of today speak. */
const ours = requireInternal('protocol/requests/produce/v7/request.js') as (request: ProduceRequest) => {
  apiVersion: number;
  encode(): Promise<{ buffer: Buffer }>;
};

afterEach(() => void vi.useRealTimers());

const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
const message = fc.record({
  key: fc.oneof(fc.constant(null), fc.string({ unit: 'binary', maxLength: 300 }), bytes),
  value: fc.oneof(fc.constant(null), bytes),
});
const partition = fc.record({
  partition: fc.nat({ max: 1_000 }),
  firstSequence: fc.nat({ max: 2 ** 31 - 1 }),
  messages: fc.array(message, { minLength: 1, maxLength: 200 }),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat({ max: 100_000 }),
  transactionalId: fc.oneof(fc.constant(undefined), fc.string({ unit: 'binary', minLength: 1, maxLength: 50 })),
  producerId: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  producerEpoch: fc.nat({ max: 32_767 }),
  compression: fc.constant(0),
  topicData: fc.array(
    fc.record({ topic: fc.string({ minLength: 1, maxLength: 50 }), partitions: fc.array(partition, { maxLength: 3 }) }),
    { maxLength: 4 },
  ),
});

/** Each batch as kafkajs itself writes it. */
async function theirBatches({
  transactionalId,
  producerId,
  producerEpoch,
  topicData,
}: ProduceRequest): Promise<Buffer[]> {
  const nowMs = Date.now();
  const batches: Buffer[] = [];
  for (const { partition: number, messages, firstSequence } of topicData.flatMap(({ partitions }) => partitions)) {
    const batch = await RecordBatch({
      records: messages.map((one, offsetDelta) => writeRecord({ ...one, offsetDelta, timestampDelta: 0 })),
      ...{ firstTimestamp: nowMs, maxTimestamp: nowMs, producerId, producerEpoch, firstSequence },
      ...{ transactional: Boolean(transactionalId), lastOffsetDelta: messages.length - 1 },
    });
    batches.push(new EncoderClass().writeInt32(number).writeInt32(batch.size()).writeEncoder(batch).buffer);
  }
  return batches;
}

it('writes every batch byte for byte as kafkajs does, and nothing between them but names and counts', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const protocol = ours(given);
      expect(protocol.apiVersion).toBe(7);
      const { buffer } = await protocol.encode();
      const batches = await theirBatches(given);
      let at = 2 + Buffer.byteLength(given.transactionalId ?? '') + 2 + 4;
      expect(buffer.readInt32BE(at)).toBe(given.topicData.length);
      at += 4;
      for (const { topic, partitions } of given.topicData) {
        const length = buffer.readInt16BE(at);
        expect(buffer.toString('utf8', at + 2, at + 2 + length)).toBe(topic);
        expect(buffer.readInt32BE(at + 2 + length)).toBe(partitions.length);
        at += 2 + length + 4;
        for (const _ of partitions) {
          const batch = batches.shift() ?? Buffer.alloc(0);
          expect(buffer.subarray(at, at + batch.length).equals(batch)).toBe(true);
          at += batch.length;
        }
      }
      expect(at).toBe(buffer.length);
    }),
    { numRuns: 100 },
  );
});

it('leaves headers, timestamps and compression to kafkajs', async () => {
  const theirs = { encode: async () => ({ buf: Buffer.from('theirs'), buffer: Buffer.from('theirs') }) };
  const encode = createProduceEncoder(
    () => ({ ...theirs }),
    () => 0,
  );
  const send = (change: object, more: object = {}): ProduceRequest => ({
    ...{ acks: -1, timeout: 1, ...more },
    topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ key: 'k', value: null, ...change }] }] }],
  });
  const textOf = async (given: ProduceRequest) => (await encode(given).encode()).buffer.toString();
  expect(await textOf(send({ headers: { a: '1' } }))).toBe('theirs');
  expect(await textOf(send({ timestamp: '1' }))).toBe('theirs');
  expect(await textOf(send({}, { compression: 1 }))).toBe('theirs');
  expect(await textOf(send({ headers: {} }))).not.toBe('theirs');
});
