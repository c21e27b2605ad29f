/**
 * Tenants in memory, shared by all tasks of the process and limited by the number of links that they hold together.
 *
 * A tenant that a running step has touched is pinned: its state is ahead of what is stored until the step's transaction
 * is committed and applied. So the limit may be exceeded within one step, never for longer. A task that fails forgets all
 * of its tenants, because their states may be ahead of what was committed.
 */
import type { TenantState } from '#sync-core';

/** The part of the cache that belongs to one incarnation of a task. */
export interface TenantCachePart {
  /** The tenant, pinned and marked as the latest used; undefined when it is not in memory. */
  use(tenantId: string): TenantState | undefined;
  /** Puts a tenant that was just loaded, pinned. */
  put(state: TenantState): void;
  /** Unpins everything of this part and lets the least recently used tenants go, whosesoever, down to the limit. */
  release(): void;
  /** Forgets everything of this part. */
  drop(): void;
}

/** The cache. */
export interface TenantCache {
  /** A new, empty part. */
  part(): TenantCachePart;
  /** Tenants in memory. */
  tenants(): number;
  /** Links in memory, as counted at the last release of each tenant. */
  links(): number;
}

interface Entry {
  state: TenantState;
  /** Links counted for it. */
  links: number;
  pinned: boolean;
  owner: Map<string, Entry>;
}

/** @param maxLinks links kept in memory between steps, at most; one tenant alone may hold more while it is in use */
export function createTenantCache(maxLinks: number): TenantCache {
  /** All entries, the least recently used first: a Set keeps the order of insertion. */
  const byUse = new Set<Entry>();
  let links = 0;

  function forget(entry: Entry): void {
    byUse.delete(entry);
    entry.owner.delete(entry.state.tenantId);
    links -= entry.links;
  }

  function evict(): void {
    for (const entry of byUse) {
      if (links <= maxLinks) return;
      if (!entry.pinned) forget(entry);
    }
  }

  return {
    part() {
      const own = new Map<string, Entry>();
      const pinned = new Set<Entry>();
      return {
        use(tenantId) {
          const entry = own.get(tenantId);
          if (entry === undefined) return undefined;
          byUse.delete(entry);
          byUse.add(entry);
          entry.pinned = true;
          pinned.add(entry);
          return entry.state;
        },
        put(state) {
          const entry: Entry = { state, links: state.links.size, pinned: true, owner: own };
          own.set(state.tenantId, entry);
          byUse.add(entry);
          pinned.add(entry);
          links += entry.links;
        },
        release() {
          for (const entry of pinned) {
            entry.pinned = false;
            links += entry.state.links.size - entry.links;
            entry.links = entry.state.links.size;
          }
          pinned.clear();
          evict();
        },
        drop() {
          for (const entry of [...own.values()]) forget(entry);
          pinned.clear();
        },
      };
    },
    tenants: () => byUse.size,
    links: () => links,
  };
}
