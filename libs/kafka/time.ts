import { KafkaError } from './errors.ts';

/**
 * Waits for `work`, but not longer than `timeoutMs`; then throws `deadline`. The work itself cannot be stopped: whoever
 * calls this throws away the client that does it.
 */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, doing: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new KafkaError('deadline', `${doing}: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `delayMs`, or at once when the signal is or becomes aborted. Never rejects. */
export function pauseFor(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** A pause that may be ended before its time. */
export interface Nap {
  /** Resolves when the time is over, or it was ended. Never rejects. */
  readonly over: Promise<void>;
  /** Ends it; nothing when it is over. */
  end(): void;
}

/** A nap of `delayMs`. Quicker than a pause with a signal of its own, whose every end is an event. */
export function napFor(delayMs: number): Nap {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  const end = (): void => {
    clearTimeout(timer);
    resolve();
  };
  return { over: promise, end };
}

/** How long to wait between tries. */
export interface BackoffOptions {
  /** First delay, milliseconds. */
  firstMs: number;
  /** Longest delay, milliseconds. */
  maxMs: number;
}

/** Delay before try number `failures + 1`: doubles with each failure, limited, ±25 % so that tasks do not move in step. */
export function backoffMs(failures: number, { firstMs, maxMs }: BackoffOptions, random: () => number = Math.random) {
  const exponent = Math.min(Math.max(failures - 1, 0), 20);
  return Math.min(firstMs * 2 ** exponent, maxMs) * (0.75 + random() / 2);
}

/** A promise with its handles, to be resolved from elsewhere any number of times; each `wait()` sees the next `wake()`. */
export function createSignal(): { wait(): Promise<void>; wake(): void } {
  let waiting: { promise: Promise<void>; resolve: () => void } | undefined;
  return {
    wait() {
      waiting ??= Promise.withResolvers<void>();
      return waiting.promise;
    },
    wake() {
      waiting?.resolve();
      waiting = undefined;
    },
  };
}
