import { setTimeout as sleep } from 'node:timers/promises';

/** Pause between two looks, milliseconds. */
const PAUSE_MS = 25;

/**
 * Waits until a condition holds, and gives what it gave. Errors count as "not yet", and the last one is told when the time
 * is over.
 */
export async function until<T>(
  condition: () => Promise<T> | T,
  options: { timeoutMs?: number; what?: string; pauseMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const { timeoutMs = 30_000, what = 'the condition', pauseMs = PAUSE_MS } = options;
  const endsAtMs = performance.now() + timeoutMs;
  let problem: unknown = 'it never held';
  while (performance.now() < endsAtMs) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<Exclude<T, false>>;
    } catch (error) {
      problem = error;
    }
    await sleep(pauseMs);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: problem });
}
