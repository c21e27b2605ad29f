/** How long to wait after a 429. Pure; `lua/block-side.lua` does the same inside Redis. */
import { BLOCK_FIRST_MS, BLOCK_MAX_MS, BLOCK_MEMORY_MS } from './limits.ts';

/** The last 429 of a tenant and side. */
export interface BlockState {
  /** Nothing is granted before this, ms since 1970. */
  readonly untilMs: number;
  /** 429 answers in a row, each after the wait for the one before. */
  readonly strikes: number;
}

/**
 * The state after a 429. Answers that come while the wait lasts belong to calls that were under way: they can only
 * prolong it by what they ask for themselves.
 */
export function blockAfter429(
  state: BlockState | undefined,
  report: { readonly nowMs: number; readonly retryAfterMs: number | undefined },
): BlockState {
  const { nowMs, retryAfterMs } = report;
  const waiting = state !== undefined && state.untilMs > nowMs;
  const remembered = state !== undefined && nowMs - state.untilMs < BLOCK_MEMORY_MS ? state.strikes : 0;
  const strikes = waiting ? state.strikes : remembered + 1;
  const ownMs = waiting ? 0 : BLOCK_FIRST_MS * 2 ** Math.min(strikes - 1, 20);
  const waitMs = Math.min(retryAfterMs ?? ownMs, BLOCK_MAX_MS);
  return { untilMs: Math.max(state?.untilMs ?? 0, nowMs + Math.max(waitMs, 0)), strikes };
}
