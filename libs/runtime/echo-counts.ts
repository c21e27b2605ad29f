/**
 * Counts by which the echoes of our own writes are told apart. Both systems tell of every change, ours included, and name nobody;
 * a look costs a call. So they are counted: as many tellings of a record as there were writes of ours are ours, and one more is
 * somebody's.
 *
 * Counts are short-lived. Losing one costs a look.
 */
import type { ChainableCommander } from 'ioredis';
import type { RedisStore } from './redis.ts';
import { together } from './redis-together.ts';

/** Counts in Redis, by key. Methods reject with RuntimeError when Redis cannot be asked. */
export interface EchoCounts {
  /** One more. */
  add(key: string): Promise<void>;
  /** One more, together with other commands. */
  addWith(commands: ChainableCommander, key: string): void;
  /** One less. */
  takeBack(key: string): Promise<void>;
  /** Whether so many tellings are covered by the writes under a key. Takes them off; one that is not covered takes all. */
  cover(key: string, tellings: number): Promise<boolean>;
  /** The same of tellings that were counted under a key of their own, once both counts were taken. */
  coverTaken(key: string, writes: number, tellings: number): Promise<boolean>;
}

/**
 * Makes the counts.
 *
 * @param ttlSeconds a count is forgotten this long after it last changed
 */
export function createEchoCounts(redis: RedisStore, ttlSeconds: number): EchoCounts {
  function addWith(commands: ChainableCommander, key: string, count = 1): void {
    commands.incrby(key, count).expire(key, ttlSeconds);
  }

  async function coverTaken(key: string, writes: number, tellings: number): Promise<boolean> {
    const left = writes - tellings;
    // Writes that were counted meanwhile stay counted.
    if (left > 0) await together(redis, 'count the rest', (commands) => addWith(commands, key, left));
    return tellings > 0 && left >= 0;
  }

  return {
    async add(key) {
      await together(redis, 'count', (commands) => addWith(commands, key));
    },
    addWith: (commands, key) => addWith(commands, key),
    takeBack: (key) =>
      redis.call('count back', async (client) => {
        if (Number(await client.decrby(key, 1)) <= 0) await client.del(key);
      }),
    async cover(key, tellings) {
      if (tellings === 0) return false;
      const writes = await redis.call('take a count', (client) => client.getdel(key));
      return coverTaken(key, Number(writes ?? 0), tellings);
    },
    coverTaken,
  };
}
