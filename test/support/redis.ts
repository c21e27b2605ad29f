/** The real Redis for one test file, under keys of its own that are taken away afterwards. */
import { afterAll } from 'vitest';
import { createLog, createRedis, loadConfig, type RedisStore, redisConfig } from '#runtime';
import { uniquePrefix, useStack } from './stack.ts';

/** A store, another connection to the same keys, and what is under them now. */
export function useRedis(name: string): { store: RedisStore; other: RedisStore; keys: () => Promise<string[]> } {
  const { redis } = loadConfig(
    { redis: redisConfig },
    { REDIS_URL: useStack().redisUrl, REDIS_PREFIX: uniquePrefix(name) },
  );
  const open = (): RedisStore => createRedis(redis, createLog({ service: 'test', level: 'silent' }));
  const [store, other] = [open(), open()];
  const keys = (): Promise<string[]> => store.client.keys(`${store.prefix}*`);
  afterAll(async () => {
    const left = await keys();
    if (left.length > 0) await store.client.del(left);
    await Promise.all([store.close(), other.close()]);
  });
  return { store, other, keys };
}
