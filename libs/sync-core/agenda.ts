/**
 * Links in the order of a number, ties in the order of their refs: what is waited for longest, or due first.
 *
 * The order follows from what is in it and not from when it was put there, so that a tenant that was loaded again goes on
 * exactly as one that stayed in memory. A heap whose outdated entries are passed over, and cleared when they are many.
 */
import type { LinkRef } from './link-state.ts';

/** An entry: a link and its number. */
export interface AgendaEntry {
  readonly ref: LinkRef;
  readonly at: number;
}

/** Links, ordered. */
export interface Agenda {
  readonly size: number;
  /** Puts a link in, or moves it. */
  set(ref: LinkRef, at: number): void;
  delete(ref: LinkRef): void;
  /** The number of a link; undefined when it is not in. */
  get(ref: LinkRef): number | undefined;
  /** The first entry; undefined when there is none. */
  first(): AgendaEntry | undefined;
  /** Refs of all entries up to a number, in the order of their refs. */
  upTo(at: number): LinkRef[];
}

/** Outdated entries that may lie about beside those in use. */
const SLACK = 64;

/** An empty one. */
export function createAgenda(): Agenda {
  const numbers = new Map<LinkRef, number>();
  let heap: AgendaEntry[] = [];

  const isLive = ({ ref, at }: AgendaEntry): boolean => numbers.get(ref) === at;

  function push(entry: AgendaEntry): void {
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index]!, heap[parent]!)) return;
      swap(heap, index, parent);
      index = parent;
    }
  }

  function pop(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === index) return;
      swap(heap, index, least);
      index = least;
    }
  }

  function tidy(): void {
    if (heap.length <= 2 * numbers.size + SLACK) return;
    // A sorted list is a heap.
    heap = [...numbers].map(([ref, at]) => ({ ref, at })).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  return {
    get size() {
      return numbers.size;
    },
    set(ref, at) {
      if (numbers.get(ref) === at) return;
      numbers.set(ref, at);
      push({ ref, at });
      tidy();
    },
    delete(ref) {
      if (numbers.size > 0 && numbers.delete(ref)) tidy();
    },
    get: (ref) => numbers.get(ref),
    first() {
      while (heap[0] !== undefined && !isLive(heap[0])) pop();
      return heap[0];
    },
    upTo: (limit) => [...numbers].flatMap(([ref, at]) => (at <= limit ? [ref] : [])).sort(),
  };
}

/** Whether an entry comes before another: by its number, ties by the ref. */
export function isBefore(a: AgendaEntry, b: AgendaEntry): boolean {
  return a.at === b.at ? a.ref < b.ref : a.at < b.at;
}

function swap(heap: AgendaEntry[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
