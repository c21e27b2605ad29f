import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCoarse, parseStamp, stampLiteral } from './stamps.ts';

test('stamps are read to the microsecond, whatever their precision and offset', () => {
  const atMs = Date.UTC(2026, 2, 1, 10, 0, 0);
  expect(parseStamp('2026-03-01T10:00:00Z')).toBe(atMs * 1000);
  expect(parseStamp('2026-03-01T10:00:00.12Z')).toBe((atMs + 120) * 1000);
  expect(parseStamp('2026-03-01T10:00:00.1234567Z')).toBe((atMs + 123) * 1000 + 456);
  expect(parseStamp('2026-03-01T11:00:00.000009+01:00')).toBe(atMs * 1000 + 9);
  expect(parseStamp('')).toBeNull();
  expect(parseStamp('yesterday')).toBeNull();
});

test('a literal says the same stamp', () => {
  const stamp = fc.integer({ min: 0, max: 4_102_444_800_000_000 });
  fc.assert(fc.property(stamp, (micros) => parseStamp(stampLiteral(micros).value) === micros));
});

test('whole seconds are coarse', () => {
  expect(isCoarse(5_000_000)).toBe(true);
  expect(isCoarse(5_000_001)).toBe(false);
});
