/** What the tests of several processors share: people at work, and a judge that is Kafka's own Java consumer. */
import { expect } from 'vitest';
import { CHANGELOG_TOPICS, type Topic } from '#contracts';
import { judge, type Seen } from '../../libs/kafka/testing/referee.ts';
import { type Bench, type ProcessorProcess, until } from '../../services/sync-processor/bench.fixture.ts';
import type { createWorld } from '../../services/sync-processor/world.fixture.ts';

const OBSERVED = ['crm.company.v1', 'unleashed.customer.v1', 'sync.outcome.v1'] as const satisfies Topic[];
const COMMANDS = ['sync.command.crm.v1', 'sync.command.unleashed.v1'] as const satisfies Topic[];

/** Waits until these, and they alone, own all tasks. */
export function untilShared(bench: Bench, ...instances: ProcessorProcess[]): Promise<true> {
  return until(
    `${instances.length} instances share the tasks`,
    () => {
      const shares = instances.map((one) => one.tasks().length);
      return shares.every((share) => share > 0) && shares.reduce((a, b) => a + b, 0) === bench.partitions();
    },
    90_000,
  );
}

/** People edit, one side of a record each, until told to stop; gives the last value of each record. */
export function editSteadily(world: ReturnType<typeof createWorld>): { stop(): Promise<Map<string, string>> } {
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
export async function untilDeciding(bench: Bench): Promise<void> {
  const count = (): Promise<number> => bench.readRaw('sync.decision.v1').then((records) => records.length);
  // A broker that is away is asked again.
  const before = await until('decisions can be counted', () => count().catch(() => false as const), 90_000);
  await until('it decides', async () => (await count().catch(() => 0)) > before + 20, 90_000);
}

/**
 * Both sides show what people set last. Each observation and outcome has exactly one decision, each command was ordered once and
 * answered once, and Redis holds what the changelogs say.
 */
export async function expectExactlyOnce(
  bench: Bench,
  world: ReturnType<typeof createWorld>,
  last: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [id, { crm, unleashed }] of world.records) {
    expect([crm.phone, unleashed.phone]).toEqual([last.get(id), last.get(id)]);
  }
  const topics = [...OBSERVED, ...COMMANDS, ...CHANGELOG_TOPICS, 'sync.decision.v1' as const];
  const seen = await judge(bench.kafka, ...topics.map((topic) => bench.prefix + topic));
  const of = (...names: Topic[]): Seen[] =>
    seen.filter(({ topic }) => names.some((name) => topic === bench.prefix + name));
  await expectOneDecisionEach(bench, of('sync.decision.v1'), of(...OBSERVED));
  await expectOneAnswerEach(bench, of(...COMMANDS), of('sync.outcome.v1'));
  expect([...(await bench.redisEntries())].toSorted()).toEqual([...folded(of(...CHANGELOG_TOPICS))].toSorted());
}

/** Nothing is missing, nothing doubled: each observation and outcome ended in exactly one decision. */
async function expectOneDecisionEach(bench: Bench, decisions: Seen[], observed: Seen[]): Promise<void> {
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
async function expectOneAnswerEach(bench: Bench, commands: Seen[], outcomes: Seen[]): Promise<void> {
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
