/**
 * Decodes the record batches of one partition of a fetch answer. Stands in for kafkajs' `fetch/v4/decodeMessages`, which
 * has two faults that a compacted topic shows sooner or later:
 *
 * - A batch whose records compaction has all removed is kept by the broker, empty. kafkajs sees no records, does not
 *   move on, and asks for the same offset for ever if nothing follows.
 * - A batch whose *last* records were removed ends later than its last record. kafkajs asks for the next offset, gets
 *   the same batch again, and crawls through the hole one fetch per offset.
 *
 * Here such a batch gets a stand-in at its last offset, flagged as a control record: never delivered, never taken for
 * an abort marker (it has no key), but it carries the reader past the hole. The other fault, `push(...records)`,
 * overflows the stack with some hundred thousand records in a batch.
 */
import type { RawRecord } from './abort-filter.ts';

/** kafkajs' decoder of one record batch: moves `decoder` on and returns what it read. */
export interface DecodedBatch {
  records: RawRecord[];
  firstOffset: string;
  lastOffsetDelta: number;
  producerId: string;
  inTransaction: boolean;
}

/** The offset a batch ends at, counted before compaction removed anything. */
function lastOffsetOf(batch: DecodedBatch): bigint {
  return BigInt(batch.firstOffset) + BigInt(batch.lastOffsetDelta);
}

/** Appends a batch's records to `into`, and a stand-in when the batch ends in a hole. */
export function appendBatch(into: RawRecord[], batch: DecodedBatch): void {
  for (const record of batch.records) into.push(record);
  const end = lastOffsetOf(batch);
  const last = batch.records.at(-1);
  if (last !== undefined && BigInt(last.offset) >= end) return;
  into.push({
    offset: end.toString(),
    key: null,
    isControlRecord: true,
    batchContext: { producerId: batch.producerId, inTransaction: batch.inTransaction },
  });
}
