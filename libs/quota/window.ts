/** A sliding window of calls, as pure functions. `lua/acquire-window.lua` does the same inside Redis; tests compare them. */
import type { WindowShape } from './limits.ts';

/** Calls by slot: slot number (time divided by `bucketMs`) → calls. */
export type WindowState = ReadonlyMap<number, number>;

/** The outcome of asking for calls. */
export interface WindowAnswer {
  readonly granted: boolean;
  /** When refused: how long until enough calls have left the window, milliseconds. 0 when granted. */
  readonly waitMs: number;
  /** Calls in the window after this. */
  readonly usedCalls: number;
  /** The state after this. */
  readonly state: WindowState;
}

/** The slot of a moment. */
export function slotOf(nowMs: number, shape: WindowShape): number {
  return Math.floor(nowMs / shape.bucketMs);
}

/** When a slot has left the window: its last moment, and a window later. */
function leavesAtMs(slot: number, shape: WindowShape): number {
  return (slot + 1) * shape.bucketMs + shape.windowMs;
}

/**
 * Asks for calls.
 * @param limitCalls up to how many calls in the window this class is served; at most the shape's limit
 */
export function takeFromWindow(
  state: WindowState,
  request: { readonly nowMs: number; readonly calls: number; readonly limitCalls: number },
  shape: WindowShape,
): WindowAnswer {
  const { nowMs, calls, limitCalls } = request;
  const current = slotOf(nowMs, shape);
  const slots = new Map<number, number>();
  let usedCalls = 0;
  for (const [slot, count] of state) {
    if (leavesAtMs(slot, shape) <= nowMs) continue;
    // A slot of the future: the clock went back. Those calls are made, so they count from now at the latest.
    const counted = Math.min(slot, current);
    slots.set(counted, (slots.get(counted) ?? 0) + count);
    usedCalls += count;
  }
  if (usedCalls + calls <= limitCalls) {
    if (calls > 0) slots.set(current, (slots.get(current) ?? 0) + calls);
    return { granted: true, waitMs: 0, usedCalls: usedCalls + calls, state: slots };
  }
  let waitMs = 0;
  let excess = usedCalls + calls - limitCalls;
  for (const [slot, count] of [...slots].sort(([a], [b]) => a - b)) {
    if (excess <= 0) break;
    excess -= count;
    waitMs = leavesAtMs(slot, shape) - nowMs;
  }
  return { granted: false, waitMs, usedCalls, state: slots };
}

/** Takes calls out of a slot that were granted and not made; never below 0. */
export function giveBackToWindow(state: WindowState, slot: number, calls: number): WindowState {
  const slots = new Map(state);
  const left = Math.max(0, (slots.get(slot) ?? 0) - calls);
  if (left > 0) slots.set(slot, left);
  else slots.delete(slot);
  return slots;
}
