/**
 * Hints: customers that something named and that are to be read soon.
 *
 * They wait in Redis, because a webhook may arrive at any instance and another one serves the tenant; a message tells the
 * other instances that there is one. The message may be lost, and so may a hint that is being read when its process dies: the
 * poll finds in any case what a hint would have found.
 */
import type { ChainableCommander } from 'ioredis';
import { type Log, type RedisStore, together } from '#runtime';
import { createEchoes, type TakenEchoes } from '#unleashed';

/** Hints that a tenant may have at most; beyond that the poll has to do. */
const MAX_HINTS = 5_000;
/** A delivery is remembered this long, seconds, so that its repetition is known for one (fact U10.7). */
const DELIVERED_TTL_SECONDS = 86_400;

/** What of a list of hints is due. */
export interface DueHints {
  /** Customers, the earliest first. */
  due: string[];
  /** When the first of the others is due, our clock; null when there is none. */
  nextDueMs: number | null;
}

/** A hint that was to be taken: it is the caller's, was named by nothing but echoes of our own writes, or was taken by another. */
export type TakenHint = 'taken' | 'echo' | 'gone';

/** The hints of all tenants. Methods reject with RuntimeError when Redis cannot be asked. */
export interface Hints {
  /** Adds a customer to be read at a time, our clock; one that waits already keeps its place. Tells whoever serves it. */
  add(tenantId: string, customerGuid: string, dueAtMs: number): Promise<void>;
  /** The same for a delivery, which may be an echo of a write of ours; false, and nothing is added, when it came before. */
  addDelivered(tenantId: string, notificationId: string, customerGuid: string, dueAtMs: number): Promise<boolean>;
  /** Customers that are due, the earliest first, at most `limit` of them. They wait on until they are taken. */
  due(tenantId: string, nowMs: number, limit: number): Promise<DueHints>;
  /** Takes a customer out of the list, and the counts of its echoes with it. */
  take(tenantId: string, customerGuid: string): Promise<TakenHint>;
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

  function addWith(commands: ChainableCommander, tenantId: string, customerGuid: string, dueAtMs: number): void {
    const key = hintsKey(tenantId);
    // Of too many the latest go.
    commands.zadd(key, 'NX', dueAtMs, customerGuid).zremrangebyrank(key, MAX_HINTS, -1).publish(channel, tenantId);
  }

  return {
    async add(tenantId, customerGuid, dueAtMs) {
      await together(redis, 'add a hint', (commands) => addWith(commands, tenantId, customerGuid, dueAtMs));
    },
    async addDelivered(tenantId, notificationId, customerGuid, dueAtMs) {
      const echoes = createEchoes(redis, tenantId);
      const key = deliveredKey(tenantId, notificationId);
      type Answers = ['OK' | null, count: number, expiry: number, added: number];
      const [noted, , , added] = await together<Answers>(redis, 'add a delivered hint', (commands) => {
        commands.set(key, '1', 'EX', DELIVERED_TTL_SECONDS, 'NX');
        echoes.noteDeliveryWith(commands, customerGuid);
        addWith(commands, tenantId, customerGuid, dueAtMs);
      });
      if (noted === 'OK') return true;
      // Repetitions are rare: they are taken back. What is lost with them at worst, the poll finds.
      await echoes.forgetDelivery(customerGuid);
      const hint = hintsKey(tenantId);
      if (added > 0) await redis.call('take back a hint', (client) => client.zrem(hint, customerGuid));
      return false;
    },
    async due(tenantId, nowMs, limit) {
      // The list holds customer and time in turn; one more than is wanted tells when to come again.
      const first = await redis.call('look for hints', (client) =>
        client.zrange(hintsKey(tenantId), '0', String(limit), 'WITHSCORES'),
      );
      const waiting = first.flatMap((guid, at) => (at % 2 === 0 ? [{ guid, dueAtMs: Number(first[at + 1]) }] : []));
      const due = waiting.slice(0, limit).filter(({ dueAtMs }) => dueAtMs <= nowMs);
      return { due: due.map(({ guid }) => guid), nextDueMs: waiting[due.length]?.dueAtMs ?? null };
    },
    async take(tenantId, customerGuid) {
      const echoes = createEchoes(redis, tenantId);
      const [removed, ...taken] = await together<[number, ...TakenEchoes]>(redis, 'take a hint', (commands) => {
        commands.zrem(hintsKey(tenantId), customerGuid);
        echoes.takeWith(commands, customerGuid);
      });
      const isEcho = await echoes.areOurs(customerGuid, taken);
      if (removed === 0) return 'gone';
      return isEcho ? 'echo' : 'taken';
    },
    async close() {
      listener.disconnect();
    },
  };
}
