import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createSerialProducer } from '../serial-producer.ts';
import { cleanUp, createTopics, testConfig, until } from '../testing/kit.ts';
import { judge } from '../testing/referee.ts';

const PARTITIONS = 4;
const SESSION_TIMEOUT_MS = 2_000;
const { kafkaBrokers } = useStack();
const config = testConfig(kafkaBrokers);
const running = new Set<ChildProcess>();
const created: string[] = [];
const groups: string[] = [];

/** One instance in a process of its own, and what it says of itself. */
interface Instance {
  child: ChildProcess;
  state(): { ready: boolean; tasks: number[] };
  ended: Promise<unknown>;
}

function startInstance(prefix: string, name: string): Instance {
  const settings = { brokers: kafkaBrokers, groupId: `${prefix}g`, prefix, name, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  const script = fileURLToPath(new URL('../testing/copy-instance.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let last = { ready: false, tasks: [] as number[] };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) last = JSON.parse(line) as typeof last;
  });
  const ended = new Promise((resolve) => child.on('exit', resolve)).then(() => running.delete(child));
  return { child, state: () => last, ended };
}

async function prepare(name: string): Promise<string> {
  const prefix = uniquePrefix(name);
  const topics = ['in', 'out', 'log'].map((topic) => prefix + topic);
  created.push(...topics);
  groups.push(`${prefix}g`);
  await createTopics(config, topics, PARTITIONS);
  return prefix;
}

/** Writes unique values, steadily, until told to stop; returns how many. */
function feed(prefix: string): { stop(): Promise<number> } {
  const producer = createSerialProducer({ kafka: config, topicPrefix: prefix });
  let count = 0;
  let stopping = false;
  const work = (async () => {
    while (!stopping) {
      const batch = Array.from({ length: 40 }, () => count++);
      await Promise.all(
        batch.map((n) =>
          producer.send({ topic: 'in', partition: n % PARTITIONS, key: `k${n}`, value: Buffer.from(`v${n}`) }),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async stop() {
      stopping = true;
      await work;
      await producer.close();
      return count;
    },
  };
}

/** Waits until the output has the size of the input, then compares: each value once, in order; each count once. */
async function expectExactlyOnce(prefix: string, count: number): Promise<void> {
  await until('everything is out', async () => (await judge(config, `${prefix}out`)).length >= count, 40_000);
  const out = await judge(config, `${prefix}out`);
  const log = await judge(config, `${prefix}log`);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const wanted = Array.from({ length: count }, (_, n) => n).filter((n) => n % PARTITIONS === partition);
    expect(out.filter((one) => one.partition === partition).map((one) => one.value)).toEqual(
      wanted.map((n) => `v${n}`),
    );
    expect(log.filter((one) => one.partition === partition).map((one) => one.value)).toEqual(
      wanted.map((_, index) => String(index + 1)),
    );
  }
}

const tasksOf = (...instances: Instance[]): number => instances.flatMap((one) => one.state().tasks).length;

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await cleanUp(config, created, groups);
});

describe('exactly once', () => {
  it('through kill -9 in mid-flight and rebalances between two instances', async () => {
    const prefix = await prepare('kill');
    const a = startInstance(prefix, 'a');
    await until('one instance has all tasks', () => tasksOf(a) === PARTITIONS);
    const input = feed(prefix);
    const b = startInstance(prefix, 'b');
    await until('both share the tasks', () => a.state().tasks.length === 2 && b.state().tasks.length === 2);
    a.child.kill('SIGKILL');
    await a.ended;
    await until('the survivor has all tasks', () => tasksOf(b) === PARTITIONS);
    const c = startInstance(prefix, 'c');
    await until('both share the tasks again', () => b.state().tasks.length === 2 && c.state().tasks.length === 2);
    b.child.kill('SIGTERM');
    await b.ended;
    await until('the last one has all tasks', () => tasksOf(c) === PARTITIONS);
    const count = await input.stop();
    await expectExactlyOnce(prefix, count);
    c.child.kill('SIGTERM');
    await c.ended;
  }, 120_000);

  it('with a zombie that sleeps past its session and wakes up', async () => {
    const prefix = await prepare('zombie');
    const a = startInstance(prefix, 'a');
    await until('the first is ready', () => tasksOf(a) === PARTITIONS);
    const input = feed(prefix);
    const b = startInstance(prefix, 'b');
    await until('both share the tasks', () => a.state().tasks.length === 2 && b.state().tasks.length === 2);
    a.child.kill('SIGSTOP');
    await until('the other has all tasks', () => tasksOf(b) === PARTITIONS);
    a.child.kill('SIGCONT');
    await until(
      'both share the tasks again',
      () => a.state().ready && b.state().ready && tasksOf(a) === 2 && tasksOf(b) === 2,
    );
    const count = await input.stop();
    await expectExactlyOnce(prefix, count);
    for (const one of [a, b]) one.child.kill('SIGTERM');
    await Promise.all([a.ended, b.ended]);
  }, 120_000);
});
