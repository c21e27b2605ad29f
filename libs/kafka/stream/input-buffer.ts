/**
 * Records that a task has been given and not yet processed, by input topic. `take` merges topics by record time, so
 * that a step sees its inputs about in the order in which they happened; ties go to the topic that is earlier in the
 * list. What is merged depends on what has arrived; that is why the processor records what it consumed.
 */
import { type ConsumedRecord, sizeOfConsumed } from '../records.ts';

interface Queue {
  topic: string;
  records: ConsumedRecord[];
  /** Index of the first record not yet taken. */
  head: number;
  /** Position after everything received, invisible records included. */
  end: bigint;
}

/** Records for one step. */
export interface Taken {
  records: ConsumedRecord[];
  /** Topic → offset to commit with them. */
  positions: Map<string, bigint>;
}

/** Buffer of one task. */
export interface InputBuffer {
  /** Appends records of one topic, and the position after them. */
  push(topic: string, records: ConsumedRecord[], nextOffset: bigint): void;
  /** Takes at most so many records and bytes (always at least one record, if there is any). */
  take(maxRecords: number, maxBytes: number): Taken;
  /** Puts back what was taken last, but for the first so many records, to be taken again; gives what is kept. */
  giveBack(taken: Taken, kept: number): Taken;
  /** Records waiting. */
  count(): number;
  /** Bytes waiting, roughly. */
  bytes(): number;
}

/** Taken records are cut off the front of a queue when so many have gathered there. */
const COMPACT_AT = 1_024;

/** @param topics in the order that decides ties */
export function createInputBuffer(topics: string[]): InputBuffer {
  const queues: Queue[] = topics.map((topic) => ({ topic, records: [], head: 0, end: 0n }));
  let count = 0;
  let bytes = 0;

  const earliest = (): Queue | undefined => {
    let best: Queue | undefined;
    let bestMs = Number.POSITIVE_INFINITY;
    for (const queue of queues) {
      const record = queue.records[queue.head];
      if (record === undefined || record.timestampMs >= bestMs) continue;
      best = queue;
      bestMs = record.timestampMs;
    }
    return best;
  };

  return {
    push(topic, records, nextOffset) {
      const queue = queues.find((one) => one.topic === topic);
      if (queue === undefined) return;
      for (const record of records) {
        queue.records.push(record);
        bytes += sizeOfConsumed(record);
      }
      count += records.length;
      queue.end = nextOffset;
    },

    take(maxRecords, maxBytes) {
      const records: ConsumedRecord[] = [];
      const positions = new Map<string, bigint>();
      let takenBytes = 0;
      while (records.length < maxRecords) {
        const queue = earliest();
        const record = queue?.records[queue.head];
        if (queue === undefined || record === undefined) break;
        const size = sizeOfConsumed(record);
        if (records.length > 0 && takenBytes + size > maxBytes) break;
        queue.head += 1;
        takenBytes += size;
        records.push(record);
        positions.set(queue.topic, queue.head === queue.records.length ? queue.end : record.offset + 1n);
      }
      count -= records.length;
      bytes -= takenBytes;
      for (const queue of queues) {
        if (queue.head < COMPACT_AT && queue.head < queue.records.length) continue;
        queue.records.splice(0, queue.head);
        queue.head = 0;
      }
      return { records, positions };
    },

    giveBack({ records, positions }, kept) {
      const back = Map.groupBy(records.slice(kept), ({ topic }) => topic);
      const left = new Map(positions);
      for (const queue of queues) {
        const some = back.get(queue.topic);
        if (some === undefined) continue;
        queue.records.splice(0, queue.head, ...some);
        queue.head = 0;
        count += some.length;
        bytes += some.reduce((sum, record) => sum + sizeOfConsumed(record), 0);
        const last = records.findLast(({ topic }, at) => topic === queue.topic && at < kept);
        if (last === undefined) left.delete(queue.topic);
        else left.set(queue.topic, last.offset + 1n);
      }
      return { records: records.slice(0, kept), positions: left };
    },

    count: () => count,
    bytes: () => bytes,
  };
}
