import { expect, test } from 'vitest';
import { CHANGELOG_TOPICS } from '#contracts';
import type { StoredState } from '#state';
import { whyRebuild } from './restore.ts';

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
