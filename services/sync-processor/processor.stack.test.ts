/** The processor as its own process on real Kafka, registry and Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linkKey, partitionOf, type TopicRecords } from '#contracts';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import type { Bench } from './bench.fixture.ts';
import { createBench, lastLinks, PARTITIONS, type ProcessorProcess, startProcess, until } from './bench.fixture.ts';
import { expectOneDecisionEach, expectViewEqualsLog, settle } from './judgement.fixture.ts';
import { startRedisProxy } from './redis-proxy.fixture.ts';
import { createWorld } from './world.fixture.ts';

const stack = useStack();

describe('a stream of edits', () => {
  let bench: Bench;
  let world: ReturnType<typeof createWorld>;
  let processor: ProcessorProcess | undefined;
  const tenants = ['acme', 'bolt', 'cove', 'dune'];

  beforeAll(async () => {
    bench = await createBench(stack, uniquePrefix('proc'));
    world = createWorld(bench);
    for (const tenant of tenants) await world.addTenant(tenant, 3);
  });
  afterEach(async () => {
    await processor?.kill();
    processor = undefined;
  });
  afterAll(async () => {
    await world.end();
    await bench.close();
  });

  const ids = () => [...world.records.keys()];

  async function editAll(round: string): Promise<void> {
    for (const [at, id] of ids().entries()) {
      await world.edit(id, at % 2 === 0 ? 'crm' : 'unleashed', { phone: `${round}-${id}` });
    }
  }

  test('is decided, ordered, and once answered agreed, on both sides', async () => {
    processor = bench.start();
    await until('the first alignment', async () => (await lastLinks(bench)).size === ids().length);
    await editAll('one');
    await settle(bench, world);
    for (const [id, { crm, unleashed }] of world.records) {
      expect([crm.phone, unleashed.phone]).toEqual([`one-${id}`, `one-${id}`]);
    }
    const commands = await bench.read('sync.command.unleashed.v1');
    expect(commands.length).toBe(6);
    for (const { partition, record } of commands)
      expect(partition).toBe(partitionOf(record?.tenantId ?? '', PARTITIONS));
    await until('Redis is in line', async () => (await bench.redisEntries()).size === ids().length + tenants.length);
    await expectViewEqualsLog(bench);
    await expectOneDecisionEach(bench);
  });

  test('goes on over three kill -9 in mid-flight: nothing lost, nothing twice', async () => {
    for (let round = 0; round < 3; round++) {
      processor = bench.start();
      const before = (await bench.readRaw('sync.decision.v1')).length;
      const editing = (async () => {
        for (let n = 0; n < 10; n++) await editAll(`kill-${round}-${n}`);
      })();
      await until('it decides', async () => (await bench.readRaw('sync.decision.v1')).length > before + 20);
      await processor.kill();
      await editing;
    }
    processor = bench.start();
    await settle(bench, world);
    for (const [id, { crm, unleashed }] of world.records) {
      expect([crm.phone, unleashed.phone]).toEqual([`kill-2-9-${id}`, `kill-2-9-${id}`]);
    }
    await until(
      'everything is decided',
      async () => (await bench.readRaw('sync.decision.v1')).length >= world.observed(),
    );
    await processor.stop();
    processor = undefined;
    await expectOneDecisionEach(bench);
    await expectViewEqualsLog(bench);
    expect(new Set(world.commands()).size).toBe(world.commands().length);
  });

  test('ends cleanly within ten seconds, and the next one takes over without waiting for a session', async () => {
    processor = bench.start();
    const url = await processor.url();
    await until('ready', async () => (await fetch(`${url}/health/ready`)).ok);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('twoway_processor_links_in_memory');
    const { code, tookMs } = await processor.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
  });

  test('heals when Redis is emptied while it runs', async () => {
    processor = bench.start({ VIEW_CHECK_MS: '200' });
    await editAll('flush-1');
    await settle(bench, world);
    const keys = await bench.redis.keys(`${bench.prefix}*`);
    expect(keys.length).toBeGreaterThan(0);
    await bench.redis.del(keys);
    // Without any input: an idle task looks by itself.
    await until('Redis is rebuilt', async () => (await bench.redisEntries()).size === ids().length + tenants.length);
    await expectViewEqualsLog(bench);
    // And in the middle of edits.
    await editAll('flush-2');
    await bench.redis.del(await bench.redis.keys(`${bench.prefix}*`));
    await editAll('flush-3');
    await settle(bench, world);
    for (const [id, { crm }] of world.records) expect(crm.phone).toBe(`flush-3-${id}`);
    await until('Redis is in line', async () => (await bench.redisEntries()).size === ids().length + tenants.length);
    await processor.stop();
    processor = undefined;
    await expectViewEqualsLog(bench);
    await expectOneDecisionEach(bench);
  });

  test('starts on an empty Redis, and on one that was restored from an old copy', async () => {
    const copy: [string, Buffer][] = [];
    for (const key of await bench.redis.keys(`${bench.prefix}*`)) {
      const dump = await bench.redis.dumpBuffer(key);
      if (dump !== null) copy.push([key, dump]);
    }
    await bench.redis.del(copy.map(([key]) => key));
    processor = bench.start();
    await editAll('empty');
    await settle(bench, world);
    await processor.stop();
    await expectViewEqualsLog(bench);

    await bench.redis.del(await bench.redis.keys(`${bench.prefix}*`));
    for (const [key, dump] of copy) await bench.redis.restore(key, 0, dump);
    processor = bench.start();
    await editAll('old-copy');
    await settle(bench, world);
    await processor.stop();
    processor = undefined;
    await expectViewEqualsLog(bench);
    await expectOneDecisionEach(bench);
  });

  test('waits while Redis is silent for longer than the session lasts, and keeps its tasks', async () => {
    const proxy = await startRedisProxy(stack.redisUrl);
    try {
      processor = bench.start({ REDIS_URL: proxy.url });
      await editAll('before');
      await settle(bench, world);
      proxy.stall();
      await editAll('silent');
      const said = () => processor?.log().filter(({ msg }) => String(msg).startsWith('Redis does not answer')) ?? [];
      await until('it says that it waits', () => said().length > 0);
      // Longer than the session of three seconds: without heartbeats the tasks would be taken away.
      const silentUntilMs = Date.now() + 5_000;
      await until('the silence is over', () => Date.now() > silentUntilMs);
      proxy.resume();
      await settle(bench, world);
      expect(processor.log().filter(({ msg }) => String(msg).includes('begins again at the fence'))).toEqual([]);
      await processor.stop();
      processor = undefined;
      await expectViewEqualsLog(bench);
      await expectOneDecisionEach(bench);
    } finally {
      await processor?.kill();
      await proxy.close();
    }
  });

  test('puts what it cannot read into quarantine and goes on', async () => {
    processor = bench.start();
    const partition = partitionOf('acme', PARTITIONS);
    const junk = Buffer.from('{"tenantId":"acme"}');
    const { offset } = await bench.producer().send({
      topic: 'crm.company.v1',
      partition,
      key: 'acme/company/x',
      value: junk,
    });
    const cut = bench.codec.encode('sync.lane.v1', {
      tenantId: 'acme',
      side: 'crm',
      state: 'open',
      deferredUntilMs: null,
      code: 'ok',
      failures: 0,
      changedAtMs: 1,
    });
    await bench.producer().send({ topic: 'unleashed.customer.v1', partition, key: 'acme/customer/y', value: cut });
    await bench.producer().send({ topic: 'crm.contact.v1', partition, key: 'acme/contact/z', value: null });
    await editAll('junk');
    await settle(bench, world);
    const found = await until('three are in quarantine', async () => {
      const records = (await bench.read('sync.quarantine.v1')).flatMap(({ record }) =>
        record === null ? [] : [record],
      );
      return records.length === 3 ? records : false;
    });
    expect(found.map(({ topic, code }) => `${topic} ${code}`).toSorted()).toEqual([
      'crm.company.v1 NOT_AVRO',
      'crm.contact.v1 NO_VALUE',
      'unleashed.customer.v1 INCOMPATIBLE_SCHEMA',
    ]);
    expect(found.find(({ code }) => code === 'NOT_AVRO')).toMatchObject({
      partition,
      offset: Number(offset),
      value: junk,
      service: 'sync-processor',
    });
    expect(processor.log().filter((line) => line.code === 'NOT_AVRO')).toHaveLength(1);
    const metrics = await (await fetch(`${await processor.url()}/metrics`)).text();
    expect(metrics).toMatch(/twoway_processor_quarantined_total\{[^}]*code="NOT_AVRO"[^}]*\} 1/);
  });

  test('keeps an appointment made before a kill -9 and the loss of Redis', async () => {
    await world.end();
    processor = bench.start();
    const id = ids()[0] ?? '';
    const tenantId = world.records.get(id)?.tenantId ?? '';
    const linkOf = async () => [...(await lastLinks(bench)).values()].find((one) => one.crm?.id === id);
    await world.edit(id, 'crm', { phone: 'deferred' });
    const inFlight = await until('a command is under way', async () => (await linkOf())?.inFlight ?? false);
    const linkId = (await linkOf())?.linkId ?? '';
    const retryAtMs = Date.now() + 5_000;
    const outcome: TopicRecords['sync.outcome.v1'] = {
      ...{ commandId: inFlight.commandId, tenantId, side: inFlight.side, entity: 'company', linkId },
      ...{ result: 'deferred', code: 'unavailable', message: '', scope: 'record', retryAtMs },
      ...{ targetId: world.guidOf(id), parentId: '', created: false, fields: [], shown: null, calls: 1 },
      ...{
        shownReadStartedAtMs: null,
        sourceUpdatedAtMs: null,
        carried: [],
        mayComeLate: false,
        startedAtMs: Date.now(),
        finishedAtMs: Date.now(),
      },
    };
    await bench.produce('sync.outcome.v1', outcome, linkKey(tenantId, 'company', linkId));
    await until('the retry is planned', async () => ((await linkOf())?.retry ?? null) !== null);
    await processor.kill();
    await bench.redis.del(await bench.redis.keys(`${bench.prefix}*`));
    processor = bench.start();
    const again = await until('it is tried again', async () => (await linkOf())?.inFlight ?? false);
    expect(again.commandId).not.toBe(inFlight.commandId);
    expect(again.issuedAtMs).toBeGreaterThanOrEqual(retryAtMs);
  });
});

test('before topics and schemas are set up it waits, says so, and can be stopped', async () => {
  const prefix = uniquePrefix('unset');
  const processor = startProcess(stack, prefix);
  try {
    await until('it says what it waits for', () =>
      processor.log().some(({ msg }) => String(msg).startsWith('waiting until')),
    );
    const { tookMs } = await processor.stop();
    expect(tookMs).toBeLessThan(10_000);
  } finally {
    await processor.kill();
  }
});
