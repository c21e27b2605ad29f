import { expect, test } from 'vitest';
import { createLog, createManualClock, createMetrics } from '#runtime';
import { NEW_CURSOR } from './core/cursor.ts';
import { customer, fakeFeed, guid } from './core/fake-feed.ts';
import type { Hints } from './hints.ts';
import { createConnectorMetrics } from './metrics.ts';
import { startTenantFeed } from './tenant-feed.ts';

const DEBOUNCE_MS = 250;

/** A feed that never polls, and the list of its hints in memory: when each was looked for, taken and added. */
function feeding() {
  const clock = createManualClock(1_000_000);
  const fake = fakeFeed([customer(1), customer(2)]);
  const list = new Map<string, number>();
  const looks: number[] = [];
  const echoes = new Set<string>();
  const hints: Pick<Hints, 'due' | 'take' | 'add'> = {
    async due(_tenantId, nowMs, limit) {
      looks.push(nowMs);
      const waiting = [...list].sort(([, a], [, b]) => a - b);
      const due = waiting.filter(([, dueAtMs]) => dueAtMs <= nowMs).slice(0, limit);
      return { due: due.map(([one]) => one), nextDueMs: waiting[due.length]?.[1] ?? null };
    },
    async take(_tenantId, one) {
      if (!list.delete(one)) return 'gone';
      return echoes.has(one) ? 'echo' : 'taken';
    },
    async add(_tenantId, one, dueAtMs) {
      if (!list.has(one)) list.set(one, dueAtMs);
    },
  };
  const feed = startTenantFeed({
    ports: fake.ports,
    memory: {
      store: fake.ports.store,
      readCursor: async () => ({ ...NEW_CURSOR, numberOfItems: 2 }),
      writeCursor: async () => NEW_CURSOR,
    },
    hints: hints as Hints,
    hintDebounceMs: DEBOUNCE_MS,
    monthlyCalls: 1_000_000,
    advise: async () => ({ pace: 'stretched', intervalMs: 1e9, nextPollAtMs: clock.now() + 1e9 }),
    inTurn: (work) => work(),
    clock,
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createConnectorMetrics(createMetrics('test')),
    progress: { reached: () => undefined, waits: () => undefined, failed: () => undefined },
  });
  return {
    clock,
    fake,
    list,
    echoes,
    feed,
    /** Times of the looks since the last call, from now. */
    looks: () => looks.splice(0).map((atMs) => clock.now() - atMs),
    /** A hint is noted by whatever instance. */
    note(one: string) {
      list.set(one, clock.now() + DEBOUNCE_MS);
      feed.wake();
    },
  };
}

test('a hint is looked for when it is due, and not before', async () => {
  const { clock, fake, feed, looks, note } = feeding();
  await clock.advance(1_000);
  looks();
  note(guid(1));
  await clock.advance(100);
  note(guid(2));
  await clock.advance(DEBOUNCE_MS - 101);
  expect(looks()).toEqual([]);
  await clock.advance(1);
  expect(fake.calls).toEqual([`customer ${guid(1)}`]);
  await clock.advance(100);
  expect(fake.calls).toEqual([`customer ${guid(1)}`, `customer ${guid(2)}`]);
  expect(looks()).toEqual([100, 0]);
  await feed.stop();
});

test('one that nobody told of is found within a minute', async () => {
  const { clock, fake, feed, list } = feeding();
  await clock.advance(1_000);
  list.set(guid(1), clock.now());
  await clock.advance(60_000);
  expect(fake.calls).toEqual([`customer ${guid(1)}`]);
  await feed.stop();
});

test('what could not be read waits again, and what was not taken yet waits on', async () => {
  const { clock, fake, feed, list, note } = feeding();
  await clock.advance(1_000);
  const { getCustomer } = fake.ports.api;
  fake.ports.api.getCustomer = () => Promise.reject(new Error('away'));
  note(guid(1));
  note(guid(2));
  await clock.advance(DEBOUNCE_MS);
  expect([...list.keys()].sort()).toEqual([guid(1), guid(2)]);
  fake.ports.api.getCustomer = getCustomer;
  await clock.advance(10_000);
  expect(fake.calls.sort()).toEqual([`customer ${guid(1)}`, `customer ${guid(2)}`]);
  expect(list.size).toBe(0);
  await feed.stop();
});

test('an echo of a write of ours costs no call', async () => {
  const { clock, fake, feed, list, echoes, note } = feeding();
  await clock.advance(1_000);
  echoes.add(guid(1));
  note(guid(1));
  await clock.advance(DEBOUNCE_MS);
  expect([fake.calls, list.size]).toEqual([[], 0]);
  await feed.stop();
});
