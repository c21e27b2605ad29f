/** Several commands of Redis in one round trip. */
import type { ChainableCommander } from 'ioredis';
import type { RedisStore } from './redis.ts';

/**
 * Runs commands in the order in which they are added, as one transaction (MULTI, EXEC): nobody sees one of them without the others.
 * Gives their answers in that order; the caller says of which types. Rejects with RuntimeError like `RedisStore.call`: when they were not
 * run, and also when one of them failed, upon which Redis keeps what the others did.
 */
export function together<Answers extends readonly unknown[]>(
  redis: RedisStore,
  doing: string,
  add: (commands: ChainableCommander) => void,
): Promise<Answers> {
  return redis.call(doing, async (client) => {
    const commands = client.multi();
    add(commands);
    const pairs = await commands.exec().catch(throwCause);
    return (pairs ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    }) as unknown as Answers;
  });
}

/** "Discarded because of previous errors" says nothing: the first of those is why, and whether to try again. */
function throwCause(error: Error & { previousErrors?: Error[] }): never {
  throw error.previousErrors?.[0] ?? error;
}
