import { expect, test } from 'vitest';
import { NEW_CURSOR, PAGE_GROWS_MS, parseCursor, SMALLEST_PAGE, withLargerPages, withSmallerPages } from './cursor.ts';
import { jobsOf, nextPollMs, POLLS_PER_SALESPERSONS, sweepMs } from './plan.ts';

const PACE = { pollMs: 1_000, sweepMs: 100_000 };
const NOW_MS = 1_000_000;
const known = { ...NEW_CURSOR, salespersonsAtMs: NOW_MS };
const small = { ...known, numberOfItems: 1000 };
const large = { ...known, numberOfItems: 1001, sinceMs: 5, sweptAtMs: NOW_MS };

test.each([
  ['a new tenant', NEW_CURSOR, ['salespersons', 'sweep-page']],
  ['an account of one page', small, ['whole']],
  ['a larger one', large, ['delta']],
  ['a sweep is due', { ...large, sweptAtMs: NOW_MS - PACE.sweepMs }, ['delta', 'sweep-page']],
  [
    'a sweep is under way',
    { ...large, sweep: { page: 2, startedAtMs: 1, newestMs: 1, completeAtMs: 0 } },
    ['delta', 'sweep-page'],
  ],
  [
    'sales people are due',
    { ...small, salespersonsAtMs: NOW_MS - PACE.pollMs * POLLS_PER_SALESPERSONS },
    ['salespersons', 'whole'],
  ],
])('%s', (_name, cursor, kinds) => {
  expect(jobsOf(cursor, PACE, NOW_MS).map((job) => job.kind)).toEqual(kinds);
});

test('the first sweep does not wait between its pages, later ones do', () => {
  const sweep = { page: 2, startedAtMs: 1, newestMs: 1, completeAtMs: 0 };
  expect(nextPollMs({ ...large, sinceMs: null, sweep }, PACE, NOW_MS)).toBe(NOW_MS);
  expect(nextPollMs({ ...large, sweep }, PACE, NOW_MS)).toBe(NOW_MS + PACE.pollMs);
});

test('sweeps take their share of the calls and no more', () => {
  expect(sweepMs({ ...known, numberOfItems: 1_500 }, 1_000_000)).toBe(3_600_000);
  // 50 pages and 2,000 of 10,000 calls: 40 sweeps a month.
  expect(sweepMs({ ...known, numberOfItems: 50_000 }, 10_000)).toBe((30 * 86_400_000) / 40);
});

test('pages shrink when answers are too big, to a smallest, and grow again with time', () => {
  const shrunk = withSmallerPages(
    { ...large, sweep: { page: 3, startedAtMs: 1, newestMs: 1, completeAtMs: 0 } },
    NOW_MS,
  );
  expect(shrunk).toMatchObject({ pageSize: 500, sweep: null });
  let smallest = shrunk;
  for (let n = 0; n < 9; n += 1) smallest = withSmallerPages(smallest, NOW_MS);
  expect(smallest.pageSize).toBe(SMALLEST_PAGE);
  expect(withLargerPages(shrunk, NOW_MS + PAGE_GROWS_MS - 1)).toBe(shrunk);
  expect(withLargerPages(shrunk, NOW_MS + PAGE_GROWS_MS)).toMatchObject({ pageSize: 1000, pageSizeAtMs: null });
  expect(withLargerPages(large, NOW_MS + PAGE_GROWS_MS)).toBe(large);
});

test('a cursor that cannot be read is a new one', () => {
  for (const text of [null, '', 'junk', '{}', '{"sinceMs":"x"}']) expect(parseCursor(text)).toEqual(NEW_CURSOR);
  expect(parseCursor(JSON.stringify(large))).toEqual(large);
});
