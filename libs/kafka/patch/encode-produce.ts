/**
 * Writes a produce request. Stands in for kafkajs' own, which writes each level (records, batch, partition, topic, request)
 * into a buffer that grows by doubling and is then copied into the next: a record is copied eight times. Here all sizes are
 * known first, and everything is written once, to its place. Byte for byte the same.
 */
import { bodySizeOf, hasHeaders, type RecordParts, recordSizeOf, writeRecord } from './encode-record.ts';

/** A message as kafkajs' producer passes it on. */
interface Message extends RecordParts {
  timestamp?: unknown;
}

/** A produce request as kafkajs' broker object gives it. */
export interface ProduceRequest {
  acks: number;
  timeout: number;
  transactionalId?: string | null | undefined;
  /** A decimal, or kafkajs' own long. */
  producerId?: { toString(): string } | undefined;
  producerEpoch?: number | undefined;
  compression?: number | undefined;
  topicData: {
    topic: string;
    partitions: { partition: number; messages: Message[]; firstSequence?: number | undefined }[];
  }[];
}

/** What kafkajs sends: `encode` gives something with the bytes. */
interface Protocol {
  encode(): Promise<{ buf: Buffer; buffer: Buffer }>;
}

const MAGIC = 2;
const TRANSACTIONAL = 16;
/** Of a batch: before its length counts, between there and what its checksum covers, and all before its records. */
const BATCH_PREFIX_BYTES = 12;
const CHECKSUM_AT = 17;
const CHECKED_FROM = 21;
const BATCH_HEADER_BYTES = 61;

/**
 * @param theirs kafkajs' own function, for what is rare: compression, headers, timestamps of the caller's
 * @param checksum CRC-32C
 */
export function createProduceEncoder(
  theirs: (request: ProduceRequest) => Protocol,
  checksum: (bytes: Buffer) => number,
) {
  return (request: ProduceRequest): Protocol => {
    const protocol = theirs(request);
    if (!isPlain(request)) return protocol;
    return Object.assign(protocol, {
      encode: async () => {
        const buffer = encodeProduce(request, Date.now(), checksum);
        return { buf: buffer, buffer };
      },
    });
  };
}

function isPlain({ compression = 0, topicData }: ProduceRequest): boolean {
  if (compression !== 0) return false;
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every((one) => !hasHeaders(one) && one.timestamp == null)),
  );
}

/** The body of the request. */
function encodeProduce(request: ProduceRequest, nowMs: number, checksum: (bytes: Buffer) => number): Buffer {
  const { acks, timeout, transactionalId, topicData } = request;
  const batches = topicData.map(({ partitions }) => partitions.map(({ messages }) => sizesOf(messages)));
  let bytes = sizeOfString(transactionalId) + 2 + 4 + 4;
  for (const [at, { topic }] of topicData.entries()) {
    bytes += sizeOfString(topic) + 4;
    for (const { batchBytes } of batches[at] ?? []) bytes += 4 + 4 + batchBytes;
  }
  const buffer = Buffer.allocUnsafe(bytes);
  let at = writeString(buffer, 0, transactionalId);
  at = buffer.writeInt16BE(acks, at);
  at = buffer.writeInt32BE(timeout, at);
  at = buffer.writeInt32BE(topicData.length, at);
  for (const [topicAt, { topic, partitions }] of topicData.entries()) {
    at = writeString(buffer, at, topic);
    at = buffer.writeInt32BE(partitions.length, at);
    for (const [partitionAt, { partition, messages, firstSequence = 0 }] of partitions.entries()) {
      const { bodies, batchBytes } = batches[topicAt]?.[partitionAt] ?? sizesOf(messages);
      at = buffer.writeInt32BE(partition, at);
      at = buffer.writeInt32BE(batchBytes, at);
      writeBatch(buffer.subarray(at, at + batchBytes), request, messages, bodies, firstSequence, nowMs, checksum);
      at += batchBytes;
    }
  }
  return buffer;
}

/** Size of each record's body, and of the whole batch. */
function sizesOf(messages: readonly Message[]): { bodies: number[]; batchBytes: number } {
  let batchBytes = BATCH_HEADER_BYTES;
  const bodies = messages.map(({ key, value }, offsetDelta) => {
    const bodyBytes = bodySizeOf({ key: key ?? null, value: value ?? null, offsetDelta });
    batchBytes += recordSizeOf(bodyBytes);
    return bodyBytes;
  });
  return { bodies, batchBytes };
}

function writeBatch(
  batch: Buffer,
  { transactionalId, producerId = -1, producerEpoch = 0 }: ProduceRequest,
  messages: readonly Message[],
  bodies: readonly number[],
  firstSequence: number,
  nowMs: number,
  checksum: (bytes: Buffer) => number,
): void {
  let at = batch.writeBigInt64BE(0n, 0); // The broker gives the offset.
  at = batch.writeInt32BE(batch.length - BATCH_PREFIX_BYTES, at);
  at = batch.writeInt32BE(0, at); // Leader epoch: the broker's too.
  batch.writeInt8(MAGIC, at);
  at = batch.writeInt16BE(transactionalId ? TRANSACTIONAL : 0, CHECKED_FROM);
  at = batch.writeInt32BE(messages.length - 1, at);
  at = batch.writeBigInt64BE(BigInt(nowMs), at);
  at = batch.writeBigInt64BE(BigInt(nowMs), at);
  at = batch.writeBigInt64BE(BigInt(producerId.toString()), at);
  at = batch.writeInt16BE(producerEpoch, at);
  at = batch.writeInt32BE(firstSequence, at);
  at = batch.writeInt32BE(messages.length, at);
  for (const [offsetDelta, { key, value }] of messages.entries()) {
    const record = { key: key ?? null, value: value ?? null, offsetDelta };
    at = writeRecord(batch, at, record, bodies[offsetDelta] ?? bodySizeOf(record));
  }
  batch.writeUInt32BE(checksum(batch.subarray(CHECKED_FROM)), CHECKSUM_AT);
}

function sizeOfString(text: string | null | undefined): number {
  return 2 + (text == null ? 0 : Buffer.byteLength(text));
}

function writeString(buffer: Buffer, offset: number, text: string | null | undefined): number {
  if (text == null) return buffer.writeInt16BE(-1, offset);
  const length = Buffer.byteLength(text);
  const at = buffer.writeInt16BE(length, offset);
  return at + buffer.write(text, at, length);
}
