/**
 * Decodes one record batch. Stands in for kafkajs' `recordBatch/v0/decoder`, which makes a buffer, a decoder and eight
 * 64-bit number objects for each record: a sixth of a rebuild's time, and more for the garbage. Here a record is its two
 * buffers and its object. What comes out is the same.
 */
import type { RawRecord } from './abort-filter.ts';
import type { DecodedBatch } from './record-batches.ts';

/** A header value, or all of them where a name comes more than once. */
type HeaderValue = Buffer | null | (Buffer | null)[];

/** A record with all that kafkajs' own decoder tells of it. */
export interface BatchRecord extends RawRecord {
  magicByte: number;
  attributes: number;
  /** Milliseconds since the epoch, decimal. */
  timestamp: string;
  value: Buffer | null;
  headers: Record<string, HeaderValue>;
  batchContext: BatchContext;
}

/** What all records of a batch share. */
export interface BatchContext {
  firstOffset: string;
  firstTimestamp: string;
  partitionLeaderEpoch: number;
  inTransaction: boolean;
  isControlBatch: boolean;
  lastOffsetDelta: number;
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  maxTimestamp: string;
  timestampType: number;
  magicByte: number;
}

/** Takes apart what was compressed; null when the attributes name no compression. Throws where we do not have it. */
export type DecompressorOf = (attributes: number) => ((bytes: Buffer) => Promise<Buffer>) | null;

/** Where the parts of a batch are. */
const LENGTH_AT = 8;
const BODY_AT = 12;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const FIRST_SEQUENCE_AT = 53;
const COUNT_AT = 57;
/** Bytes of a batch before its records. */
const BATCH_HEADER_BYTES = 61;

const LOG_APPEND_TIME = 0x8;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * The batches of an answer, each whole. The last one may be cut off by the byte limit: it is left out, and comes whole with
 * the next fetch. Throws where the bytes are no batch.
 */
export function* wholeBatches(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; bytes.length - at >= BATCH_HEADER_BYTES; ) {
    const length = BODY_AT + bytes.readInt32BE(at + LENGTH_AT);
    if (length < BATCH_HEADER_BYTES) throw new Error(`a record batch of ${length} bytes`);
    if (length > bytes.length - at) return;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** @param batch exactly one batch, whole */
export async function decodeBatch(
  batch: Buffer,
  decompressorOf: DecompressorOf,
): Promise<DecodedBatch & BatchContext & { records: BatchRecord[] }> {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const firstOffset = batch.readBigInt64BE(0);
  const firstTimestamp = batch.readBigInt64BE(FIRST_TIMESTAMP_AT);
  const context: BatchContext = {
    firstOffset: String(firstOffset),
    firstTimestamp: String(firstTimestamp),
    partitionLeaderEpoch: batch.readInt32BE(LEADER_EPOCH_AT),
    inTransaction: (attributes & TRANSACTIONAL) > 0,
    isControlBatch: (attributes & CONTROL) > 0,
    lastOffsetDelta: batch.readInt32BE(LAST_OFFSET_DELTA_AT),
    producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
    producerEpoch: batch.readInt16BE(PRODUCER_EPOCH_AT),
    firstSequence: batch.readInt32BE(FIRST_SEQUENCE_AT),
    maxTimestamp: String(batch.readBigInt64BE(MAX_TIMESTAMP_AT)),
    timestampType: (attributes & LOG_APPEND_TIME) > 0 ? 1 : 0,
    magicByte: batch.readInt8(MAGIC_AT),
  };
  const count = batch.readInt32BE(COUNT_AT);
  const decompress = decompressorOf(attributes);
  const stored = batch.subarray(BATCH_HEADER_BYTES);
  const bytes = decompress === null || count <= 0 ? stored : await decompress(stored);
  const timestampOf = context.timestampType === 1 ? () => context.maxTimestamp : plus(firstTimestamp);
  return { ...context, records: readRecords(bytes, count, context, plus(firstOffset), timestampOf) };
}

function readRecords(
  bytes: Buffer,
  count: number,
  context: BatchContext,
  offsetOf: (delta: number) => string,
  timestampOf: (delta: number) => string,
): BatchRecord[] {
  const records: BatchRecord[] = [];
  const from: Reader = { bytes, at: 0 };
  for (let n = 0; n < count; n++) {
    const length = readVarInt(from);
    const end = from.at + length;
    const attributes = bytes.readInt8(from.at++);
    const timestamp = timestampOf(readVarInt(from));
    const offset = offsetOf(readVarInt(from));
    const key = readBytes(from);
    const value = readBytes(from);
    records.push({
      magicByte: context.magicByte,
      attributes,
      timestamp,
      offset,
      key,
      value,
      headers: readHeaders(from),
      isControlRecord: context.isControlBatch,
      batchContext: context,
    });
    from.at = end;
  }
  return records;
}

/** Bytes, and the place that is read next. */
interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** A number of seven bits to a byte, small ones of either sign first. Exact up to 2^52: a difference of times is far below. */
function readVarInt(from: Reader): number {
  const { bytes } = from;
  let byte = bytes[from.at++] ?? 0;
  let value = byte & 0x7f;
  for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
    byte = bytes[from.at++] ?? 0;
    value += (byte & 0x7f) * factor;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readBytes(from: Reader): Buffer | null {
  const length = readVarInt(from);
  if (length < 0) return null;
  const start = from.at;
  from.at = start + length;
  return from.bytes.subarray(start, from.at);
}

function readHeaders(from: Reader): Record<string, HeaderValue> {
  let headers: Record<string, HeaderValue> = {};
  const count = readVarInt(from);
  for (let n = 0; n < count; n++) {
    const name = readBytes(from)?.toString() ?? 'null';
    const value = readBytes(from);
    const known = headers[name];
    const values = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
    headers = { ...headers, [name]: values }; // As a literal: a header may be called `__proto__`.
  }
  return headers;
}

/** Adds to a number and gives the sum as a decimal; the same sum again, as times are, costs nothing. */
function plus(base: bigint): (delta: number) => string {
  let last = 0;
  let text = String(base);
  const plain = Number(base);
  const isPlain = BigInt(plain) === base && Math.abs(plain) < Number.MAX_SAFE_INTEGER / 2;
  return (delta) => {
    if (delta === last) return text;
    last = delta;
    text = isPlain ? String(plain + delta) : String(base + BigInt(delta));
    return text;
  };
}
