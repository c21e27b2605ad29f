/** Reads with a little patience: servers stumble, and a record that was just made may not be there yet. */

/** When a read is tried again. */
export interface Patience {
  /** Waits before the second try, the third and so on, milliseconds. */
  readonly waitsMs: readonly number[];
  /** Whether an error may pass by itself. */
  isPassing(error: unknown): boolean;
}

/** Reads, again after a passing trouble; rejects with the last error. */
export async function readPatiently<T>(
  read: () => Promise<T>,
  patience: Patience,
  sleep: (ms: number) => Promise<void>,
): Promise<T> {
  for (const waitMs of patience.waitsMs) {
    try {
      return await read();
    } catch (error) {
      if (!patience.isPassing(error)) throw error;
      await sleep(waitMs);
    }
  }
  return read();
}
