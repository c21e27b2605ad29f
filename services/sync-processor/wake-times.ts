/** When each tenant wants to be looked at: a heap of times, with entries that are out of date skipped when they come up. */

/** Wake-up times of one task's tenants. */
export interface WakeTimes {
  /** Sets or (null) removes a tenant's time, milliseconds since the epoch. */
  set(tenantId: string, atMs: number | null): void;
  /** A tenant's time; null for none. */
  get(tenantId: string): number | null;
  /** Earliest time; null when nobody waits. */
  next(): number | null;
  /** Tenants that are due, earliest first, at most `limit`. They stay until they are set anew. */
  due(nowMs: number, limit: number): string[];
}

interface Entry {
  atMs: number;
  tenantId: string;
}

/** The heap is rebuilt when it holds this many times more entries than there are times. */
const MAX_STALE_FACTOR = 4;
/** Below this size nobody minds. */
const MIN_REBUILD_SIZE = 1_000;

/** An empty set of times. */
export function createWakeTimes(): WakeTimes {
  const times = new Map<string, number>();
  const heap: Entry[] = [];

  /** Ties go by tenant id, so that the order of timers does not depend on the order of loading. */
  const before = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.tenantId < b.tenantId);

  function push(entry: Entry): void {
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  function pop(): Entry | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      if (right !== undefined && before(right, left)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || !before(smaller, last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  const isCurrent = (entry: Entry): boolean => times.get(entry.tenantId) === entry.atMs;

  /** Busy tenants change their time with every step; what they leave behind must not pile up. */
  function rebuild(): void {
    heap.length = 0;
    for (const [tenantId, atMs] of times) push({ atMs, tenantId });
  }

  /** The earliest entry that still holds. */
  function peek(): Entry | undefined {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (isCurrent(top)) return top;
      pop();
    }
    return undefined;
  }

  return {
    set(tenantId, atMs) {
      if (atMs === null) times.delete(tenantId);
      else if (times.get(tenantId) !== atMs) {
        times.set(tenantId, atMs);
        push({ atMs, tenantId });
        if (heap.length > MIN_REBUILD_SIZE && heap.length > MAX_STALE_FACTOR * times.size) rebuild();
      }
    },
    get: (tenantId) => times.get(tenantId) ?? null,
    next: () => peek()?.atMs ?? null,
    due(nowMs, limit) {
      const found: Entry[] = [];
      const seen = new Set<string>();
      for (let top = peek(); top !== undefined && top.atMs <= nowMs && found.length < limit; top = peek()) {
        pop();
        // A tenant that was set to another time and back has two entries that hold.
        if (!seen.has(top.tenantId)) found.push(top);
        seen.add(top.tenantId);
      }
      for (const entry of found) push(entry);
      return found.map(({ tenantId }) => tenantId);
    },
  };
}
