/**
 * Webhooks that our own writes cause. Unleashed tells of every change, ours included, and a look at the customer costs a
 * call. A delivery names nobody, so they are counted: as many deliveries for a customer as there were writes of ours since
 * the last look are ours, and one more is somebody's.
 *
 * Where a delivery of ours is lost and somebody edits the customer within half a minute, theirs is taken for it; the next
 * poll finds the edit. Losing the counts costs a look.
 */
import type { RedisStore } from '#runtime';

/** A count is forgotten this long after it last grew, seconds. */
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
  const keyOf = (kind: 'written' | 'delivered', guid: string): string =>
    redis.key(`{${tenantId}}`, 'unleashed', kind, guid.toLowerCase());
  const count = (key: string): Promise<void> =>
    redis.call('count an echo', async (client) => {
      await client.incr(key);
      await client.expire(key, TTL_SECONDS);
    });
  return {
    noteWrite: (guid) => count(keyOf('written', guid)),
    noteDelivery: (guid) => count(keyOf('delivered', guid)),
    async areOurs(guid) {
      const [written, delivered] = [keyOf('written', guid), keyOf('delivered', guid)];
      return redis.call('look for echoes', async (client) => {
        const deliveries = Number((await client.get(delivered)) ?? 0);
        if (deliveries === 0) return false;
        const writes = Number((await client.get(written)) ?? 0);
        const ours = deliveries <= writes;
        await client.del(delivered);
        if (ours && writes > deliveries) await client.decrby(written, deliveries);
        else await client.del(written);
        return ours;
      });
    },
  };
}
