/**
 * Counts by which the echoes of our own writes are told apart. Both systems tell of every change, ours included, and name nobody;
 * a look costs a call. So they are counted: as many tellings of a record as there were writes of ours are ours, and one more is
 * somebody's.
 *
 * Counts are short-lived. Losing one costs a look.
 */
import type { RedisStore } from './redis.ts';

/** Counts in Redis, by key. Methods reject with RuntimeError when Redis cannot be asked. */
export interface EchoCounts {
  /** One more. */
  add(key: string): Promise<void>;
  /** One less. */
  takeBack(key: string): Promise<void>;
  /** How many there are; there are none afterwards. */
  take(key: string): Promise<number>;
  /** Whether so many tellings are covered by the writes under a key. Takes them off; one that is not covered takes all. */
  cover(key: string, tellings: number): Promise<boolean>;
}

/**
 * Makes the counts.
 *
 * @param ttlSeconds a count is forgotten this long after it last changed
 */
export function createEchoCounts(redis: RedisStore, ttlSeconds: number): EchoCounts {
  const take = (key: string): Promise<number> =>
    redis.call('take a count', async (client) => Number((await client.getdel(key)) ?? 0));
  return {
    add: (key) =>
      redis.call('count', async (client) => {
        await client.incr(key);
        await client.expire(key, ttlSeconds);
      }),
    takeBack: (key) =>
      redis.call('count back', async (client) => {
        if (Number(await client.decrby(key, 1)) <= 0) await client.del(key);
      }),
    take,
    async cover(key, tellings) {
      if (tellings === 0) return false;
      const left = (await take(key)) - tellings;
      if (left > 0) await redis.call('count the rest', (client) => client.set(key, String(left), 'EX', ttlSeconds));
      return left >= 0;
    },
  };
}
