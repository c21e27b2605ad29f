/**
 * Which commands came so far that their write may have been sent. In Redis, and in the process as long as it lives: losing both costs a
 * read, and that a write which comes late after all is not known for one (docs/limitations.md).
 */
import type { Side } from '#contracts';
import type { RedisStore } from '#runtime';

/** A begun write is remembered this long, seconds: longer than any command is delivered again. */
const BEGUN_TTL_SECONDS = 86_400;
/** Commands that a process remembers by itself: more than it has under way. */
const REMEMBERED_HERE = 10_000;

/** What stands at a command whose write was begun once, and more than once. */
const ONCE = '1';
const AGAIN = '2';

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface BegunWrites {
  /** Notes that a write is about to be sent for a command; true when for the first time. */
  beginWrite(commandId: string): Promise<boolean>;
  /** Whether that was noted before. */
  hasBegun(commandId: string): Promise<boolean>;
  /** Whether it was noted more than once: of two writes of a command one may have come, and the other not yet. */
  hasBegunAgain(commandId: string): Promise<boolean>;
}

/** The memory of a sink of one side, by tenant. */
export function createBegunWrites(redis: RedisStore, side: Side): (tenantId: string) => BegunWrites {
  /** How often each command was begun here, the oldest first: what Redis may have lost since. */
  const here = new Map<string, number>();

  function remember(commandId: string): void {
    const [oldest] = here.keys();
    if (here.size >= REMEMBERED_HERE && oldest !== undefined) here.delete(oldest);
    here.set(commandId, (here.get(commandId) ?? 0) + 1);
  }

  return (tenantId) => {
    const keyOf = (commandId: string): string => redis.key(`{${tenantId}}`, side, 'begun', commandId);
    return {
      async beginWrite(commandId) {
        const set = await redis.call('note a begun write', (client) =>
          client.set(keyOf(commandId), ONCE, 'EX', BEGUN_TTL_SECONDS, 'NX'),
        );
        const isFirst = set === 'OK' && !here.has(commandId);
        if (!isFirst) {
          await redis.call('note a write begun again', (client) =>
            client.set(keyOf(commandId), AGAIN, 'EX', BEGUN_TTL_SECONDS),
          );
        }
        remember(commandId);
        return isFirst;
      },
      async hasBegun(commandId) {
        if (here.has(commandId)) return true;
        return (await redis.call('look for a begun write', (client) => client.exists(keyOf(commandId)))) > 0;
      },
      async hasBegunAgain(commandId) {
        if ((here.get(commandId) ?? 0) > 1) return true;
        return (await redis.call('look for a write begun again', (client) => client.get(keyOf(commandId)))) === AGAIN;
      },
    };
  };
}
