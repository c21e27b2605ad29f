/**
 * The processor itself as several processes, which come and go in every way while people edit. Judged by Kafka's own
 * Java consumer: what our writing and our reading have in common cannot hide anything.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANGELOG_TOPICS, type Topic } from '#contracts';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { judge, type Seen } from '../../libs/kafka/testing/referee.ts';
import { type Bench, createBench, type ProcessorProcess, until } from '../../services/sync-processor/bench.fixture.ts';
import { settle } from '../../services/sync-processor/judgement.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';

const PARTITIONS = 4;
const OBSERVED = ['crm.company.v1', 'unleashed.customer.v1', 'sync.outcome.v1'] as const satisfies Topic[];
const COMMANDS = ['sync.command.crm.v1', 'sync.command.unleashed.v1'] as const satisfies Topic[];
let bench: Bench;
let world: ReturnType<typeof createWorld>;

beforeAll(async () => {
  bench = await createBench(useStack(), uniquePrefix('many'), PARTITIONS);
  world = createWorld(bench);
  for (const tenant of ['acme', 'bolt', 'cove', 'dune', 'echo', 'fern']) await world.addTenant(tenant, 2);
});
afterAll(async () => {
  await world.end();
  await bench.close();
});

/** Waits until these, and they alone, own all tasks. */
const untilShared = (...instances: ProcessorProcess[]): Promise<true> =>
  until(`${instances.length} instances share the tasks`, () => {
    const shares = instances.map((one) => one.tasks().length);
    return shares.every((share) => share > 0) && shares.reduce((a, b) => a + b, 0) === PARTITIONS;
  });

/** People edit, one side of a record each, until told to stop; gives the last value of each record. */
function editSteadily(): { stop(): Promise<Map<string, string>> } {
  const ids = [...world.records.keys()];
  const last = new Map<string, string>();
  let editing = true;
  const work = (async () => {
    for (let n = 0; editing; n++) {
      const at = n % ids.length;
      const id = ids[at] ?? '';
      last.set(id, `edit-${n}`);
      await world.edit(id, at % 2 === 0 ? 'crm' : 'unleashed', { phone: `edit-${n}` });
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  })();
  return {
    async stop() {
      editing = false;
      await work;
      return last;
    },
  };
}

/** Records have been decided since now. */
async function untilDeciding(): Promise<void> {
  const before = (await bench.readRaw('sync.decision.v1')).length;
  await until('it decides', async () => (await bench.readRaw('sync.decision.v1')).length > before + 20);
}

test('two, three and one instances, one that sleeps past its session, one that is killed, one that ends cleanly', async () => {
  const a = bench.start();
  const b = bench.start();
  await untilShared(a, b);
  const edits = editSteadily();
  const c = bench.start();
  await untilShared(a, b, c);
  await untilDeciding();
  a.signal('SIGSTOP');
  await untilShared(b, c);
  await untilDeciding();
  a.signal('SIGCONT');
  await untilShared(a, b, c);
  await b.kill();
  await untilShared(a, c);
  await untilDeciding();
  await c.stop();
  await untilShared(a);
  await untilDeciding();
  const last = await edits.stop();
  await settle(bench, world);
  await a.stop();

  for (const [id, { crm, unleashed }] of world.records) {
    expect([crm.phone, unleashed.phone]).toEqual([last.get(id), last.get(id)]);
  }
  const topics = [...OBSERVED, ...COMMANDS, ...CHANGELOG_TOPICS, 'sync.decision.v1' as const];
  const seen = await judge(bench.kafka, ...topics.map((topic) => bench.prefix + topic));
  const of = (...names: Topic[]): Seen[] =>
    seen.filter(({ topic }) => names.some((name) => topic === bench.prefix + name));
  await expectOneDecisionEach(of('sync.decision.v1'), of(...OBSERVED));
  await expectOneAnswerEach(of(...COMMANDS), of('sync.outcome.v1'));
  expect([...(await bench.redisEntries())].toSorted()).toEqual([...folded(of(...CHANGELOG_TOPICS))].toSorted());
}, 150_000);

/** Nothing is missing, nothing doubled: each observation and outcome ended in exactly one decision. */
async function expectOneDecisionEach(decisions: Seen[], observed: Seen[]): Promise<void> {
  const origins: string[] = [];
  for (const { value } of decisions) {
    const { origin } = await bench.codec.decode('sync.decision.v1', value ?? Buffer.alloc(0));
    if (origin !== null) origins.push(`${bench.prefix}${origin.topic}/${origin.partition}/${origin.offset}`);
  }
  const wanted = new Set(OBSERVED.map((topic) => (bench.prefix + topic) as string));
  const inputs = observed.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
  expect(origins.filter((origin) => wanted.has(origin.split('/')[0] ?? '')).toSorted()).toEqual(inputs.toSorted());
}

/** Each command was ordered once, in the partition of its tenant, and answered once. */
async function expectOneAnswerEach(commands: Seen[], outcomes: Seen[]): Promise<void> {
  const ordered: string[] = [];
  for (const { value } of commands) {
    ordered.push((await bench.codec.decode('sync.command.crm.v1', value ?? Buffer.alloc(0))).commandId);
  }
  const answered: string[] = [];
  for (const { value } of outcomes) {
    answered.push((await bench.codec.decode('sync.outcome.v1', value ?? Buffer.alloc(0))).commandId);
  }
  expect(new Set(ordered).size).toBe(ordered.length);
  expect(answered.toSorted()).toEqual(ordered.toSorted());
}

/** Last value of each key: what Redis has to hold. */
function folded(records: Seen[]): Map<string, string> {
  const entries = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) entries.delete(key);
    else entries.set(key, value.toString('hex'));
  }
  return entries;
}
