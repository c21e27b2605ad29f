import { type Clock, systemClock, throwIfAborted } from './clock.ts';
import { RuntimeError } from './errors.ts';

/** How long work may take. */
export interface DeadlineOptions {
  /** Longest time, milliseconds. */
  readonly timeoutMs: number;
  /** What is being done, for the message: "GET /Customers". */
  readonly doing: string;
  /** The caller's own signal; the work's signal is aborted with it. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Whose time counts. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Gives work a deadline. The work gets a signal that is aborted at the deadline, or when the caller's signal is; it should
 * pass it on, since nothing else can stop it. Its late result or error is dropped.
 * @throws RuntimeError DEADLINE_EXCEEDED, or ABORTED for the caller's signal, or whatever the work throws before either
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, doing, signal, clock = systemClock }: DeadlineOptions,
): Promise<T> {
  throwIfAborted(signal);
  const stop = new AbortController();
  const end = new AbortController();
  const late = clock.sleep(timeoutMs, end.signal).then(() => {
    throw new RuntimeError('DEADLINE_EXCEEDED', `${doing}: no result within ${timeoutMs} ms.`);
  });
  const cancelled = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener(
      'abort',
      () => reject(new RuntimeError('ABORTED', `${doing}: stopped by the caller.`, { cause: signal.reason })),
      { once: true, signal: end.signal },
    );
  });
  try {
    return await Promise.race([work(stop.signal), late, cancelled]);
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    end.abort();
    late.catch(() => undefined);
  }
}
