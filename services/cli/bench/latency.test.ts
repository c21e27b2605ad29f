import { expect, it } from 'vitest';
import { summarise } from './latency.ts';

it('takes percentiles by nearest rank', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(summarise(201, times)).toEqual({ edits: 201, arrived: 200, p50Ms: 100, p95Ms: 190, p99Ms: 198, maxMs: 200 });
});

it('has no percentiles of nothing', () => {
  expect(summarise(3, [])).toMatchObject({ arrived: 0, p50Ms: Number.NaN });
});
