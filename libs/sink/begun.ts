/**
 * Which commands came so far that their write may have been sent. In Redis; losing it costs a
 * read, and that a write which comes late after all is not known for one (docs/limitations.md).
 */
import type { Side } from '#contracts';
import type { RedisStore } from '#runtime';

/** A begun write is remembered this long, seconds: longer than any command is delivered again. */
const BEGUN_TTL_SECONDS = 86_400;

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface BegunWrites {
  /** Notes that a write is about to be sent for a command; true when for the first time. */
  beginWrite(commandId: string): Promise<boolean>;
  /** Whether that was noted before. */
  hasBegun(commandId: string): Promise<boolean>;
}

/** The memory of a tenant's commands for one side. */
export function createBegunWrites(redis: RedisStore, tenantId: string, side: Side): BegunWrites {
  const keyOf = (commandId: string): string => redis.key(`{${tenantId}}`, side, 'begun', commandId);
  return {
    async beginWrite(commandId) {
      const set = await redis.call('note a begun write', (client) =>
        client.set(keyOf(commandId), '1', 'EX', BEGUN_TTL_SECONDS, 'NX'),
      );
      return set === 'OK';
    },
    async hasBegun(commandId) {
      return (await redis.call('look for a begun write', (client) => client.exists(keyOf(commandId)))) > 0;
    },
  };
}
