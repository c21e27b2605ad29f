/** What the processor answered to requests: whoever wrote a request waits here for the decision on it. */
import { LRUCache } from 'lru-cache';
import type { Decision } from '#contracts';

/** Where a request was written: names it in the processor's decision. */
export interface RequestPlace {
  readonly partition: number;
  /** Offset on the request topic, as text. */
  readonly offset: string;
}

/** The decisions on requests that were seen lately, and those that are waited for. */
export interface DecisionBoard {
  /** Takes a decision; those that are not about a request are ignored. */
  note(decision: Decision): void;
  /** The decision on the request at this place; null when it does not come within `timeoutMs`. */
  wait(place: RequestPlace, timeoutMs: number): Promise<Decision | null>;
}

/** A decision may come before the broker's answer to the write: this many are kept for whoever asks a little later. */
const KEPT_MAX = 1_000;

/** An empty board. */
export function createDecisionBoard(): DecisionBoard {
  const seen = new LRUCache<string, Decision>({ max: KEPT_MAX });
  const waiting = new Map<string, Set<(decision: Decision) => void>>();
  return {
    note(decision) {
      if (decision.cause !== 'request' || decision.origin === null) return;
      const key = `${decision.origin.partition}/${decision.origin.offset}`;
      seen.set(key, decision);
      for (const tell of waiting.get(key) ?? []) tell(decision);
    },
    wait({ partition, offset }, timeoutMs) {
      const key = `${partition}/${offset}`;
      const known = seen.get(key);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => {
        const all = waiting.get(key) ?? new Set();
        const finish = (decision: Decision | null): void => {
          clearTimeout(timer);
          all.delete(finish);
          if (all.size === 0) waiting.delete(key);
          resolve(decision);
        };
        const timer = setTimeout(() => finish(null), timeoutMs);
        all.add(finish);
        waiting.set(key, all);
      });
    },
  };
}
