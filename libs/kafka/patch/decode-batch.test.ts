import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBatch, wholeBatches } from './decode-batch.ts';
import { loadPatchedKafkajs, requireInternal } from './install.ts';

loadPatchedKafkajs();

const DecoderClass = requireInternal('protocol/decoder.js') as new (bytes: Buffer) => object;
const { RecordBatch } = requireInternal('protocol/recordBatch/v0/index.js') as {
  RecordBatch(parts: object): Promise<{ buffer: Buffer }>;
};
const Long = requireInternal('utils/long.js') as { fromValue(value: bigint): object };
const writeRecord = requireInternal('protocol/recordBatch/record/v0/index.js') as (record: object) => object;
const theirs = requireInternal('protocol/recordBatch/v0/decoder.js') as (decoder: object) => Promise<object>;

const GZIP = 1;
const gunzip = (attributes: number) => ((attributes & 7) === GZIP ? async (bytes: Buffer) => gunzipSync(bytes) : null);

const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
const record = fc.record({
  key: fc.oneof(fc.constant(null), bytes),
  value: fc.oneof(fc.constant(null), bytes),
  offsetDelta: fc.nat({ max: 2 ** 31 - 1 }),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  headers: fc.dictionary(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
    fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
    { maxKeys: 3 },
  ),
});
const batch = fc.record({
  compression: fc.constantFrom(0, GZIP),
  firstOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  firstTimestamp: fc.integer({ min: -1, max: 2 ** 43 }),
  maxTimestamp: fc.integer({ min: -1, max: 2 ** 43 }),
  partitionLeaderEpoch: fc.nat({ max: 1_000_000 }),
  lastOffsetDelta: fc.nat({ max: 2 ** 31 - 1 }),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 62n }),
  producerEpoch: fc.integer({ min: -1, max: 32_767 }),
  firstSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  transactional: fc.boolean(),
  isControl: fc.boolean(),
  isAppendTime: fc.boolean(),
  records: fc.array(record, { maxLength: 50 }),
});

type Given = typeof batch extends fc.Arbitrary<infer T> ? T : never;

/** A batch as a broker keeps it: kafkajs' own writing knows neither markers nor a broker's times. */
async function written({ isControl, isAppendTime, ...given }: Given): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    ...given,
    firstOffset: Long.fromValue(given.firstOffset),
    records: given.records.map(writeRecord),
  });
  buffer[22] = (buffer[22] ?? 0) | (isControl ? 0x20 : 0) | (isAppendTime ? 0x8 : 0);
  return buffer;
}

it('reads every batch as kafkajs does', async () => {
  await fc.assert(
    fc.asyncProperty(batch, async (given) => {
      const stored = await written(given);
      const { magicByte: _, ...ours } = await decodeBatch(stored, gunzip);
      expect(ours).toEqual(await theirs(new DecoderClass(stored)));
    }),
    { numRuns: 200 },
  );
});

it('takes the batches of an answer one by one and leaves out the one that is cut off', async () => {
  const one = { key: null, value: Buffer.from('v'), offsetDelta: 0, timestampDelta: 0 };
  const [first, second] = await Promise.all(
    [[one], [one, one]].map((records) => RecordBatch({ records: records.map(writeRecord) })),
  );
  const answer = Buffer.concat([first!.buffer, second!.buffer]);
  const lengths = (bytesOf: Buffer): number[] => [...wholeBatches(bytesOf)].map(({ length }) => length);
  expect(lengths(answer)).toEqual([first!.buffer.length, second!.buffer.length]);
  for (let cut = 1; cut <= second!.buffer.length; cut++) {
    expect(lengths(answer.subarray(0, answer.length - cut))).toEqual([first!.buffer.length]);
  }
  expect(lengths(Buffer.alloc(0))).toEqual([]);
});

it('does not go round in circles in bytes that are no batch', () => {
  const bytesOf = Buffer.alloc(100);
  bytesOf.writeInt32BE(-12, 8);
  expect(() => [...wholeBatches(bytesOf)]).toThrow('a record batch of 0 bytes');
});
