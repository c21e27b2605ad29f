import { beforeEach, expect, test } from 'vitest';
import { EXAMPLES, type Sample } from '#contracts';
import { createSampler, SAMPLE_MS, type Sampler } from './samples.ts';

const START_MS = 1_790_000_100_000;
const DAY_MS = 86_400_000;
let nowMs = START_MS;
let failing: number | null = 4;
let published: [key: string, sample: Sample][] = [];
let sampler: Sampler;
const fresh = { ...EXAMPLES['sync.freshness.v1'], freshUntilMs: START_MS - 90_000, waiting: 3 };
const month = { ...EXAMPLES['sync.progress.v1'], usedCalls: 40, limitCalls: 900, resetsAtMs: START_MS + DAY_MS };
const create = (): Sampler =>
  createSampler({
    freshnessOf: (_tenantId, side) => (side === 'crm' ? fresh : undefined),
    progressOf: () => month,
    failingOf: () => failing,
    publish: async (key, sample) => void published.push([key, sample]),
    nowMs: () => nowMs,
  });

beforeEach(() => {
  nowMs = START_MS;
  failing = 4;
  published = [];
  sampler = create();
});

test('a tenant is noted once in five minutes, in its place of the day and of the month', async () => {
  await sampler.look(['acme']);
  await sampler.look(['acme']);
  const noted = {
    ...{ tenantId: 'acme', atMs: START_MS, crmLagMs: 90_000, unleashedLagMs: null, crmWaiting: 3, unleashedWaiting: 0 },
    ...{ failing: 4, usedCalls: 40, limitCalls: 900 },
  };
  const places = [Math.floor(START_MS / SAMPLE_MS) % 288, Math.floor(START_MS / DAY_MS) % 40];
  expect(published).toEqual([
    [`acme/sample/day/${places[0]}`, { ...noted, span: 'day' }],
    [`acme/sample/month/${places[1]}`, { ...noted, span: 'month' }],
  ]);
  nowMs += SAMPLE_MS;
  await sampler.look(['acme']);
  expect(published).toHaveLength(4);
  expect(published[2]?.[0]).not.toBe(published[0]?.[0]);
  expect(published[3]?.[0]).toBe(published[1]?.[0]);
});

test('places are used again: keys are bounded', async () => {
  for (let day = 0; day < 100; day += 1) {
    nowMs = START_MS + day * DAY_MS;
    await sampler.look(['acme']);
  }
  expect(new Set(published.map(([key]) => key)).size).toBe(1 + 40);
});

test('whoever takes a tenant over writes to the same place', async () => {
  await sampler.look(['acme']);
  await create().look(['acme']);
  expect(published[2]?.[0]).toBe(published[0]?.[0]);
  expect(published).toHaveLength(4);
});

test('nothing is noted while what fails is not known, and then at once', async () => {
  failing = null;
  await sampler.look(['acme']);
  expect(published).toEqual([]);
  failing = 0;
  await sampler.look(['acme']);
  expect(published).toHaveLength(2);
});

test('calls of a month that is over are not known', async () => {
  nowMs = month.resetsAtMs;
  await sampler.look(['acme']);
  expect(published[0]?.[1]).toMatchObject({ usedCalls: null, limitCalls: null });
});
