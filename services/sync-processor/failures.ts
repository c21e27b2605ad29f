/**
 * Records and timers on which deciding failed, remembered across incarnations of a task.
 *
 * A failure throws the task's memory away and the record comes again. When it fails every time, it is put aside, so that
 * one record (or one tenant's timer) cannot hold up all tenants of its partition.
 */

/** Failures so far. */
export interface Failures {
  /** Notes a failure. */
  note(what: string): void;
  /** True when it failed so often that it is put aside. */
  isHopeless(what: string): boolean;
  /** Lets it be tried again. */
  forget(what: string): void;
}

/** Twice: the first may have been about a state that is not the stored one. */
const TRIES = 2;
const MAX_REMEMBERED = 1_000;

/** Nothing failed yet. */
export function createFailures(): Failures {
  const counts = new Map<string, number>();
  return {
    note(what) {
      const count = (counts.get(what) ?? 0) + 1;
      counts.delete(what);
      counts.set(what, count);
      const oldest = counts.keys().next().value;
      if (counts.size > MAX_REMEMBERED && oldest !== undefined) counts.delete(oldest);
    },
    isHopeless: (what) => counts.size > 0 && (counts.get(what) ?? 0) >= TRIES,
    forget: (what) => void counts.delete(what),
  };
}
