/**
 * Hints: customers that something named and that are to be read soon.
 *
 * They wait in Redis, because a webhook may arrive at any instance and another one serves the tenant; a message tells the
 * other instances to look. The message may be lost, and so may a hint that is being read when its process dies: the poll
 * finds in any case what a hint would have found.
 */
import type { Log, RedisStore } from '#runtime';
import { createEchoes } from '#unleashed';

/** Hints that a tenant may have at most; beyond that the poll has to do. */
const MAX_HINTS = 5_000;
/** A delivery is remembered this long, seconds, so that its repetition is known for one (fact U10.7). */
const DELIVERED_TTL_SECONDS = 86_400;

/** What was taken out of a list of hints. */
export interface TakenHints {
  /** Customers, the earliest first. */
  due: string[];
  /** When the first that was left is due, our clock; null when none was. */
  nextDueMs: number | null;
}

/** The hints of all tenants. Methods reject with RuntimeError when Redis cannot be asked. */
export interface Hints {
  /** Notes a delivery; false when it was noted before. */
  noteDelivery(tenantId: string, notificationId: string): Promise<boolean>;
  /** Takes the note back, so that a repetition of the delivery is taken. */
  forgetDelivery(tenantId: string, notificationId: string): Promise<void>;
  /** Adds a customer to be read at a time, our clock; one that waits already keeps its place. Tells whoever serves it. */
  add(tenantId: string, customerGuid: string, dueAtMs: number): Promise<void>;
  /** The same for a delivery, which may be an echo of a write of ours. */
  addDelivered(tenantId: string, customerGuid: string, dueAtMs: number): Promise<void>;
  /** Whether a customer that was taken was named by nothing but echoes of our own writes. */
  isEcho(tenantId: string, customerGuid: string): Promise<boolean>;
  /** Takes customers that are due out of the list, the earliest first, at most `limit` of them. */
  take(tenantId: string, nowMs: number, limit: number): Promise<TakenHints>;
  /** Stops listening. */
  close(): Promise<void>;
}

/** Opens the list. `onHint` is told of tenants that have something new, whichever instance noted it; it must not throw. */
export function createHints(redis: RedisStore, log: Log, onHint: (tenantId: string) => void): Hints {
  const hintsKey = (tenantId: string): string => redis.key(`{${tenantId}}`, 'unleashed', 'hints');
  const deliveredKey = (tenantId: string, id: string): string =>
    redis.key(`{${tenantId}}`, 'unleashed', 'delivered', id);
  const channel = redis.key('unleashed', 'hints');
  const listener = redis.client.duplicate({ autoResubscribe: false });
  listener.on('error', () => undefined); // The store's own connection reports what is wrong.
  listener.on('message', (_channel: string, tenantId: string) => onHint(tenantId));
  // With every connection anew: what was said while there was none is found by the next poll.
  listener.on('ready', () => {
    const failed = (error: unknown): void => log.warn({ err: error }, 'not told of hints of other instances');
    listener.subscribe(channel).catch(failed);
  });

  async function add(tenantId: string, customerGuid: string, dueAtMs: number): Promise<void> {
    await redis.call('add a hint', async (client) => {
      const key = hintsKey(tenantId);
      if ((await client.zcard(key)) >= MAX_HINTS) return;
      await client.zadd(key, 'NX', dueAtMs, customerGuid);
      await client.publish(channel, tenantId);
    });
  }

  return {
    async noteDelivery(tenantId, notificationId) {
      const key = deliveredKey(tenantId, notificationId);
      const set = await redis.call('note a delivery', (client) =>
        client.set(key, '1', 'EX', DELIVERED_TTL_SECONDS, 'NX'),
      );
      return set === 'OK';
    },
    async forgetDelivery(tenantId, notificationId) {
      await redis.call('forget a delivery', (client) => client.del(deliveredKey(tenantId, notificationId)));
    },
    add,
    async addDelivered(tenantId, customerGuid, dueAtMs) {
      await createEchoes(redis, tenantId).noteDelivery(customerGuid);
      await add(tenantId, customerGuid, dueAtMs);
    },
    isEcho: (tenantId, customerGuid) => createEchoes(redis, tenantId).areOurs(customerGuid),
    async take(tenantId, nowMs, limit) {
      return redis.call('take hints', async (client) => {
        const key = hintsKey(tenantId);
        // The list holds customer and time in turn; one more than is taken tells when to come again.
        const first = await client.zrange(key, '0', String(limit), 'WITHSCORES');
        const waiting = first.flatMap((guid, at) => (at % 2 === 0 ? [{ guid, dueAtMs: Number(first[at + 1]) }] : []));
        const due = waiting.slice(0, limit).filter(({ dueAtMs }) => dueAtMs <= nowMs);
        if (due.length > 0) await client.zrem(key, ...due.map(({ guid }) => guid));
        return { due: due.map(({ guid }) => guid), nextDueMs: waiting[due.length]?.dueAtMs ?? null };
      });
    },
    async close() {
      listener.disconnect();
    },
  };
}
