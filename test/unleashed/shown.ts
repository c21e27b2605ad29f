/** What the sink notes in Redis, for a test that plays the sink. */
import type { createLog, createRedis, redisConfig } from '#runtime';
import { useStack } from '#test/support/stack.ts';
import { shownKeyParts } from '#unleashed';

interface Parts {
  createRedis: typeof createRedis;
  redisConfig: typeof redisConfig;
  createLog: typeof createLog;
}

/** Notes that an outcome showed a record just now. */
export async function noteShownForTest(
  parts: Parts,
  prefix: string,
  tenantId: string,
  recordKey: string,
): Promise<void> {
  const config = parts.redisConfig.parse({ REDIS_URL: useStack().redisUrl, REDIS_PREFIX: prefix });
  const redis = parts.createRedis(config, parts.createLog({ service: 'test', level: 'fatal' }));
  const key = redis.key(...shownKeyParts(tenantId));
  await redis.call('note', (client) => client.hset(key, recordKey, `${Date.now()}`));
  await redis.close();
}
