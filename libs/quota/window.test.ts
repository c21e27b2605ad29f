import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowShape } from './limits.ts';
import { giveBackToWindow, slotOf, takeFromWindow, type WindowState } from './window.ts';

const SHAPE: WindowShape = { limitCalls: 20, windowMs: 1_000, bucketMs: 50 };

/** A wish at a time after the one before. */
const wishes = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 400 }),
    calls: fc.integer({ min: 1, max: 8 }),
    limitCalls: fc.integer({ min: 8, max: SHAPE.limitCalls }),
  }),
  { maxLength: 120 },
);

/** Most calls of any stretch of `windowMs` that begins with a grant. */
function busiestStretch(grants: readonly { atMs: number; calls: number }[]): number {
  return Math.max(
    0,
    ...grants.map(({ atMs }) =>
      grants
        .filter((other) => other.atMs >= atMs && other.atMs < atMs + SHAPE.windowMs)
        .reduce((sum, other) => sum + other.calls, 0),
    ),
  );
}

describe('takeFromWindow', () => {
  it('never grants more than the limit in any stretch of the window', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 0, max: 10_000 }), (list, startMs) => {
        let state: WindowState = new Map();
        let nowMs = startMs;
        const grants: { atMs: number; calls: number }[] = [];
        for (const { afterMs, calls, limitCalls } of list) {
          nowMs += afterMs;
          const answer = takeFromWindow(state, { nowMs, calls, limitCalls }, SHAPE);
          state = answer.state;
          if (answer.granted) grants.push({ atMs: nowMs, calls });
          expect(answer.usedCalls).toBeGreaterThanOrEqual(0);
          expect(answer.usedCalls).toBeLessThanOrEqual(SHAPE.limitCalls);
        }
        expect(busiestStretch(grants)).toBeLessThanOrEqual(SHAPE.limitCalls);
      }),
      { numRuns: 500 },
    );
  });

  it('grants a refused wish after the wait that it named, and not a slot earlier', () => {
    fc.assert(
      fc.property(wishes, (list) => {
        let state: WindowState = new Map();
        let nowMs = 0;
        for (const wish of list) {
          nowMs += wish.afterMs;
          const answer = takeFromWindow(state, { nowMs, ...wish }, SHAPE);
          if (!answer.granted) {
            expect(answer.waitMs).toBeGreaterThan(0);
            expect(answer.waitMs).toBeLessThanOrEqual(SHAPE.windowMs + SHAPE.bucketMs);
            const then = { ...wish, nowMs: nowMs + answer.waitMs };
            expect(takeFromWindow(answer.state, then, SHAPE).granted).toBe(true);
            expect(takeFromWindow(answer.state, { ...then, nowMs: then.nowMs - 1 }, SHAPE).granted).toBe(false);
          }
          state = answer.state;
        }
      }),
    );
  });

  it('forgets calls that have left the window', () => {
    const { state } = takeFromWindow(new Map(), { nowMs: 0, calls: 20, limitCalls: 20 }, SHAPE);
    const later = takeFromWindow(state, { nowMs: 1_050, calls: 0, limitCalls: 20 }, SHAPE);
    expect(later).toMatchObject({ granted: true, usedCalls: 0 });
    expect(later.state.size).toBe(0);
  });

  it('counts calls of the future from now when the clock went back', () => {
    const { state } = takeFromWindow(new Map(), { nowMs: 9_000_000, calls: 20, limitCalls: 20 }, SHAPE);
    const back = takeFromWindow(state, { nowMs: 1_000, calls: 1, limitCalls: 20 }, SHAPE);
    expect(back).toMatchObject({ granted: false, waitMs: 1_050 });
  });
});

describe('giveBackToWindow', () => {
  it('takes calls out of their slot, never below 0', () => {
    const { state } = takeFromWindow(new Map(), { nowMs: 120, calls: 3, limitCalls: 20 }, SHAPE);
    const slot = slotOf(120, SHAPE);
    expect(giveBackToWindow(state, slot, 2).get(slot)).toBe(1);
    expect(giveBackToWindow(state, slot, 9).has(slot)).toBe(false);
    expect(giveBackToWindow(state, slot + 7, 1)).toEqual(state);
  });
});
