import { describe, expect, it } from 'vitest';
import { type BlockState, blockAfter429 } from './block.ts';
import { BLOCK_FIRST_MS, BLOCK_MAX_MS, BLOCK_MEMORY_MS } from './limits.ts';

describe('blockAfter429', () => {
  it('waits as long as it is told', () => {
    expect(blockAfter429(undefined, { nowMs: 1_000, retryAfterMs: 7_000 }).untilMs).toBe(8_000);
  });

  it('doubles its own wait with each answer that follows one', () => {
    let state: BlockState | undefined;
    let nowMs = 0;
    const waits: number[] = [];
    for (let strike = 0; strike < 9; strike++) {
      state = blockAfter429(state, { nowMs, retryAfterMs: undefined });
      waits.push(state.untilMs - nowMs);
      nowMs = state.untilMs;
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((factor) => factor * BLOCK_FIRST_MS));
    expect(Math.max(...waits)).toBe(BLOCK_MAX_MS);
  });

  it('takes answers of calls under way for one', () => {
    const first = blockAfter429(undefined, { nowMs: 0, retryAfterMs: undefined });
    const again = blockAfter429(first, { nowMs: 10, retryAfterMs: undefined });
    expect(again).toEqual(first);
    expect(blockAfter429(first, { nowMs: 10, retryAfterMs: 60_000 })).toEqual({ untilMs: 60_010, strikes: 1 });
  });

  it('begins anew after a quiet time', () => {
    const old = { untilMs: 1_000, strikes: 6 };
    const report = { nowMs: 1_000 + BLOCK_MEMORY_MS, retryAfterMs: undefined };
    expect(blockAfter429(old, report)).toEqual({ untilMs: report.nowMs + BLOCK_FIRST_MS, strikes: 1 });
  });

  it('never waits longer than the longest wait, nor a negative time', () => {
    expect(blockAfter429(undefined, { nowMs: 0, retryAfterMs: 1e12 }).untilMs).toBe(BLOCK_MAX_MS);
    expect(blockAfter429(undefined, { nowMs: 50, retryAfterMs: -9 }).untilMs).toBe(50);
  });
});
