/**
 * Writes one record of a record batch. Stands in for kafkajs' `Record`, which begins each with 512 bytes filled with zeros,
 * doubles them until the record fits, and makes a buffer for each variable-length number: an eighth of the processor's time.
 * Here the size is known first, and there is one buffer.
 */

/** A record as kafkajs' produce request gives it. */
export interface RecordParts {
  /** Place in the batch, from 0. */
  offsetDelta?: number;
  /** Milliseconds after the first record of the batch; may be negative. */
  timestampDelta?: number;
  key?: Buffer | string | null;
  value?: Buffer | string | null;
  headers?: Record<string, unknown>;
}

/** What kafkajs' batch wants of an encoder. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** Attributes (always 0) and the count of no headers. */
const FIXED_BYTES = 2;

/** @param withHeaders kafkajs' own function, for records with headers: they are rare */
export function createRecordEncoder(withHeaders: (record: RecordParts) => EncodedRecord) {
  return (record: RecordParts): EncodedRecord => {
    if (hasHeaders(record)) return withHeaders(record);
    const bodyBytes = bodySizeOf(record);
    const buffer = Buffer.allocUnsafe(recordSizeOf(bodyBytes));
    writeRecord(buffer, 0, record, bodyBytes);
    return { buf: buffer, buffer };
  };
}

/** Does the record have headers? Such records are kafkajs' to write. */
export function hasHeaders({ headers }: RecordParts): boolean {
  return headers !== undefined && Object.keys(headers).length > 0;
}

/** Bytes of a record without headers, its own length left out. */
export function bodySizeOf({ offsetDelta = 0, timestampDelta = 0, key, value }: RecordParts): number {
  const numbers = sizeOfVarInt(zigZag(timestampDelta)) + sizeOfVarInt(zigZag(offsetDelta));
  return FIXED_BYTES + numbers + sizeOfBytes(lengthOf(key)) + sizeOfBytes(lengthOf(value));
}

/** Bytes of a record, given those of its body. */
export function recordSizeOf(bodyBytes: number): number {
  return sizeOfVarInt(zigZag(bodyBytes)) + bodyBytes;
}

/** Writes a record without headers and gives the place after it. */
export function writeRecord(buffer: Buffer, offset: number, record: RecordParts, bodyBytes: number): number {
  const { offsetDelta = 0, timestampDelta = 0, key, value } = record;
  let at = writeVarInt(buffer, offset, zigZag(bodyBytes));
  buffer[at++] = 0;
  at = writeVarInt(buffer, at, zigZag(timestampDelta));
  at = writeVarInt(buffer, at, zigZag(offsetDelta));
  at = writeBytes(buffer, at, key, lengthOf(key));
  at = writeBytes(buffer, at, value, lengthOf(value));
  buffer[at++] = 0;
  return at;
}

/** Small numbers of either sign as small numbers without one. Exact up to 2^52. */
function zigZag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

function sizeOfVarInt(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

function writeVarInt(buffer: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) + 0x80;
  buffer[at++] = rest;
  return at;
}

/** -1 stands for null. */
function lengthOf(value: Buffer | string | null | undefined): number {
  if (value == null) return -1;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

function sizeOfBytes(length: number): number {
  return sizeOfVarInt(zigZag(length)) + Math.max(0, length);
}

function writeBytes(buffer: Buffer, offset: number, value: Buffer | string | null | undefined, length: number): number {
  const at = writeVarInt(buffer, offset, zigZag(length));
  if (value == null) return at;
  if (typeof value === 'string') buffer.write(value, at, length, 'utf8');
  else value.copy(buffer, at);
  return at + length;
}
