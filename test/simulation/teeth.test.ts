/** Seeded defects: each breaks one piece of production, and the simulation finds it. */
import { afterAll, expect, test } from 'vitest';
import { ACTIVE_MS } from './plan.ts';
import { createPool } from './pool.ts';
import { DEFECTS } from './seeded-defects.ts';

/** Seeds in which a defect must be found. */
const SEEDS = 5_000;
const LIMIT_MS = 900_000;

const pool = createPool();
afterAll(() => pool.close());

test.for(Object.keys(DEFECTS))('%s is found', { timeout: LIMIT_MS }, async (defect) => {
  const report = await pool.run({
    first: 1,
    seeds: SEEDS,
    activeMs: ACTIVE_MS,
    defect,
    maxFailures: 1,
  });
  expect(report.failed.length).toBeGreaterThan(0);
});

test('there is one for each invariant that the simulation judges, and more', () => {
  expect(Object.keys(DEFECTS).length).toBeGreaterThanOrEqual(15);
});
