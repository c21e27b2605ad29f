import { expect, test } from 'vitest';
import { formatDate, modifiedSince, parseDateMs } from './dates.ts';

test('dates of answers are milliseconds since the epoch; blanks and other text are none (section 5 of the facts)', () => {
  expect(parseDateMs('/Date(1772360430123)/')).toBe(1772360430123);
  expect(parseDateMs('/Date(-1000)/')).toBe(-1000);
  expect(parseDateMs('/Date(1772360430123+0000)/')).toBe(1772360430123);
  for (const none of [null, undefined, '', '2026-03-01', '/Date(x)/', 1772360430123])
    expect(parseDateMs(none)).toBeNull();
  expect(parseDateMs(formatDate(5))).toBe(5);
});

test('modifiedSince is UTC in whole seconds, rounded down, without a zone (U4.2)', () => {
  expect(modifiedSince(Date.UTC(2026, 2, 1, 10, 20, 30, 999))).toBe('2026-03-01T10:20:30');
});
