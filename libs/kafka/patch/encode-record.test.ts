import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRecordEncoder } from './encode-record.ts';
import { loadPatchedKafkajs, requireInternal } from './install.ts';

loadPatchedKafkajs();

interface Decoded {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer>;
}

const DecoderClass = requireInternal('protocol/decoder.js') as new (buffer: Buffer) => { readVarInt(): number };
const decodeRecord = requireInternal('protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  context: { firstOffset: string; firstTimestamp: string; magicByte: number },
) => Decoded;
/** As installed: with kafkajs' own function behind it for records with headers. */
const encode = requireInternal('protocol/recordBatch/record/v0/index.js') as ReturnType<typeof createRecordEncoder>;

function decode(buffer: Buffer): Decoded {
  const decoder = new DecoderClass(buffer);
  const bodyBytes = decoder.readVarInt();
  const lengthBytes = bodyBytes < 64 ? 1 : bodyBytes < 8_192 ? 2 : 3;
  expect(buffer.length - lengthBytes).toBe(bodyBytes);
  return decodeRecord(decoder, { firstOffset: '1000', firstTimestamp: '1790000000000', magicByte: 2 });
}

const bytes = fc.uint8Array({ maxLength: 20_000 }).map((array) => Buffer.from(array));
const record = fc.record({
  offsetDelta: fc.nat({ max: 1_000_000 }),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: fc.oneof(fc.constant(null), fc.string({ unit: 'binary', maxLength: 300 }), bytes),
  value: fc.oneof(fc.constant(null), bytes),
});

it('writes what kafkajs reads, to the last byte', () => {
  fc.assert(
    fc.property(record, (given) => {
      const { buffer } = encode(given);
      const read = decode(buffer);
      expect(BigInt(read.offset) - 1000n).toBe(BigInt(given.offsetDelta));
      expect(BigInt(read.timestamp) - 1_790_000_000_000n).toBe(BigInt(given.timestampDelta));
      expect(read.key).toEqual(given.key === null ? null : Buffer.from(given.key));
      expect(read.value).toEqual(given.value);
      expect(read.headers).toEqual({});
    }),
    { numRuns: 300 },
  );
});

it('leaves records with headers to kafkajs', () => {
  const { buffer } = encode({ key: 'k', value: Buffer.from('v'), headers: { why: 'because' } });
  expect(decode(buffer).headers).toEqual({ why: Buffer.from('because') });
  const ours = createRecordEncoder(() => ({ buf: Buffer.from('theirs'), buffer: Buffer.from('theirs') }));
  expect(ours({ key: 'k', value: null, headers: { a: '1' } }).buffer.toString()).toBe('theirs');
  expect(ours({ key: 'k', value: null, headers: {} }).buffer.toString()).not.toBe('theirs');
});
