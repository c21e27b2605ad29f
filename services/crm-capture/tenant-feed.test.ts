import { expect, test } from 'vitest';
import { createLog, createManualClock, createMetrics } from '#runtime';
import type { SetCursor } from './core/cursor.ts';
import { division, fakePorts } from './core/fake-ports.ts';
import { leftText, parseLeft } from './core/left.ts';
import { createCaptureMetrics } from './metrics.ts';
import { startTenantFeed } from './tenant-feed.ts';

test('what an event named and no walk shows is read before a round counts for freshness', async () => {
  const fake = fakePorts({ Divisions: [division(1, { LastUpdatedTimestamp: '2026-01-01T00:09:00.001Z' })] });
  const clock = createManualClock(fake.state.nowMs);
  const kept = new Set<string>();
  let cursors: Record<string, SetCursor> = {};
  const reached: number[] = [];
  const feed = startTenantFeed({
    ports: { ...fake.ports, now: () => clock.now() },
    memory: {
      left: {
        leave: async (change) => void kept.add(leftText(change)),
        forget: async (changes) => changes.forEach((change) => void kept.delete(leftText(change))),
      },
      read: async () => ({
        cursors: structuredClone(cursors),
        left: [...kept].flatMap((text) => parseLeft(text) ?? []),
      }),
      writeCursors: async (next) => {
        cursors = structuredClone(next);
      },
    },
    pace: { overlapMs: 2_000, sweepMs: 3_600_000, usersMs: 3_600_000, maxPages: 100 },
    visibleWithinMs: 2_000,
    intervalMs: 60_000,
    inTurn: (work) => work(),
    onError: () => undefined,
    clock,
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createCaptureMetrics(createMetrics('test')),
    progress: { reached: (_tenantId, untilMs) => void reached.push(untilMs), failed: () => undefined },
  });
  await clock.advance(0);
  expect(fake.ids()).toEqual(['company/1']);
  expect(reached).toHaveLength(1);

  // The clock of the CRM was set back by minutes.
  fake.tables.Divisions = [division(1, { Name: 'New', LastUpdatedTimestamp: '2026-01-01T00:05:00.001Z' })];
  const { get } = fake.ports.api;
  fake.ports.api.get = () => Promise.reject(new Error('down'));
  kept.add(leftText({ entity: 'Division', id: '1', leftAtMs: clock.now() }));
  await clock.advance(60_000);
  expect(fake.ids()).toEqual([]);
  expect(reached).toHaveLength(1);

  fake.ports.api.get = get;
  await clock.advance(60_000);
  expect(fake.ids()).toEqual(['company/1']);
  expect([reached.length, kept.size]).toEqual([2, 0]);
  await feed.stop();
});
