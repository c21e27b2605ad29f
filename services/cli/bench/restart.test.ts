import { expect, it } from 'vitest';
import { longestPause } from './restart.ts';

it('takes the partition that stood still longest, its beginning and its end included', () => {
  const seen = [
    { partition: 0, atMs: 50 },
    { partition: 0, atMs: 1_100 },
    { partition: 1, atMs: 1_200 },
    { partition: 0, atMs: 1_400 },
    { partition: 1, atMs: 1_900 },
    { partition: 0, atMs: 2_000 },
    { partition: 1, atMs: 2_500 },
  ];
  expect(longestPause(seen, 2, 1_000, 2_100)).toBe(700);
  expect(longestPause(seen, 3, 1_000, 2_100)).toBe(1_100);
  expect(longestPause(seen, 2, 1_000, 2_900)).toBe(900);
});
