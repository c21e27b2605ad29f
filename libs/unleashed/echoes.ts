/**
 * Webhooks that our own writes cause, told apart by counting. Deliveries and looks may be different instances' work, so both
 * writes and deliveries are counted in Redis: as many deliveries for a customer as there were writes of ours since the last
 * look are ours, and one more is somebody's.
 *
 * Where a delivery of ours is lost and somebody edits the customer within half a minute, theirs is taken for it; the next
 * poll finds the edit.
 */
import { createEchoCounts, type RedisStore } from '#runtime';

/** A count is forgotten this long after it last changed, seconds. */
const TTL_SECONDS = 30;

/** The counts of one tenant. Methods reject with RuntimeError when Redis cannot be asked. */
export interface Echoes {
  /** A write of ours was carried out. */
  noteWrite(customerGuid: string): Promise<void>;
  /** A delivery came. */
  noteDelivery(customerGuid: string): Promise<void>;
  /** Whether all deliveries since the last time are echoes of our writes. Takes them off the counts. */
  areOurs(customerGuid: string): Promise<boolean>;
}

/** The counts of a tenant. */
export function createEchoes(redis: RedisStore, tenantId: string): Echoes {
  const counts = createEchoCounts(redis, TTL_SECONDS);
  const keyOf = (kind: 'written' | 'delivered', guid: string): string =>
    redis.key(`{${tenantId}}`, 'unleashed', kind, guid.toLowerCase());
  return {
    noteWrite: (guid) => counts.add(keyOf('written', guid)),
    noteDelivery: (guid) => counts.add(keyOf('delivered', guid)),
    areOurs: async (guid) => counts.cover(keyOf('written', guid), await counts.take(keyOf('delivered', guid))),
  };
}
