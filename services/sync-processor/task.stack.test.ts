/** One task without Kafka around it: what it gives out and what it does with Redis, on a real registry and Redis. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CrmCompany, createCodec, registerSchemas, TOPICS } from '#contracts';
import type { ConsumedRecord, OutputRecord, RestoreContext, StepResult, TaskProcessor } from '#kafka';
import { createLog, createMetrics, createRedis, type RedisStore, redisConfig } from '#runtime';
import { createStateView, type StateView } from '#state';
import type { CoreEvent } from '#sync-core';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createFailures } from './failures.ts';
import { createProcessorMetrics } from './metrics.ts';
import { createProcessor } from './processor.ts';
import { createTenantCache } from './tenant-cache.ts';
import { applyInPieces } from './view-writer.ts';

/** A record with this id makes the core fail, as a mistake in it would. */
const POISON = 'poison';

vi.mock('#sync-core', async (original) => {
  const core = await original<typeof import('#sync-core')>();
  const step = (...args: Parameters<typeof core.step>) => {
    const event: CoreEvent = args[1];
    if (event.kind === 'observation' && 'divisionId' in event.record && event.record.divisionId === POISON) {
      throw new RangeError('a mistake');
    }
    return core.step(...args);
  };
  return { ...core, step };
});

const { schemaRegistryUrl, redisUrl } = useStack();
const topicPrefix = uniquePrefix('task');
const registry = { url: schemaRegistryUrl };
const codec = createCodec({ registry, topicPrefix });
const log = createLog({ service: 'test', level: 'silent' });
let redis: RedisStore;
let view: StateView;

beforeAll(async () => {
  await registerSchemas({ registry, topicPrefix });
  await codec.prepare(TOPICS);
  redis = createRedis(redisConfig.parse({ REDIS_URL: redisUrl, REDIS_PREFIX: topicPrefix }), log);
  view = createStateView({ redis });
});
afterAll(async () => {
  const keys = await redis.client.keys(`${topicPrefix}*`);
  if (keys.length > 0) await redis.client.del(keys);
  view.close();
  await redis.close();
});

const company: CrmCompany = {
  ...{ tenantId: 'acme', divisionId: '1', companyId: '1', operatingCompanyCode: 'A', statusFlag: 'A', deleted: false },
  ...{ mergedWith: null, isB2C: false, name: 'Acme', phone: '1', website: '', accountManager: '', addressId: null },
  ...{ address: null, account: null, sourceUpdatedAtMs: 1, sourceUpdatedBy: null, readStartedAtMs: 1 },
  readCause: 'event',
};

function recordOf(offset: number, value: CrmCompany, partition = 0): ConsumedRecord {
  const bytes = codec.encode('crm.company.v1', value);
  return {
    topic: 'crm.company.v1',
    partition,
    offset: BigInt(offset),
    timestampMs: 1,
    key: null,
    value: bytes,
    headers: {},
  };
}

/** A log in memory, as far as a task sees it: what its outputs are given as offsets. */
function createTask(task: number, partitions = 1, maxLoadedLinks = 1_000) {
  const cache = createTenantCache(1_000);
  const metrics = createProcessorMetrics(createMetrics('test'), cache);
  const failures = createFailures();
  const limits = { partitions, viewCheckMs: 60_000, maxLoadedLinks };
  const parts = { codec, view, cache, failures, metrics, log, ...limits, clock: () => 1_000 };
  const ends = new Map<string, bigint>();
  const written: OutputRecord[] = [];
  const context: RestoreContext = {
    partition: task,
    signal: new AbortController().signal,
    ends: async (topic) => ({ first: 0n, end: ends.get(topic) ?? 0n }),
    readChangelog: async (topic) => ({ end: ends.get(topic) ?? 0n, records: 0 }),
  };

  function commit(outputs: OutputRecord[]): StepResult {
    const baseOffsets: StepResult['baseOffsets'] = new Map();
    for (const topic of new Set(outputs.map((output) => output.topic))) {
      const first = ends.get(topic) ?? 0n;
      const count = BigInt(outputs.filter((output) => output.topic === topic).length);
      baseOffsets.set(topic, { first, last: first + count - 1n });
      // The commit marker takes one offset more.
      ends.set(topic, first + count + 1n);
    }
    written.push(...outputs);
    return { baseOffsets };
  }

  return {
    written,
    async begin(): Promise<TaskProcessor> {
      const processor = createProcessor(parts, task);
      await processor.restore(context);
      return processor;
    },
    /** Runs a step; gives how many of the records it took. */
    async run(processor: TaskProcessor, records: ConsumedRecord[]): Promise<number> {
      const { outputs, taken = records.length } = await processor.process(records, 2_000);
      await processor.committed(commit(outputs));
      return taken;
    },
  };
}

describe('a record on which deciding fails', () => {
  test('is put aside after two incarnations, and the others are decided', async () => {
    const task = createTask(0);
    const records = [
      recordOf(1, company),
      recordOf(2, { ...company, tenantId: 'bolt', divisionId: POISON }),
      recordOf(3, { ...company, tenantId: 'cove' }),
    ];
    for (let incarnation = 0; incarnation < 2; incarnation++) {
      const processor = await task.begin();
      await expect(task.run(processor, records)).rejects.toThrow('a mistake');
      await processor.close();
    }
    expect(task.written).toEqual([]);
    const processor = await task.begin();
    await task.run(processor, records);
    await processor.close();
    const quarantined = task.written.filter(({ topic }) => topic === 'sync.quarantine.v1');
    expect(quarantined.map(({ key }) => key)).toEqual(['crm.company.v1/0/2']);
    const decided = task.written.filter(({ topic }) => topic === 'sync.decision.v1');
    expect(decided).toHaveLength(2);
  });
});

test.each([
  ['of another partition', { ...company, tenantId: 'acme' }, 'WRONG_PARTITION'],
  ['of no possible tenant', { ...company, tenantId: 'Not A Tenant' }, 'BAD_TENANT'],
  ['without an id', { ...company, divisionId: '' }, 'REQUIRED_FIELD_EMPTY'],
])('a record %s is put aside', async (_name, value, code) => {
  const wrong = code === 'WRONG_PARTITION';
  const task = createTask(1, wrong ? 1_000 : 1);
  const processor = await task.begin();
  await task.run(processor, [recordOf(1, value)]);
  await processor.close();
  const [only] = task.written;
  expect([only?.topic, task.written.length]).toEqual(['sync.quarantine.v1', 1]);
  expect(codec.decodeKnown('sync.quarantine.v1', only?.value ?? Buffer.alloc(0))?.code).toBe(code);
});

test('the same batch in a new incarnation gives the same bytes', async () => {
  const records = [recordOf(1, company), recordOf(2, { ...company, phone: '2', readStartedAtMs: 2 })];
  const outputs: OutputRecord[][] = [];
  for (let incarnation = 0; incarnation < 2; incarnation++) {
    const processor = await createTask(2).begin();
    outputs.push((await processor.process(records, 2_000)).outputs);
    await processor.close();
  }
  expect(outputs[0]).toEqual(outputs[1]);
  expect(outputs[0]?.filter(({ topic }) => topic === 'sync.link.v1')).toHaveLength(1);
});

test('a step takes the records of as many tenants as it may load, and the rest come with the next ones', async () => {
  const task = createTask(5, 1, 3);
  const first = await task.begin();
  const ids = ['ash', 'bay', 'cob', 'dew', 'elm', 'fir', 'gum'];
  const seeds = ids.flatMap((tenantId, at) => [1, 2].map((n) => ({ ...company, tenantId, divisionId: `${at}${n}` })));
  expect(
    await task.run(
      first,
      seeds.map((seed, at) => recordOf(at, seed)),
    ),
  ).toBe(seeds.length); // nobody has a link yet
  await first.close();

  const processor = await task.begin();
  const edits = seeds.map((seed, at) => recordOf(100 + at, { ...seed, phone: '2', readStartedAtMs: 2 }));
  const steps: number[] = [];
  for (let from = 0; from < edits.length; from += steps.at(-1) ?? 1) {
    steps.push(await task.run(processor, edits.slice(from)));
  }
  await processor.close();
  // The first four are loaded together, as nobody knows how large they are; then as many as there is room for.
  expect(steps).toEqual([8, 6]);
  const decided = task.written.filter(({ topic }) => topic === 'sync.decision.v1');
  expect(new Set(decided.map(({ key }) => key)).size).toBe(seeds.length);
});

test('a task whose view went elsewhere refuses to go on', async () => {
  const task = createTask(3);
  const processor = await task.begin();
  await task.run(processor, [recordOf(1, company)]);
  await view.clear(3);
  await expect(
    task.run(processor, [recordOf(2, { ...company, phone: '2', readStartedAtMs: 2 })]),
  ).rejects.toMatchObject({
    code: 'GAP',
  });
  await processor.close();
});

test('a step with very many changes is applied in pieces, and a tenant in the first has its wake-up time', async () => {
  const entries = Array.from({ length: 4_500 }, (_, at) => ({
    tenantId: at < 10 ? 'acme' : 'bolt',
    entry: { key: `k${at}`, value: Buffer.from([at & 255]) },
  }));
  const calls: bigint[] = [];
  const watched: StateView = {
    ...view,
    apply: (change, signal) => {
      calls.push(change.changelogs['sync.link.v1']?.newEnd ?? 0n);
      return view.apply(change, signal);
    },
  };
  const ends = await applyInPieces(
    watched,
    {
      task: 4,
      ends: {},
      changes: { 'sync.link.v1': entries, 'sync.setting.v1': [], 'sync.lane.v1': [] },
      woken: new Set(['bolt']),
      wakeOf: (tenantId) => (tenantId === 'acme' ? 77 : null),
      baseOffsets: new Map([['sync.link.v1', { first: 0n, last: 4_499n }]]),
      nowMs: 1,
    },
    new AbortController().signal,
  );
  expect(calls).toEqual([2_000n, 4_000n, 4_500n]);
  expect(ends).toMatchObject({ 'sync.link.v1': 4_500n });
  const at = { ...ends, 'sync.setting.v1': 0n, 'sync.lane.v1': 0n };
  expect(await view.loadTenant(4, 'bolt', at)).toHaveLength(4_490);
  const index = (await Array.fromAsync(view.tenantsOf(4))).flat();
  expect(index).toContainEqual({ tenantId: 'acme', wakeAtMs: 77 });
});
