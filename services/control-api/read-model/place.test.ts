import { expect, it } from 'vitest';
import { placeId, placeOf, SOURCES } from './place.ts';

it('gives every place an exact id, and the place back', () => {
  for (const topic of SOURCES) {
    for (const [partition, offset] of [
      [0, 0],
      [1_023, 2 ** 40 - 1],
      [7, 123_456],
    ] as const) {
      const id = placeId(topic, partition, offset);
      expect(Number.isSafeInteger(id)).toBe(true);
      expect(placeOf(id)).toEqual({ topic, partition, offset });
    }
  }
});

it('orders places of a partition by offset', () => {
  expect(placeId('sync.link.v1', 3, 10n)).toBeLessThan(placeId('sync.link.v1', 3, 11n));
});

it('refuses what has no exact id', () => {
  expect(() => placeId('sync.link.v1', 1_024, 0)).toThrow(RangeError);
  expect(() => placeId('sync.link.v1', 0, 2 ** 40)).toThrow(RangeError);
});
