/**
 * Webhooks that our own writes cause, told apart by counting. Deliveries and looks may be different instances' work, so both
 * writes and deliveries are counted in Redis: as many deliveries for a customer as there were writes of ours since the last
 * look are ours, and one more is somebody's.
 *
 * Where a delivery of ours is lost and somebody edits the customer within half a minute, theirs is taken for it; the next
 * poll finds the edit.
 */
import type { ChainableCommander } from 'ioredis';
import { createEchoCounts, type RedisStore } from '#runtime';

/** A count is forgotten this long after it last changed, seconds. */
const TTL_SECONDS = 30;

/** Both counts of a customer, as Redis answers when they are taken. */
export type TakenEchoes = readonly [delivered: string | null, written: string | null];

/** The counts of one tenant. Methods reject with RuntimeError when Redis cannot be asked. */
export interface Echoes {
  /** A write of ours was carried out. */
  noteWrite(customerGuid: string): Promise<void>;
  /** A delivery came: counted together with other commands. */
  noteDeliveryWith(commands: ChainableCommander, customerGuid: string): void;
  /** A delivery that was counted had been counted before. */
  forgetDelivery(customerGuid: string): Promise<void>;
  /** Takes the counts, together with other commands, of which these are two; their answers are for `areOurs`. */
  takeWith(commands: ChainableCommander, customerGuid: string): void;
  /** Whether all deliveries since the last time are echoes of our writes. Writes that are left over are put back. */
  areOurs(customerGuid: string, taken: TakenEchoes): Promise<boolean>;
}

/** The counts of a tenant. */
export function createEchoes(redis: RedisStore, tenantId: string): Echoes {
  const counts = createEchoCounts(redis, TTL_SECONDS);
  const keyOf = (kind: 'written' | 'delivered', guid: string): string =>
    redis.key(`{${tenantId}}`, 'unleashed', kind, guid.toLowerCase());
  return {
    noteWrite: (guid) => counts.add(keyOf('written', guid)),
    noteDeliveryWith: (commands, guid) => counts.addWith(commands, keyOf('delivered', guid)),
    forgetDelivery: (guid) => counts.takeBack(keyOf('delivered', guid)),
    takeWith: (commands, guid) => void commands.getdel(keyOf('delivered', guid)).getdel(keyOf('written', guid)),
    areOurs: (guid, [delivered, written]) =>
      counts.coverTaken(keyOf('written', guid), Number(written ?? 0), Number(delivered ?? 0)),
  };
}
