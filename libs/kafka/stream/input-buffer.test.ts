import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConsumedRecord } from '../records.ts';
import { createInputBuffer } from './input-buffer.ts';

const record = (topic: string, offset: number, timestampMs: number, bytes = 10): ConsumedRecord => ({
  topic,
  partition: 0,
  offset: BigInt(offset),
  timestampMs,
  key: null,
  value: Buffer.alloc(bytes),
  headers: {},
});
const placeOf = (one: ConsumedRecord): string => `${one.topic}${one.offset}`;

it('merges topics by time, ties by the order of the list, and never turns the order within a topic', () => {
  const buffer = createInputBuffer(['a', 'b']);
  buffer.push('b', [record('b', 0, 1), record('b', 1, 5)], 2n);
  buffer.push('a', [record('a', 7, 5), record('a', 8, 3)], 9n);
  const { records } = buffer.take(10, 1_000_000);
  expect(records.map(placeOf)).toEqual(['b0', 'a7', 'a8', 'b1']);
});

it('commits past invisible records once everything before them is taken, and not earlier', () => {
  const buffer = createInputBuffer(['a']);
  buffer.push('a', [record('a', 0, 1), record('a', 1, 2)], 2n);
  buffer.push('a', [], 5n);
  expect(buffer.take(1, 1_000_000).positions).toEqual(new Map([['a', 1n]]));
  expect(buffer.take(1, 1_000_000).positions).toEqual(new Map([['a', 5n]]));
  expect(buffer.take(1, 1_000_000).positions).toEqual(new Map());
});

it('gives a record that is larger than the limit alone, rather than never', () => {
  const buffer = createInputBuffer(['a']);
  buffer.push('a', [record('a', 0, 1, 5_000), record('a', 1, 2, 5_000)], 2n);
  expect(buffer.take(10, 100).records).toHaveLength(1);
  expect(buffer.take(10, 100).records).toHaveLength(1);
});

it('gives again what was given back, before what has come since, and commits what was kept', () => {
  const buffer = createInputBuffer(['a', 'b']);
  buffer.push('a', [record('a', 0, 1), record('a', 1, 3)], 2n);
  buffer.push('b', [record('b', 0, 2), record('b', 1, 4)], 9n);
  const taken = buffer.take(10, 1_000_000);
  buffer.push('a', [record('a', 2, 9)], 3n);
  const kept = buffer.giveBack(taken, 1);
  expect(kept.records.map(placeOf)).toEqual(['a0']);
  expect(kept.positions).toEqual(new Map([['a', 1n]]));
  expect(buffer.count()).toBe(4);
  const { records, positions } = buffer.take(10, 1_000_000);
  expect(records.map(placeOf)).toEqual(['b0', 'a1', 'b1', 'a2']);
  expect(positions).toEqual(
    new Map([
      ['a', 3n],
      ['b', 9n],
    ]),
  );
});

it('gives every record once, counts right, and ends at the last position', () => {
  const batch = fc.record({
    topic: fc.constantFrom('a', 'b', 'c'),
    times: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), fc.nat(7), (batches, max, keep) => {
      const buffer = createInputBuffer(['a', 'b', 'c']);
      const next: Record<string, number> = { a: 0, b: 0, c: 0 };
      for (const { topic, times } of batches) {
        const first = next[topic] ?? 0;
        next[topic] = first + times.length;
        buffer.push(
          topic,
          times.map((time, index) => record(topic, first + index, time)),
          BigInt(first + times.length),
        );
      }
      const seen: string[] = [];
      const positions = new Map<string, bigint>();
      while (buffer.count() > 0) {
        const given = buffer.take(max, 1_000_000);
        expect(given.records.length).toBeLessThanOrEqual(max);
        const taken = keep === 0 ? given : buffer.giveBack(given, keep);
        seen.push(...taken.records.map(placeOf));
        for (const [topic, at] of taken.positions) positions.set(topic, at);
      }
      const total = Object.values(next).reduce((sum, count) => sum + count, 0);
      expect(new Set(seen).size).toBe(total);
      expect(buffer.bytes()).toBe(0);
      for (const [topic, count] of Object.entries(next))
        if (count > 0) expect(positions.get(topic)).toBe(BigInt(count));
    }),
  );
});
