import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FreshnessMemory, lookAtFreshness, NO_FRESHNESS, type Waits } from './freshness.ts';

const NOTHING: Waits = { records: 0, sinceMs: null, editedMs: null };
const one = (sinceMs: number, editedMs: number): Waits => ({ records: 1, sinceMs, editedMs });
const look = (memory: FreshnessMemory, nowMs: number, readUntilMs: number | null, waits: Waits) =>
  lookAtFreshness(memory, { nowMs, readUntilMs, waits, editMarginMs: 1_000 });

describe('how fresh a direction is', () => {
  test('as far as it was read, while nothing waits; not known before', () => {
    expect(look(NO_FRESHNESS, 100_000, null, NOTHING).freshUntilMs).toBeNull();
    expect(look(NO_FRESHNESS, 100_000, 90_000, NOTHING).freshUntilMs).toBe(90_000);
  });

  test('an edit that waits holds it where all was known before the edit was seen, whatever its own clock says', () => {
    const before = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    const during = look(before, 110_000, 105_000, one(104_000, 999_999));
    expect(during.freshUntilMs).toBe(90_000);
    expect(look(during, 120_000, 115_000, NOTHING).freshUntilMs).toBe(115_000);
  });

  test('one edit after the other does not hold it for ever', () => {
    let memory = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    for (let nowMs = 110_000; nowMs <= 200_000; nowMs += 10_000) {
      memory = look(memory, nowMs, nowMs - 5_000, one(nowMs - 1_000, nowMs - 2_000));
    }
    expect(memory.freshUntilMs).toBe(185_000);
  });

  test('an old edit whose explanation ended takes it back to its own time', () => {
    const before = look(NO_FRESHNESS, 100_000, 90_000, NOTHING);
    expect(look(before, 110_000, 105_000, one(108_000, 20_000)).freshUntilMs).toBe(19_000);
  });

  test('a watch that begins anew goes on from what was said last', () => {
    expect(look({ freshUntilMs: 50_000, reads: [] }, 110_000, 105_000, one(80_000, 79_000)).freshUntilMs).toBe(50_000);
    expect(look(NO_FRESHNESS, 110_000, 105_000, one(80_000, 79_000)).freshUntilMs).toBeNull();
  });
});

test('is never ahead of an edit that is not through, whatever is edited, read and written when', () => {
  const edit = fc.record({
    atMs: fc.integer({ min: 0, max: 300_000 }),
    throughAfterMs: fc.integer({ min: 1, max: 90_000 }),
    clockMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), fc.integer({ min: 2_000, max: 40_000 }), (edits, everyMs) => {
      let memory = NO_FRESHNESS;
      let readMs: number | null = null;
      const seenAtMs = new Map<object, number>();
      for (let nowMs = 0; nowMs <= 400_000; nowMs += 3_000) {
        if (nowMs % everyMs < 3_000) readMs = nowMs;
        const read = readMs;
        // What a read shows waits from then on.
        const seen = edits.flatMap((made) => {
          if (read === null || made.atMs >= read) return [];
          const sinceMs = seenAtMs.get(made) ?? nowMs;
          seenAtMs.set(made, sinceMs);
          return [{ ...made, sinceMs }];
        });
        const waiting = seen.filter(({ sinceMs, throughAfterMs }) => nowMs < sinceMs + throughAfterMs);
        const waits = {
          records: waiting.length,
          sinceMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ sinceMs }) => sinceMs)),
          editedMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ atMs, clockMs }) => atMs + clockMs)),
        };
        memory = look(memory, nowMs, read, waits);
        const { freshUntilMs } = memory;
        if (freshUntilMs === null) continue;
        for (const { atMs } of waiting) expect(freshUntilMs).toBeLessThanOrEqual(atMs);
        for (const { atMs } of edits) if (read === null || atMs >= read) expect(freshUntilMs).toBeLessThanOrEqual(atMs);
      }
    }),
  );
});
