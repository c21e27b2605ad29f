/** Schedules of edits and faults on simulated time: everything that the design promises holds, judged from outside. */
import { beforeAll, describe, expect, test } from 'vitest';
import { outsidePromises } from './engine/scheduler.ts';
import { ACTIVE_MS, planOf } from './plan.ts';
import { runCampaign } from './pool.ts';
import type { Shared } from './ran.ts';
import { defectNamed } from './seeded-defects.ts';
import { storyOf } from './story.ts';
import { prepare, shrink, tryPlan } from './verdict.ts';

/** Schedules in each run of the tests; `npm run simulate -- --seeds 1000000` runs as many as one likes. */
const SEEDS = 10_000;
const LIMIT_MS = 900_000;

let shared: Shared;
beforeAll(async () => {
  shared = await prepare();
});

test('seeded schedules leave both sides equal, nothing lost, doubled or written that was not to be (I1 to I10)', {
  timeout: LIMIT_MS,
}, async () => {
  const report = await runCampaign({ first: 1, seeds: SEEDS, activeMs: ACTIVE_MS, defect: null, maxFailures: 5 });
  const said = report.failed.map(
    ({ seed, breaches }) => `seed ${seed}: ${breaches[0]?.invariant} ${breaches[0]?.text}`,
  );
  expect(said).toEqual([]);
  expect(report.tried).toBe(SEEDS);
  expect(report.edits / report.tried).toBeGreaterThanOrEqual(20);
  expect(report.faults / report.tried).toBeGreaterThanOrEqual(5);
});

describe('a seed', () => {
  test('gives the same story each time, byte for byte', { timeout: LIMIT_MS }, async () => {
    for (const seed of [7, 8]) {
      const tell = () => {
        const { ran, verdict } = tryPlan(planOf(seed), shared, undefined, true);
        return storyOf(ran, verdict.breaches);
      };
      const first = await outsidePromises(tell);
      expect(first.length).toBeGreaterThan(10_000);
      expect(await outsidePromises(tell)).toBe(first);
    }
  });

  test('goes the same way whether its story is told or not', { timeout: LIMIT_MS }, async () => {
    // In the second one a record is removed from a topic.
    for (const seed of [7, 36]) {
      const run = (story: boolean) => outsidePromises(() => tryPlan(planOf(seed), shared, undefined, story).verdict);
      expect(await run(true)).toEqual(await run(false));
    }
  });

  test('that fails is made smaller, and the smaller schedule fails alike', { timeout: LIMIT_MS }, async () => {
    const defects = defectNamed('drop-a-loser');
    const isLost = ({ invariant }: { invariant: string }): boolean => invariant === 'I1';
    const [plan, smaller, breaches] = await outsidePromises(() => {
      const plans = Array.from({ length: 40 }, (_, index) => planOf(index + 1));
      const failing = plans.find((one) => tryPlan(one, shared, defects).verdict.breaches.some(isLost));
      if (failing === undefined) throw new Error('no seed fails');
      const found = shrink(failing, shared, 'I1', defects);
      return [failing, found, tryPlan(found, shared, defects).verdict.breaches] as const;
    });
    expect(smaller.happenings.length).toBeLessThan(plan.happenings.length / 3);
    expect(breaches.some(isLost)).toBe(true);
  });
});
