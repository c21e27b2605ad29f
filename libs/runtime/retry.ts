import pRetry, { AbortError } from 'p-retry';
import { type Clock, systemClock } from './clock.ts';
import { isAborted, isRetriable, RuntimeError } from './errors.ts';

/** How often and how long to try. Both limits always hold: whichever is reached first ends it. */
export interface RetryOptions {
  /** Tries at most, the first one counted. At least 1. */
  readonly triesMax: number;
  /** No try begins later than this after the first, milliseconds; a pause that would go beyond ends it at once. */
  readonly deadlineMs: number;
  /** Pause after the first failure, milliseconds; doubles with each one. Default 200. */
  readonly firstPauseMs?: number;
  /** Longest pause, milliseconds. Default 5,000. */
  readonly longestPauseMs?: number;
  /** Stops it, also in a pause. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Whose time counts. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Whether a failure is worth another try. Default: the error's own `retriable`. */
  readonly shouldRetry?: (error: Error) => boolean;
  /** A pause that the other side asked for (Retry-After), milliseconds; undefined for the usual one. Default: none. */
  readonly pauseAskedMs?: (error: Error) => number | undefined;
  /** Told of every failure that is followed by another try, for a log line. */
  readonly onRetry?: (failure: { error: Error; attempt: number; pauseMs: number }) => void;
  /** Number from 0 to 1 that spreads pauses by ±25 %, so that instances do not move in step. Default Math.random. */
  readonly random?: () => number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Pause after failure number `failures` (from 1): doubles, limited, spread by ±25 %. Pure but for `random`. */
export function pauseAfterMs(
  failures: number,
  options: { firstPauseMs: number; longestPauseMs: number },
  random: () => number = Math.random,
): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const pauseMs = Math.min(options.firstPauseMs * 2 ** doublings, options.longestPauseMs);
  return Math.round(pauseMs * (0.75 + random() / 2));
}

/**
 * Does something until it works, within a number of tries and a time. `work` gets the number of the try, from 1.
 *
 * p-retry counts and decides; the pause is ours, because it has to pass on the caller's clock.
 * @throws the last error of `work`; RuntimeError ABORTED when the signal asks to stop
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock = systemClock, signal, shouldRetry = isRetriable } = options;
  const pauses = {
    firstPauseMs: options.firstPauseMs ?? FIRST_PAUSE_MS,
    longestPauseMs: options.longestPauseMs ?? LONGEST_PAUSE_MS,
  };
  const startMs = clock.now();
  return await pRetry(
    async (attempt) => {
      if (signal?.aborted) throw new AbortError(new RuntimeError('ABORTED', 'Stopped by the caller.'));
      return await work(attempt);
    },
    {
      retries: options.triesMax - 1,
      minTimeout: 0,
      maxTimeout: 0,
      shouldRetry: async ({ error, attemptNumber }) => {
        if (isAborted(error) || !shouldRetry(error)) return false;
        const pauseMs = options.pauseAskedMs?.(error) ?? pauseAfterMs(attemptNumber, pauses, options.random);
        if (clock.now() + pauseMs - startMs > options.deadlineMs) return false;
        options.onRetry?.({ error, attempt: attemptNumber, pauseMs });
        await clock.sleep(pauseMs, signal);
        return true;
      },
    },
  );
}
