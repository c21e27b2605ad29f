/**
 * Time as an input. Whatever decides by time or waits takes a Clock, so that the same code runs on simulated time.
 */
import { RuntimeError } from './errors.ts';

/** A source of time. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /**
   * Resolves after `delayMs` (at once when it is 0 or less).
   * @throws RuntimeError ABORTED as soon as the signal is aborted
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout takes no longer delay than this; a longer one would fire at once. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

function aborted(signal: AbortSignal): RuntimeError {
  return new RuntimeError('ABORTED', 'Stopped by the caller.', { cause: signal.reason });
}

/** @throws RuntimeError ABORTED when the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

function timeout(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(aborted(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  async sleep(delayMs: number, signal?: AbortSignal) {
    throwIfAborted(signal);
    for (let leftMs = delayMs; leftMs > 0; leftMs -= TIMEOUT_MAX_MS) {
      await timeout(Math.min(leftMs, TIMEOUT_MAX_MS), signal);
    }
  },
});

/** A clock for tests: it stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers in the order of their time; each gets to run before the next is woken. */
  advance(ms: number): Promise<void>;
  /** Sleepers waiting now. */
  readonly sleepers: number;
}

/** @param startMs what `now()` says at first, ms since 1970 */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  let sleeping: { atMs: number; wake: () => void }[] = [];
  return {
    now: () => nowMs,
    get sleepers() {
      return sleeping.length;
    },
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(aborted(signal));
        if (delayMs <= 0) return resolve();
        const entry = { atMs: nowMs + delayMs, wake: resolve };
        sleeping.push(entry);
        signal?.addEventListener('abort', () => {
          sleeping = sleeping.filter((other) => other !== entry);
          reject(aborted(signal));
        });
      });
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleeping.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > untilMs) break;
        sleeping = sleeping.filter((other) => other !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
      nowMs = untilMs;
    },
  };
}
