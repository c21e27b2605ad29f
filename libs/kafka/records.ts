import type { KafkaMessage } from 'kafkajs';

/** A record as the project sees it. */
export interface ConsumedRecord {
  /** Topic, without the prefix of the environment. */
  topic: string;
  partition: number;
  offset: bigint;
  /** Time of the record, milliseconds since the epoch: set by its producer, or by the broker if the topic says so. */
  timestampMs: number;
  key: Buffer | null;
  /** null is a tombstone. */
  value: Buffer | null;
  /** Header values as text; the last one wins where a name comes twice. */
  headers: Record<string, string>;
}

/** kafkajs' headers as text. */
function toHeaders(headers: KafkaMessage['headers']): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    const raw = headers[name];
    const value = Array.isArray(raw) ? raw.at(-1) : raw;
    if (value !== undefined) result[name] = value.toString();
  }
  return result;
}

/** kafkajs' message as a record. */
export function toRecord(
  topic: string,
  partition: number,
  message: Pick<KafkaMessage, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'>,
): ConsumedRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
  };
}

/** A record to be written. */
export interface OutputRecord {
  /** Topic, without the prefix of the environment. */
  topic: string;
  key: string;
  /** null is a tombstone. */
  value: Buffer | null;
  headers?: Record<string, string>;
}

/** What kafkajs sends for one partition in one call is one record batch; the broker's default limit is 1,048,588 bytes. */
export const MAX_BATCH_BYTES = 900_000;

/** Room for lengths, offsets and timestamps of one record, generously. */
const RECORD_OVERHEAD_BYTES = 40;

/** Upper estimate of a record's size in a batch, before compression. */
export function sizeOf(record: Pick<OutputRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(record.key) + (record.value?.length ?? 0);
  for (const name in record.headers)
    bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(record.headers[name] ?? '');
  return bytes;
}

/** Size of a record that was read. */
export function sizeOfConsumed(record: ConsumedRecord): number {
  return RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
}
