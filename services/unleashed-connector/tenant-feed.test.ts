import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { advisePoll } from '#quota';
import { type Clock, createLog, createMetrics } from '#runtime';
import { type Cursor, NEW_CURSOR } from './core/cursor.ts';
import { contact, customer, fakeFeed } from './core/fake-feed.ts';
import type { Hints } from './hints.ts';
import { createConnectorMetrics } from './metrics.ts';
import { startTenantFeed } from './tenant-feed.ts';

/** When everything was known the last time. */
const KNOWN_MS = 1_699_999_000_000;

/** A clock on which every look costs a millisecond: a busy machine, where time passes between any two steps. */
function busyClock(): Clock {
  let nowMs = 1_700_000_000_000;
  return {
    now: () => nowMs++,
    sleep: async (delayMs, signal) => {
      nowMs += Math.max(0, delayMs);
      await sleep(1);
      signal?.throwIfAborted();
    },
  };
}

test('polls on a machine where time passes while it asks how often to poll', async () => {
  const clock = busyClock();
  const fake = fakeFeed([customer(1, { Contacts: [contact(1)] })]);
  let cursor: Cursor = NEW_CURSOR;
  let asked = 0;
  const noHints = { due: async () => ({ due: [], nextDueMs: null }) } as unknown as Hints;
  const feed = startTenantFeed({
    ports: fake.ports,
    memory: {
      store: fake.ports.store,
      readCursor: async () => cursor,
      async writeCursor(next) {
        const replaced = cursor;
        cursor = next;
        return replaced;
      },
    },
    hints: noHints,
    hintDebounceMs: 250,
    monthlyCalls: 1_000_000,
    advise: async (lastPollAtMs) => {
      asked++;
      const pace = { schedule: { pollSeconds: 5 }, callsPerPoll: 1, usedCalls: 0, limitCalls: 1_000_000 };
      return advisePoll({ nowMs: clock.now(), lastPollAtMs, ...pace });
    },
    inTurn: (work) => work(),
    clock,
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createConnectorMetrics(createMetrics('test')),
    progress: { reached: () => undefined, waits: () => undefined, failed: () => undefined },
  });
  for (let turns = 0; turns < 100 && fake.calls.length < 6; turns++) await sleep(2);
  await feed.stop();
  expect(fake.calls.length).toBeGreaterThanOrEqual(6);
  // Asked once for each poll, not again and again.
  expect(asked).toBeLessThanOrEqual(fake.calls.length + 1);
});

test.each([
  ['stretched', 3_600_000, [['waits', 'acme', KNOWN_MS - 10_000, 3_600_000]]],
  [
    'spent',
    20 * 86_400_000,
    [
      ['waits', 'acme', KNOWN_MS - 10_000, null],
      ['failed', 'acme', 'BUDGET_SPENT'],
    ],
  ],
] as const)('says how far it is also while the calls have to last: %s', async (pace, intervalMs, wanted) => {
  const clock = busyClock();
  const fake = fakeFeed([]);
  const told: unknown[][] = [];
  const tell =
    (name: string) =>
    (...args: unknown[]) =>
      void told.push([name, ...args]);
  const feed = startTenantFeed({
    ports: { ...fake.ports, tenantId: 'acme' },
    memory: {
      store: fake.ports.store,
      readCursor: async () => ({ ...NEW_CURSOR, numberOfItems: 5, completeAtMs: KNOWN_MS, polledAtMs: KNOWN_MS }),
      writeCursor: async () => NEW_CURSOR,
    },
    hints: { due: async () => ({ due: [], nextDueMs: null }) } as unknown as Hints,
    hintDebounceMs: 250,
    monthlyCalls: 1_000,
    advise: async () => ({ pace, intervalMs, nextPollAtMs: clock.now() + intervalMs }),
    inTurn: (work) => work(),
    clock,
    log: createLog({ service: 'test', level: 'silent' }),
    metrics: createConnectorMetrics(createMetrics('test')),
    progress: { reached: tell('reached'), waits: tell('waits'), failed: tell('failed') },
  });
  for (let turns = 0; turns < 500 && told.length < wanted.length; turns++) await sleep(2);
  await feed.stop();
  expect(told.slice(0, wanted.length)).toEqual(wanted);
  // Again at each look at the pace, since the calls that are used may be others by then.
  expect(fake.calls).toEqual([]);
});
