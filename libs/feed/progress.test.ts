/** What is told of how far a side was read, and when. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Codec, Progress as ProgressRecord } from '#contracts';
import { createLog } from '#runtime';
import { createProgress } from './progress.ts';

const NOW_MS = 1_790_000_000_000;

/** A teller over topics that take everything, whose rests are over at once. */
function createTeller() {
  const told: ProgressRecord[] = [];
  let usedCalls = 85;
  const progress = createProgress({
    ...{ side: 'unleashed', topics: ['unleashed.customer.v1'], partitionCount: 1 },
    codec: { encode: (_topic: string, record: ProgressRecord) => void told.push(record) } as unknown as Codec,
    send: async () => undefined,
    ends: async () => new Map([[0, 7n]]),
    usage: async () => ({
      ...{ usedCalls, limitCalls: 90, blockedUntilMs: undefined, resetsAtMs: NOW_MS * 2, countedSinceMs: NOW_MS },
    }),
    clock: { now: () => NOW_MS, sleep: async (_ms, signal) => void (await sleep(1, undefined, { signal })) },
    log: createLog({ service: 'test', level: 'silent' }),
  });
  return {
    progress,
    told,
    use: (calls: number) => {
      usedCalls = calls;
    },
    /** Resolves when so many records were told. */
    async until(count: number): Promise<void> {
      for (let turns = 0; turns < 1_000 && told.length < count; turns++) await sleep(1);
      expect(told).toHaveLength(count);
    },
  };
}

test('tells of the calls that are used also while nothing is read, and of what was known before', async () => {
  const { progress, told, use, until } = createTeller();
  progress.waits('acme', NOW_MS - 60_000, 7_200_000);
  await until(1);
  expect(told[0]).toMatchObject({ readUntilMs: NOW_MS - 61_000, everyMs: 7_200_000, usedCalls: 85, troubleCode: '' });
  use(88);
  progress.waits('acme', NOW_MS - 60_000, null);
  progress.failed('acme', 'BUDGET_SPENT');
  await until(2);
  const spent = { everyMs: 7_200_000, usedCalls: 88, troubleCode: 'BUDGET_SPENT', troubleSinceMs: NOW_MS };
  expect(told[1]).toMatchObject(spent);
  use(90);
  progress.waits('acme', NOW_MS - 60_000, null);
  progress.failed('acme', 'BUDGET_SPENT');
  await until(3);
  expect(told[2]).toMatchObject({ ...spent, usedCalls: 90 });
  progress.reached('acme', NOW_MS, 1_000);
  await until(4);
  expect(told[3]).toMatchObject({ readUntilMs: NOW_MS - 1_000, everyMs: 1_000, troubleCode: '', troubleSinceMs: null });
  await progress.stop();
});
