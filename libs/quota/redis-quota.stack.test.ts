import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createLog, createManualClock, createRedis, loadConfig, type RedisStore, redisConfig } from '#runtime';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { CRM_LIMIT_CALLS, limitFor } from './limits.ts';
import { createMemoryQuota } from './memory-quota.ts';
import type { Quota, QuotaGrant, QuotaPriority, QuotaSide } from './quota.ts';
import { itBehavesLikeAQuota, MONTHLY_CALLS } from './quota-behaviour.testing.ts';
import { createRedisQuota } from './redis-quota.ts';

const log = createLog({ service: 'test', level: 'silent' });
const opened: RedisStore[] = [];
const monthlyCallsOf = (id: string) => (id === 'known' ? MONTHLY_CALLS : undefined);

function open(prefix = uniquePrefix('quota')): RedisStore {
  const { redis } = loadConfig({ redis: redisConfig }, { REDIS_URL: useStack().redisUrl, REDIS_PREFIX: prefix });
  const store = createRedis(redis, log);
  opened.push(store);
  return store;
}

async function allKeys(store: RedisStore): Promise<string[]> {
  return await store.client.keys(`${store.prefix}*`);
}

afterAll(async () => {
  for (const store of opened) {
    const keys = await allKeys(store);
    if (keys.length > 0) await store.client.del(keys);
    await store.close();
  }
});

describe('a quota on Redis', () => {
  const shared = { store: undefined as RedisStore | undefined, tests: 0 };
  itBehavesLikeAQuota((clock) => {
    shared.store ??= open();
    const { store } = shared;
    const scope = `t${shared.tests++}`;
    const redis: RedisStore = { ...store, key: (...parts) => store.key(scope, ...parts) };
    return createRedisQuota({ redis, clock, time: 'clock', monthlyCallsOf });
  });
});

describe('the Lua scripts', () => {
  const side = fc.constantFrom<QuotaSide>('crm', 'unleashed');
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('acquire' as const),
        side,
        priority: fc.constantFrom<QuotaPriority>('live', 'repair', 'backfill'),
        calls: fc.integer({ min: 1, max: 30 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.oneof(
          fc.integer({ min: 1, max: 60_000 }),
          fc.integer({ min: 60_000, max: 900_000 }),
          fc.integer({ min: 1, max: 20 * 86_400_000 }),
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('429' as const),
        side,
        retryAfterMs: fc.option(fc.integer({ min: 0, max: 900_000 }), { nil: undefined }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('give-back' as const), calls: fc.integer({ min: 0, max: 40 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('correct' as const), calls: fc.integer({ min: 0, max: 120 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('spent' as const) }) },
  );

  it('answer like the functions in TypeScript, step by step', async () => {
    const store = open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = createManualClock(Date.parse('2026-11-15T12:00:00Z'));
        const scope = `r${run++}`;
        const redis: RedisStore = { ...store, key: (...parts) => store.key(scope, ...parts) };
        const crmWindow = { limitCalls: 60, windowMs: 600_000, bucketMs: 5_000 };
        const both: Quota[] = [
          createRedisQuota({ redis, clock, time: 'clock', monthlyCallsOf, crmWindow }),
          createMemoryQuota({ clock, monthlyCallsOf, crmWindow }),
        ];
        const ask = async (call: (quota: Quota) => Promise<unknown>) => {
          const [real, model] = await Promise.all(both.map(async (quota) => await call(quota)));
          expect(real).toEqual(model);
          return real;
        };
        let last: QuotaGrant | undefined;
        for (const one of steps) {
          if (one.do === 'wait') await clock.advance(one.ms);
          if (one.do === 'acquire') {
            const answer = (await ask((quota) => quota.acquire({ tenantId: 'known', ...one }))) as {
              grant?: QuotaGrant;
            };
            last = answer.grant ?? last;
          }
          if (one.do === '429') await ask((quota) => quota.report429({ tenantId: 'known', ...one }));
          if (one.do === 'correct') await ask((quota) => quota.correctMonth('known', one.calls));
          if (one.do === 'spent') await ask((quota) => quota.reportMonthSpent('known'));
          if (one.do === 'give-back' && last !== undefined) {
            const grant = last;
            await ask((quota) => quota.giveBack(grant, one.calls));
          }
          await ask((quota) => quota.usage('known', 'crm'));
          await ask(async (quota) => ({ ...(await quota.usage('known', 'unleashed')), countedSinceMs: 0 }));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leave no key that stays for ever', async () => {
    const store = open();
    const quota = createRedisQuota({ redis: store, monthlyCallsOf });
    for (const one of ['crm', 'unleashed'] as const) {
      await quota.acquire({ tenantId: 'known', side: one, priority: 'live', calls: 1 });
      await quota.report429({ tenantId: 'known', side: one });
    }
    await quota.correctMonth('known', 5);
    const keys = await allKeys(store);
    expect(keys.length).toBe(5);
    for (const key of keys) expect(await store.client.pttl(key), key).toBeGreaterThan(0);
  });
});

describe('several processes', () => {
  it('together never get more than the budget, whoever asks at once', async () => {
    const prefix = uniquePrefix('quota');
    const quotas = [0, 1, 2].map(() => createRedisQuota({ redis: open(prefix), monthlyCallsOf }));
    const wishes = quotas.flatMap((quota) =>
      Array.from({ length: 60 }, (_, index) =>
        quota.acquire({ tenantId: 'known', side: 'crm', priority: index % 2 ? 'live' : 'repair', calls: 9 }),
      ),
    );
    const answers = await Promise.all(wishes);
    const granted = answers.filter((answer) => answer.granted).length * 9;
    const limit = limitFor('live', CRM_LIMIT_CALLS);
    expect(granted).toBeLessThanOrEqual(limit);
    expect(granted).toBeGreaterThan(limit - 9);
    const month = await Promise.all(
      quotas.flatMap((quota) =>
        Array.from({ length: 50 }, () =>
          quota.acquire({ tenantId: 'known', side: 'unleashed', priority: 'live', calls: 1 }),
        ),
      ),
    );
    expect(month.filter((answer) => answer.granted).length).toBe(limitFor('live', MONTHLY_CALLS));
  });

  it('do not begin anew when Redis is emptied: each says what it was granted', async () => {
    const prefix = uniquePrefix('quota');
    const store = open(prefix);
    const [one, two] = [open(prefix), open(prefix)].map((redis) => createRedisQuota({ redis, monthlyCallsOf }));
    if (one === undefined || two === undefined) throw new Error('two quotas');
    await one.acquire({ tenantId: 'known', side: 'crm', priority: 'live', calls: 600 });
    await two.acquire({ tenantId: 'known', side: 'crm', priority: 'live', calls: 500 });
    await one.acquire({ tenantId: 'known', side: 'unleashed', priority: 'live', calls: 50 });
    await two.acquire({ tenantId: 'known', side: 'unleashed', priority: 'live', calls: 40 });
    await store.client.del(await allKeys(store));
    for (const [side, used] of [
      ['crm', [600, 1_100]],
      ['unleashed', [50, 90]],
    ] as const) {
      expect((await one.usage('known', side)).usedCalls).toBe(used[0]);
      expect((await two.usage('known', side)).usedCalls).toBe(used[1]);
      expect((await one.usage('known', side)).usedCalls).toBe(used[1]);
    }
  });

  it('do not lose what an old copy of Redis does not know', async () => {
    const store = open();
    const quota = createRedisQuota({ redis: store, monthlyCallsOf });
    const ask = (side: QuotaSide, calls: number) => quota.acquire({ tenantId: 'known', side, priority: 'live', calls });
    await ask('crm', 10);
    await ask('unleashed', 10);
    const copies = await Promise.all(
      (await allKeys(store)).map(async (key) => ({ key, dump: await store.client.dumpBuffer(key) })),
    );
    await ask('crm', 25);
    await ask('unleashed', 25);
    for (const { key, dump } of copies) await store.client.restore(key, 1_000_000, dump as Buffer, 'REPLACE');
    expect((await quota.usage('known', 'crm')).usedCalls).toBe(35);
    expect((await quota.usage('known', 'unleashed')).usedCalls).toBe(35);
  });

  it('that are gone leave no trace of themselves', async () => {
    const store = open();
    const clock = createManualClock(Date.parse('2026-11-15T12:00:00Z'));
    const born = () => createRedisQuota({ redis: store, clock, time: 'clock', monthlyCallsOf });
    const ask = (quota: Quota) => quota.acquire({ tenantId: 'known', side: 'crm', priority: 'live', calls: 1 });
    for (let process = 0; process < 40; process++) await ask(born());
    await clock.advance(700_000);
    await ask(born());
    const spenders = store.key('quota', '{known}', 'crm:spenders');
    expect(await store.client.hlen(spenders)).toBe(1);
  });
});

describe('without usable counts', () => {
  const ask = (redis: RedisStore) =>
    createRedisQuota({ redis, monthlyCallsOf }).acquire({ tenantId: 'known', side: 'crm', priority: 'live', calls: 1 });

  it('nothing is granted while Redis is away, and the error says: later', async () => {
    const port = await closedPort();
    const { redis } = loadConfig({ redis: redisConfig }, { REDIS_URL: `redis://127.0.0.1:${port}` });
    const store = createRedis(redis, log, { commandTimeoutMs: 200 });
    await expect(ask(store)).rejects.toMatchObject({ code: 'QUOTA_STORE_DOWN', retriable: true });
    await store.close();
  });

  it('nothing is granted when something else wrote under our keys', async () => {
    const store = open();
    await store.client.set(store.key('quota', '{known}', 'crm'), 'not a hash');
    await expect(ask(store)).rejects.toMatchObject({ code: 'QUOTA_STORE_NONSENSE', retriable: false });
  });

  it('a clock that is months away is said, not guessed about', async () => {
    const clock = createManualClock(Date.parse('2020-01-01T00:00:00Z'));
    const quota = createRedisQuota({ redis: open(), clock, monthlyCallsOf });
    const asked = quota.acquire({ tenantId: 'known', side: 'unleashed', priority: 'live', calls: 1 });
    await expect(asked).rejects.toMatchObject({ code: 'QUOTA_STORE_NONSENSE', message: /clock of Redis/ });
  });
});

/** A port that nothing listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
