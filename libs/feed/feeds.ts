/** The feeds of the tenants that this instance serves: those of its partitions. */
import { partitionOf } from '#contracts';
import type { Log, Tenant } from '#runtime';

/** A running feed of one tenant. */
export interface Feed {
  /** There may be something to read. */
  wake?(): void;
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** What it needs. */
export interface FeedsOptions {
  partitionCount: number;
  /** Tenants as they are now. */
  tenants: () => readonly Tenant[];
  /** Starts the feed of a tenant. */
  startFeed: (tenant: Tenant) => Feed;
  /** Told when a tenant is served no longer. */
  onStopped: (tenantId: string) => void;
  log: Log;
}

/** All feeds of this instance. */
export interface Feeds {
  /** These partitions are ours from now on. */
  assign(partitions: readonly number[]): void;
  /** These are no longer ours; their feeds end with the read that is under way. */
  revoke(partitions: readonly number[]): void;
  /** The tenants file changed: starts what is new, stops what is gone, starts anew what changed. */
  takeUp(changed: readonly string[]): Promise<void>;
  /** Wakes the feed of a tenant, if it is one of ours. */
  wake(tenantId: string): void;
  /** Stops all; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Makes the collection; nothing runs before partitions are assigned. */
export function createFeeds(options: FeedsOptions): Feeds {
  const owned = new Set<number>();
  const running = new Map<string, Feed>();
  const ending = new Map<string, Promise<void>>();
  let isStopped = false;

  function stopFeed(tenantId: string): Promise<void> {
    const feed = running.get(tenantId);
    if (feed === undefined) return ending.get(tenantId) ?? Promise.resolve();
    running.delete(tenantId);
    options.onStopped(tenantId);
    const end = feed.stop().finally(() => {
      ending.delete(tenantId);
      // It may have become ours again while its last read was under way.
      settle();
    });
    ending.set(tenantId, end);
    return end;
  }

  /** Brings what runs in line with what should; a tenant whose old feed has not ended yet waits for it. */
  function settle(): void {
    const ours = options.tenants().filter(({ id }) => !isStopped && owned.has(partitionOf(id, options.partitionCount)));
    const ids = new Set(ours.map(({ id }) => id));
    for (const tenantId of running.keys()) if (!ids.has(tenantId)) void stopFeed(tenantId);
    for (const tenant of ours) {
      if (!running.has(tenant.id) && !ending.has(tenant.id)) running.set(tenant.id, options.startFeed(tenant));
    }
  }

  return {
    assign(partitions) {
      for (const partition of partitions) owned.add(partition);
      settle();
      options.log.info({ partitions: [...owned], tenants: running.size }, 'partitions assigned');
    },
    revoke(partitions) {
      for (const partition of partitions) owned.delete(partition);
      settle();
      options.log.info({ partitions: [...owned], tenants: running.size }, 'partitions given up');
    },
    async takeUp(changed) {
      await Promise.all(changed.map(stopFeed));
      settle();
    },
    wake: (tenantId) => running.get(tenantId)?.wake?.(),
    async stop() {
      isStopped = true;
      settle();
      await Promise.all(ending.values());
    },
  };
}
