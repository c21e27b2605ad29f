/**
 * What may happen to Redis while the processor works. Always the same in the end: both sides agree, every observation has
 * one decision, and Redis holds what the changelogs say. A Redis of its own, so that it can be killed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { partitionOf } from '#contracts';
import { type LocalStack, localFolders, startStack } from '#local-stack';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import {
  type Bench,
  createBench,
  PARTITIONS,
  type ProcessorProcess,
  until,
} from '../../services/sync-processor/bench.fixture.ts';
import { expectOneDecisionEach, expectViewEqualsLog, settle } from '../../services/sync-processor/judgement.fixture.ts';
import { type RedisProxy, startRedisProxy } from '../../services/sync-processor/redis-proxy.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'redis-faults-'));
let server: LocalStack;
let proxy: RedisProxy;
let bench: Bench;
let world: ReturnType<typeof createWorld>;
let processor: ProcessorProcess;

beforeAll(async () => {
  server = await startStack({ dataDir, downloadDir: localFolders().downloadDir, parts: ['redis'] });
  proxy = await startRedisProxy(server.redisUrl);
  bench = await createBench({ ...useStack(), redisUrl: server.redisUrl }, uniquePrefix('redis'));
  world = createWorld(bench);
  for (const tenant of ['acme', 'bolt', 'cove', 'dune']) await world.addTenant(tenant, 2);
});
afterAll(async () => {
  await world?.end();
  await bench?.close();
  await proxy?.close();
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  processor = start();
  await editAll('before');
  await settle(bench, world);
});
afterEach(async () => {
  await processor.stop();
  await expectViewEqualsLog(bench);
  await expectOneDecisionEach(bench);
});

const start = (): ProcessorProcess => bench.start({ REDIS_URL: proxy.url, VIEW_CHECK_MS: '200' });

async function editAll(phone: string): Promise<void> {
  for (const [at, id] of [...world.records.keys()].entries()) {
    await world.edit(id, at % 2 === 0 ? 'crm' : 'unleashed', { phone: `${phone} ${id}` });
  }
}

/** Both sides of every record show what was written last. */
function expectEverywhere(phone: string): void {
  for (const [id, { crm, unleashed }] of world.records) {
    expect([crm.phone, unleashed.phone]).toEqual([`${phone} ${id}`, `${phone} ${id}`]);
  }
}

const decisions = async (): Promise<number> => (await bench.readRaw('sync.decision.v1')).length;
const keys = (): Promise<string[]> => bench.redis.keys(`${bench.prefix}*`);
const restarts = (): unknown[] =>
  processor.log().filter(({ msg }) => String(msg).includes('begins again at the fence'));

test('killed, away for longer than a session, and back empty: it waits, then builds it anew', async () => {
  await server.kill('redis', 'SIGKILL');
  // A task finishes the step that it has begun, and waits before the next.
  await editAll('last step');
  let still = await decisions();
  await until('no task decides any more', async () => {
    const before = still;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    still = await decisions();
    return still === before;
  });
  await editAll('away');
  const awayUntilMs = Date.now() + 5_000; // the session is 3 s
  await until('it has been away for long', () => Date.now() > awayUntilMs);
  expect(await decisions()).toBe(still);
  expect(processor.tasks()).toHaveLength(PARTITIONS);
  expect(processor.log().some(({ msg }) => String(msg).startsWith('Redis does not answer'))).toBe(true);
  await server.restart('redis');
  await settle(bench, world);
  expectEverywhere('away');
});

test('failed over to a copy that is behind: what is missing is replayed', async () => {
  const copy: [string, Buffer][] = [];
  for (const key of await keys()) {
    const dump = await bench.redis.dumpBuffer(key);
    if (dump !== null) copy.push([key, dump]);
  }
  await editAll('since then');
  await settle(bench, world);
  const failOver = bench.redis.multi();
  for (const key of await keys()) failOver.del(key);
  for (const [key, dump] of copy) failOver.restore(key, 0, dump);
  await failOver.exec();
  await editAll('after it');
  await settle(bench, world);
  expectEverywhere('after it');
});

test('slow: it is slow too, and nothing else', async () => {
  proxy.slow(150);
  await editAll('slow');
  await settle(bench, world);
  proxy.slow(0);
  expectEverywhere('slow');
  expect(restarts()).toEqual([]);
});

test('with the data of another version: it is not read, but built anew', async () => {
  for (const key of await keys()) if (key.endsWith('offsets')) await bench.redis.hset(key, 'layout', '99');
  await editAll('other version');
  await settle(bench, world);
  expectEverywhere('other version');
});

test('with bytes that nobody can read: the log has them, so it is built anew', async () => {
  await processor.stop();
  for (const key of await keys()) {
    if (!key.includes(':tenant:')) continue;
    for (const field of await bench.redis.hkeys(key)) await bench.redis.hset(key, field, 'not Avro');
  }
  processor = start();
  await editAll('read again');
  await settle(bench, world);
  expectEverywhere('read again');
});

test('with a record on the changelog itself that nobody can read: said, left out, and all others go on', async () => {
  await processor.stop();
  const key = [...(await bench.foldedChangelogs()).keys()].find((one) => one.startsWith('acme/company/')) ?? '';
  const partition = partitionOf('acme', PARTITIONS);
  await bench.producer().send({ topic: 'sync.link.v1', partition, key, value: Buffer.from('not Avro either') });
  processor = start();
  await editAll('left out');
  await until('it is said', () => processor.log().some((line) => line.key === key && line.level === 'error'));
  // What was known of that pair is gone; both sides are read again, as after any change or a request to read.
  for (const id of world.records.keys()) {
    await world.publishCrm(id);
    await world.publishUnleashed(id);
  }
  await settle(bench, world);
  expect(restarts().length).toBeLessThan(4);
});
