import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AbortedTransaction, filterAbortedMessages, type RawRecord } from './abort-filter.ts';

const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

/** A log written by a few producers, with what the broker would say of it, and what may be seen. */
function write(steps: { producer: number; act: 'write' | 'commit' | 'abort' }[]) {
  const messages: RawRecord[] = [];
  const abortedTransactions: AbortedTransaction[] = [];
  const visible: string[] = [];
  const open = new Map<string, string[]>();
  for (const { producer, act } of steps) {
    const producerId = String(producer);
    const offset = String(messages.length);
    const mine = open.get(producerId);
    if (act === 'write') {
      messages.push({ offset, key: ABORT, isControlRecord: false, batchContext: { producerId, inTransaction: true } });
      open.set(producerId, [...(mine ?? []), offset]);
      continue;
    }
    if (mine === undefined) continue;
    const key = act === 'abort' ? ABORT : COMMIT;
    messages.push({ offset, key, isControlRecord: true, batchContext: { producerId, inTransaction: true } });
    if (act === 'commit') visible.push(...mine);
    else abortedTransactions.push({ producerId, firstOffset: mine[0] ?? '' });
    open.delete(producerId);
  }
  // A broker hands out nothing beyond the first open transaction: what is still open is left out here.
  const firstOpen = Math.min(...[...open.values()].map((offsets) => Number(offsets[0])), Number.POSITIVE_INFINITY);
  return {
    messages: messages.filter((one) => Number(one.offset) < firstOpen),
    abortedTransactions,
    visible: visible.filter((offset) => Number(offset) < firstOpen).sort((a, b) => Number(a) - Number(b)),
  };
}

const step = fc.record({
  producer: fc.integer({ min: 1, max: 3 }),
  act: fc.constantFrom('write' as const, 'write' as const, 'commit' as const, 'abort' as const),
});

describe('filterAbortedMessages', () => {
  it('shows exactly the committed records, whatever the order of the list', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, reversed) => {
        const { messages, abortedTransactions, visible } = write(steps);
        const list = reversed ? [...abortedTransactions].reverse() : abortedTransactions;
        const seen = filterAbortedMessages({ messages, abortedTransactions: list })
          .filter((one) => !one.isControlRecord)
          .map((one) => one.offset);
        expect(seen).toEqual(visible);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets records without a transaction pass, also of a producer that has aborted one', () => {
    const plain = {
      offset: '1',
      key: null,
      isControlRecord: false,
      batchContext: { producerId: '1', inTransaction: false },
    };
    expect(
      filterAbortedMessages({ messages: [plain], abortedTransactions: [{ producerId: '1', firstOffset: '0' }] }),
    ).toEqual([plain]);
  });
});
