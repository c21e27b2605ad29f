import { expect, it } from 'vitest';
import type { RawRecord } from './abort-filter.ts';
import { appendBatch, type DecodedBatch } from './record-batches.ts';

const record = (offset: number): RawRecord => ({
  offset: String(offset),
  key: Buffer.from('k'),
  isControlRecord: false,
});
const batch = (first: number, lastDelta: number, records: RawRecord[]): DecodedBatch => ({
  records,
  firstOffset: String(first),
  lastOffsetDelta: lastDelta,
  producerId: '7',
  inTransaction: true,
});
const appended = (one: DecodedBatch) => {
  const into: RawRecord[] = [];
  appendBatch(into, one);
  return into.map(({ offset, isControlRecord, key }) => ({
    offset,
    invisible: isControlRecord,
    marker: key !== null && isControlRecord,
  }));
};

it('passes on a whole batch as it is', () => {
  expect(appended(batch(10, 1, [record(10), record(11)]))).toEqual([
    { offset: '10', invisible: false, marker: false },
    { offset: '11', invisible: false, marker: false },
  ]);
});

it('carries the reader past a batch that compaction has emptied', () => {
  expect(appended(batch(10, 4, []))).toEqual([{ offset: '14', invisible: true, marker: false }]);
});

it('carries the reader past the removed end of a batch', () => {
  expect(appended(batch(10, 4, [record(10), record(12)])).at(-1)).toEqual({
    offset: '14',
    invisible: true,
    marker: false,
  });
});

it('takes a batch of half a million records', () => {
  const many = Array.from({ length: 500_000 }, (_, index) => record(index));
  expect(appended(batch(0, 499_999, many))).toHaveLength(500_000);
});
