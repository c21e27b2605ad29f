/** What the sink remembers in Redis. Losing it costs a read or a repeated publication, never a wrong write. */
import type { RedisStore } from '#runtime';
import { SHOWN_MARGIN_MS, SHOWN_TTL_SECONDS, shownKeyParts } from '#unleashed';

/** A begun write is remembered this long, seconds: longer than any command is delivered again. */
const BEGUN_TTL_SECONDS = 86_400;

/** The sink's memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface SinkMemory {
  /** Notes that a write is about to be sent for a command; true when for the first time. */
  beginWrite(commandId: string): Promise<boolean>;
  /** Whether that was noted before. */
  hasBegun(commandId: string): Promise<boolean>;
  /** Notes that an outcome shows a record, for the connector. */
  noteShown(kind: 'customer' | 'contact', guid: string, readStartedAtMs: number): Promise<void>;
}

/** The memory of a tenant. */
export function createSinkMemory(redis: RedisStore, tenantId: string): SinkMemory {
  const begunKey = (commandId: string): string => redis.key(`{${tenantId}}`, 'unleashed', 'begun', commandId);
  const shownKey = redis.key(...shownKeyParts(tenantId));
  return {
    async beginWrite(commandId) {
      const set = await redis.call('note a begun write', (client) =>
        client.set(begunKey(commandId), '1', 'EX', BEGUN_TTL_SECONDS, 'NX'),
      );
      return set === 'OK';
    },
    async hasBegun(commandId) {
      return (await redis.call('look for a begun write', (client) => client.exists(begunKey(commandId)))) > 0;
    },
    async noteShown(kind, guid, readStartedAtMs) {
      const atMs = `${readStartedAtMs + SHOWN_MARGIN_MS}`;
      await redis.call('note a shown record', async (client) => {
        await client.hset(shownKey, `${kind}/${guid}`, atMs);
        await client.expire(shownKey, SHOWN_TTL_SECONDS);
      });
    },
  };
}
