/** The real Redis for one test file, under keys of its own that are taken away afterwards. */
import { afterAll } from 'vitest';
import { createLog, createRedis, loadConfig, type RedisStore, redisConfig } from '#runtime';
import { uniquePrefix, useStack } from './stack.ts';

/** A store and the keys that are under it now. */
export function useRedis(name: string): { store: RedisStore; keys: () => Promise<string[]> } {
  const { redis } = loadConfig(
    { redis: redisConfig },
    { REDIS_URL: useStack().redisUrl, REDIS_PREFIX: uniquePrefix(name) },
  );
  const store = createRedis(redis, createLog({ service: 'test', level: 'silent' }));
  const keys = (): Promise<string[]> => store.client.keys(`${store.prefix}*`);
  afterAll(async () => {
    const left = await keys();
    if (left.length > 0) await store.client.del(left);
    await store.close();
  });
  return { store, keys };
}
