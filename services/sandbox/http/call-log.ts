/** What happened, in order, in memory: API calls and changes, bounded, with live listeners. */
import type { Change, Side } from '../model/index.ts';

/** One API call. */
export type CallEntry = {
  readonly seq: number;
  /** When it came in, ms. */
  readonly atMs: number;
  readonly tenant: string;
  readonly side: Side;
  readonly method: string;
  /** Path below the side's base URL, with its query, as on the wire. */
  readonly url: string;
  /** Status answered; 0: the connection was destroyed. */
  readonly status: number;
  readonly durationMs: number;
  readonly userAgent: string;
  /** Faults that struck it. */
  readonly faults: readonly string[];
  /** Size of the request body in characters. */
  readonly requestChars: number;
  readonly changes: readonly Change[];
};

/** One change, by whomever. */
export type ChangeEntry = Change & { readonly seq: number; readonly tenant: string };

/** A bounded list with listeners. */
export type Ring<T extends { seq: number }> = {
  readonly add: (entry: Omit<T, 'seq'>) => void;
  /** Entries after a sequence number, oldest first. */
  readonly after: (seq: number) => T[];
  /** Calls back for each new entry; returns how to stop. */
  readonly listen: (listener: (entry: T) => void) => () => void;
  readonly lastSeq: () => number;
};

/** A ring that keeps the last `limit` entries. */
export function createRing<T extends { seq: number }>(limit: number): Ring<T> {
  const entries: T[] = [];
  const listeners = new Set<(entry: T) => void>();
  let seq = 0;
  return {
    add: (entry) => {
      seq += 1;
      const numbered = { ...entry, seq } as T;
      entries.push(numbered);
      if (entries.length > limit * 2) entries.splice(0, entries.length - limit);
      for (const listener of listeners) listener(numbered);
    },
    after: (from) => entries.slice(-limit).filter((entry) => entry.seq > from),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lastSeq: () => seq,
  };
}
