/**
 * Which records of a fetch a read_committed reader may see. Stands in for kafkajs' `filterAbortedMessages` (K1), which
 * takes the broker's list of aborted transactions to be sorted, opens at most one of them per record, and takes any
 * record whose key is four zero bytes for an abort marker.
 *
 * The broker sends, with each partition's data, (producer id, first offset) of every transaction aborted in that range,
 * in no particular order. A transaction is open from its first offset until that producer's abort marker, which is a
 * control record. Several may be open at once, and one producer may have several, one after the other.
 */

/** A record as kafkajs decodes it; only what the filter looks at. */
export interface RawRecord {
  /** Offset, decimal. */
  offset: string;
  key: Buffer | null;
  /** True for commit and abort markers, and for the stand-ins that `record-batches.ts` makes. */
  isControlRecord: boolean;
  batchContext?: { producerId: string; inTransaction: boolean };
}

/** One entry of the broker's list. */
export interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

/** A control record's key: int16 version, int16 type; type 0 is abort, 1 is commit. */
const CONTROL_KEY_BYTES = 4;
const CONTROL_TYPE_ABORT = 0;

function isAbortMarker(record: RawRecord): boolean {
  const { key } = record;
  if (!record.isControlRecord || key === null || key.length < CONTROL_KEY_BYTES) return false;
  return key.readInt16BE(2) === CONTROL_TYPE_ABORT;
}

/**
 * @param messages decoded records in offset order, control records included
 * @param abortedTransactions the broker's list, in any order; null when there is none
 * @returns the records that were not part of an aborted transaction, control records still included
 */
export function filterAbortedMessages<T extends RawRecord>(input: {
  messages: T[];
  abortedTransactions?: AbortedTransaction[] | null;
}): T[] {
  const { messages, abortedTransactions } = input;
  if (!abortedTransactions || abortedTransactions.length === 0) return messages;

  const upcoming = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0));
  const open = new Set<string>();
  let next = 0;

  return messages.filter((record) => {
    const offset = BigInt(record.offset);
    for (let one = upcoming[next]; one !== undefined && one.firstOffset <= offset; one = upcoming[++next]) {
      open.add(one.producerId);
    }
    const context = record.batchContext;
    if (context === undefined) return true;
    if (isAbortMarker(record)) {
      open.delete(context.producerId);
      return true;
    }
    return record.isControlRecord || !context.inTransaction || !open.has(context.producerId);
  });
}
