import { expect, test } from 'vitest';
import { CHANGELOG_TOPICS } from '#contracts';
import type { ConsumedRecord } from '#kafka';
import { createLog } from '#runtime';
import type { StateChange, StateView, StoredState } from '#state';
import { restoreView, whyRebuild } from './restore.ts';

const HOUR_MS = 60 * 60_000;
const NOW_MS = 100 * HOUR_MS;

function limits(first: bigint, end: bigint) {
  return new Map(CHANGELOG_TOPICS.map((topic) => [topic, { first, end }]));
}

function storedAt(offset: bigint, ageMs = 0): StoredState {
  return {
    usable: true,
    ends: Object.fromEntries(CHANGELOG_TOPICS.map((topic) => [topic, offset])),
    appliedAtMs: NOW_MS - ageMs,
  };
}

test.each<[string, StoredState, [bigint, bigint], string | null]>([
  ['in line', storedAt(9n), [0n, 9n], null],
  ['a little behind', storedAt(5n), [0n, 9n], null],
  ['idle for days: one commit marker is no record', storedAt(8n, 90 * HOUR_MS), [0n, 9n], null],
  ['behind for so long that tombstones may be gone', storedAt(5n, 13 * HOUR_MS), [0n, 9n], 'too-old'],
  ['further than the log: the topic was made anew', storedAt(10n), [0n, 9n], 'ahead-of-log'],
  ['before the log begins', storedAt(2n), [3n, 9n], 'behind-log'],
  ['empty', { usable: false, why: 'empty' }, [0n, 9n], 'empty'],
  ["another version's", { usable: false, why: 'other-layout' }, [0n, 9n], 'other-layout'],
  ['half evicted', { usable: false, why: 'incomplete' }, [0n, 9n], 'incomplete'],
])('a view that is %s', (_name, stored, [first, end], why) => {
  expect(whyRebuild(stored, limits(first, end), NOW_MS)).toBe(why);
});

/** A view that notes what is applied, over a log of links whose last offset is a commit marker. */
async function restored(stored: StoredState, linksInLog: number) {
  const record = (offset: number): ConsumedRecord => ({
    topic: 'sync.link.v1',
    partition: 3,
    offset: BigInt(offset),
    key: Buffer.from(`tenant-${offset % 7}/company/u:${offset}`),
    value: Buffer.from(`${offset}`),
    timestampMs: 1,
    headers: {},
  });
  const applied: StateChange[] = [];
  const read: [string, bigint][] = [];
  const view = {
    stored: async () => stored,
    clear: async () => undefined,
    apply: async (change: StateChange) => {
      applied.push(change);
      return 'applied';
    },
  } as unknown as StateView;
  const end = (topic: string): bigint => (topic === 'sync.link.v1' ? BigInt(linksInLog + 1) : 0n);
  const positions = await restoreView({
    view,
    nowMs: NOW_MS,
    log: createLog({ service: 'test', level: 'silent' }),
    onRebuild: () => undefined,
    context: {
      partition: 3,
      signal: new AbortController().signal,
      ends: async (topic) => ({ first: 0n, end: end(topic) }),
      // As the reader does: what one fetch brought, however much that is.
      readChangelog: async (topic, from, onRecords) => {
        read.push([topic, from]);
        const count = topic === 'sync.link.v1' ? linksInLog - Number(from) : 0;
        if (count > 0) await onRecords(Array.from({ length: count }, (_, at) => record(Number(from) + at)));
        return { end: end(topic), records: Math.max(0, count) };
      },
    },
  });
  return { applied, read, positions };
}

test('a rebuild goes into Redis in small pieces, each with the offset that it reaches', async () => {
  const { applied, positions } = await restored({ usable: false, why: 'empty' }, 1_234);
  const links = applied.map(({ changelogs }) => changelogs['sync.link.v1']);
  expect(links.map((one) => [one?.previousEnd, one?.newEnd])).toEqual([
    [0n, 1_000n],
    [1_000n, 1_234n],
    [1_234n, 1_235n],
  ]);
  const entries = applied.flatMap(({ tenants }) => [...tenants.values()].flatMap((one) => one.entries));
  expect(new Set(entries.map(({ key }) => String(key))).size).toBe(1_234);
  expect(positions['sync.link.v1']).toBe(1_235n);
});

test('a view that lacks nothing but the last commit marker is left alone', async () => {
  const stored: StoredState = { usable: true, ends: { 'sync.link.v1': 1_234n }, appliedAtMs: NOW_MS };
  const { applied, read, positions } = await restored(stored, 1_234);
  expect(read.map(([topic]) => topic)).not.toContain('sync.link.v1');
  expect(applied).toEqual([]);
  expect(positions['sync.link.v1']).toBe(1_234n);
});

test('two offsets behind there may be a record: they are read', async () => {
  const stored: StoredState = { usable: true, ends: { 'sync.link.v1': 1_233n }, appliedAtMs: NOW_MS };
  const { applied, read } = await restored(stored, 1_234);
  expect(read).toContainEqual(['sync.link.v1', 1_233n]);
  expect(applied[0]?.tenants.get('tenant-1')).toEqual({
    entries: [{ key: Buffer.from('tenant-1/company/u:1233'), value: Buffer.from('1233') }],
    wakeAtMs: 0,
  });
});
