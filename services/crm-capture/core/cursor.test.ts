import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginWalk, endWalk, mark, NEW_CURSOR, parseCursors, passPage, type SetCursor } from './cursor.ts';

const OVERLAP_MS = 2_000;
const at = (ms: number) => ms * 1000;

/** A walk that takes no time and sees these stamps. */
function walk(cursor: SetCursor, nowMs: number, stamps: readonly number[], isSweep = false): SetCursor {
  const begun = beginWalk(cursor, isSweep, nowMs, OVERLAP_MS);
  return endWalk(passPage(begun, stamps), nowMs, OVERLAP_MS);
}

describe('a cursor', () => {
  test('is settled less the overlap at once, and fully after a walk that began an overlap later', () => {
    const first = walk(NEW_CURSOR, 10_000, [at(9_000), at(5_000)]);
    expect(first).toMatchObject({ settled: at(7_000), sweptAtMs: 10_000, walk: null });
    const soon = walk(first, 11_000, [at(9_000)]);
    expect(soon.settled).toBe(at(7_000));
    const later = beginWalk(soon, false, 12_000, OVERLAP_MS);
    expect(later.walk).toMatchObject({ since: at(7_000), settles: at(9_000) });
    const through = endWalk(passPage(later, [at(9_000)]), 12_000, OVERLAP_MS);
    expect(through.settled).toBe(at(9_000));
    expect(beginWalk(through, false, 13_000, OVERLAP_MS).walk?.since).toBe(at(9_000));
  });

  test('counts on nothing that a long walk may have passed by', () => {
    const begun = beginWalk(NEW_CURSOR, true, 10_000, OVERLAP_MS);
    const through = endWalk(passPage(begun, [at(60_000)]), 60_000, OVERLAP_MS);
    expect(through.settled).toBe(at(60_000 - 50_000 - OVERLAP_MS));
  });

  test('comes to rest at the newest row, however long walks take: it is not read for ever', () => {
    let cursor = NEW_CURSOR;
    for (const nowMs of [10_000, 15_000, 20_000]) {
      cursor = passPage(beginWalk(cursor, cursor.settled === null, nowMs, OVERLAP_MS), [at(9_000)]);
      cursor = endWalk(cursor, nowMs + 1_000, OVERLAP_MS);
    }
    expect(cursor.settled).toBe(at(9_000));
  });

  test('goes on where a walk was cut short, and never back', () => {
    const begun = passPage(beginWalk(NEW_CURSOR, true, 10_000, OVERLAP_MS), [at(1), null]);
    expect(beginWalk(begun, false, 99_000, OVERLAP_MS)).toEqual(begun);
    expect(begun.walk).toMatchObject({ skip: 2, newest: at(1), startedAtMs: 10_000 });
    const known = walk(NEW_CURSOR, 10_000, [at(9_000)]);
    expect(walk(known, 20_000, [at(100)], true).settled).toBe(at(9_000));
  });

  test('of an empty set stays new', () => {
    expect(walk(NEW_CURSOR, 10_000, [])).toEqual({ ...NEW_CURSOR, sweptAtMs: 10_000 });
  });

  test('begins at a stamp for sets whose rows come in otherwise', () => {
    expect(mark(NEW_CURSOR, at(9_000), 10_000, 10_000, OVERLAP_MS).settled).toBe(at(7_000));
  });

  test('is stored as it is; what cannot be read is none', () => {
    const cursors = { Divisions: walk(NEW_CURSOR, 10_000, [at(9_000)]) };
    expect(parseCursors(JSON.stringify(cursors))).toEqual(cursors);
    expect([parseCursors(null), parseCursors('{'), parseCursors('{"Divisions":{"settled":"x"}}')]).toEqual([
      {},
      {},
      {},
    ]);
  });
});

test('no row is missed, whatever the clocks, late rows within the overlap and times of walks', () => {
  const write = fc.record({
    atMs: fc.integer({ min: 0, max: 60_000 }),
    id: fc.integer({ min: 1, max: 9 }),
    // The stamp is taken at the begin of a transaction, the row is visible at its end.
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: OVERLAP_MS - 100 })),
  });
  const schedule = fc.record({
    writes: fc.array(write, { minLength: 1, maxLength: 40 }),
    skewMs: fc.integer({ min: -4_000_000, max: 4_000_000 }),
    walks: fc.array(
      fc.record({ gapMs: fc.integer({ min: 1, max: 8_000 }), lengthMs: fc.integer({ min: 0, max: 5_000 }) }),
      {
        minLength: 1,
        maxLength: 20,
      },
    ),
  });
  fc.assert(
    fc.property(schedule, ({ writes, skewMs, walks }) => {
      const stampOf = (one: (typeof writes)[number]) => at(one.atMs - one.lateMs + 10_000_000 + skewMs);
      const visible = (id: number, nowMs: number) =>
        writes
          .filter((one) => one.id === id && one.atMs <= nowMs)
          .sort((a, b) => a.atMs - b.atMs)
          .at(-1);
      const seen = new Map<number, number>();
      let cursor: SetCursor = NEW_CURSOR;
      let nowMs = 0;
      const settleUp = [...walks, { gapMs: 70_000, lengthMs: 0 }, { gapMs: 3_000, lengthMs: 0 }];
      for (const { gapMs, lengthMs } of settleUp) {
        nowMs += gapMs;
        cursor = beginWalk(cursor, cursor.settled === null, nowMs, OVERLAP_MS);
        const since = cursor.walk?.since ?? null;
        // Row by row in the order of keys, each at its own time.
        for (let id = 1; id <= 9; id++) {
          const row = visible(id, nowMs + (lengthMs * id) / 9);
          if (row === undefined || (since !== null && stampOf(row) <= since)) continue;
          seen.set(id, row.atMs);
          cursor = passPage(cursor, [stampOf(row)]);
        }
        nowMs += lengthMs;
        cursor = endWalk(cursor, nowMs, OVERLAP_MS);
      }
      for (let id = 1; id <= 9; id++) expect(seen.get(id)).toBe(visible(id, nowMs)?.atMs);
    }),
    { numRuns: 2_000 },
  );
});
