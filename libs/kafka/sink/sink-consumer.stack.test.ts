import { afterAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import { cleanUp, createTopics, produce, testConfig, until } from '../testing/kit.ts';
import { createSinkConsumer, type SinkConsumer, type SinkConsumerOptions } from './sink-consumer.ts';

const PARTITIONS = 2;
const SESSION_MS = 2_000;
const { kafkaBrokers } = useStack();
const config = testConfig(kafkaBrokers);
const created: string[] = [];
const groups: string[] = [];
const running = new Set<SinkConsumer>();

/** A topic and a group of its own, and a way to make sinks on them. */
async function prepare(name: string) {
  const prefix = uniquePrefix(name);
  created.push(`${prefix}t`);
  groups.push(`${prefix}g`);
  await createTopics(config, [`${prefix}t`], PARTITIONS);
  const start = (more: Partial<SinkConsumerOptions> & Pick<SinkConsumerOptions, 'handle'>): SinkConsumer => {
    const sink = createSinkConsumer({
      kafka: config,
      groupId: `${prefix}g`,
      topicPrefix: prefix,
      topics: ['t'],
      laneOf: (record) => record.value?.toString().split(':')[0] ?? '',
      onPoison: async () => undefined,
      retryBackoff: { firstMs: 5, maxMs: 20 },
      sessionTimeoutMs: SESSION_MS,
      ...more,
    });
    running.add(sink);
    sink.start();
    return sink;
  };
  const committed = async (partition: number): Promise<bigint | undefined> => {
    const offsets = createGroupOffsets(config, `${prefix}g`);
    const found = (await offsets.read([`${prefix}t`], partition)).get(`${prefix}t`)?.offset;
    await offsets.close();
    return found;
  };
  const write = (partition: number, values: string[]) => produce(config, `${prefix}t`, partition, values);
  return { start, committed, write };
}

const retriable = (message: string) => Object.assign(new Error(message), { retriable: true });

afterAll(async () => {
  await Promise.all([...running].map((sink) => sink.stop()));
  await cleanUp(config, created, groups);
});

describe('a sink consumer', () => {
  it('keeps the order within a lane, lets other lanes pass, and commits up to the lowest unfinished record', async () => {
    const { start, committed, write } = await prepare('sink');
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    const sink = start({
      handle: async (record) => {
        const value = record.value?.toString() ?? '';
        if (value === 'slow:1') await gate.promise;
        done.push(value);
      },
    });
    await write(0, ['quick:0', 'slow:1', 'slow:2', 'quick:3', 'quick:4']);
    await until('the quick lane is done', () => done.length === 3);
    expect(done).toEqual(['quick:0', 'quick:3', 'quick:4']);
    await until('the position is committed', async () => (await committed(0)) === 1n);
    gate.resolve();
    await until('all is done', () => done.length === 5);
    expect(done.slice(3)).toEqual(['slow:1', 'slow:2']);
    await until('the position is committed', async () => (await committed(0)) === 5n);
    expect(sink.inFlight()).toBe(0);
    await sink.stop();
  });

  it('K8: tries a retriable error again without losing its membership, and puts the others aside', async () => {
    const { start, committed, write } = await prepare('retry');
    const tries = new Map<string, number>();
    const poison: [string, string][] = [];
    let poisonFailures = 2;
    const sink = start({
      maxTries: 40,
      handle: async (record, context) => {
        const value = record.value?.toString() ?? '';
        tries.set(value, context.tries);
        if (value === 'a:hopeless') throw retriable('always');
        if (value === 'b:stubborn' && context.tries < 30) throw retriable('not yet');
        if (value === 'c:broken') throw new Error('cannot be');
      },
      onPoison: async (record, error) => {
        if (poisonFailures-- > 0) throw new Error('no room');
        poison.push([record.value?.toString() ?? '', (error as Error).message]);
      },
    });
    await write(1, ['a:hopeless', 'b:stubborn', 'c:broken', 'a:after']);
    await until('everything is settled', async () => (await committed(1)) === 4n);
    expect(Object.fromEntries(tries)).toEqual({ 'a:hopeless': 40, 'b:stubborn': 30, 'c:broken': 1, 'a:after': 1 });
    expect(poison.sort()).toEqual([
      ['a:hopeless', 'always'],
      ['c:broken', 'cannot be'],
    ]);
    await sink.stop();
  });

  it('holds a partition back when too many records are under way, and the other one not', async () => {
    const { start, write } = await prepare('window');
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    let others = 0;
    const sink = start({
      maxInFlightPerPartition: 10,
      handle: async (record) => {
        if (record.partition === 1) {
          others += 1;
          return;
        }
        begun += 1;
        await gate.promise;
      },
    });
    const lanes = (first: number, count: number) => Array.from({ length: count }, (_, n) => `lane${first + n}:x`);
    await write(0, lanes(0, 10));
    await until('the window is full', () => begun === 10);
    await write(0, lanes(10, 30));
    await write(1, ['free:1']);
    await until('the other partition goes on', () => others === 1);
    expect(sink.inFlight()).toBe(10);
    gate.resolve();
    await until('all is done', () => begun === 40 && sink.inFlight() === 0);
    await sink.stop();
  });

  it('is not sure of what it has from the first moment after a sleep longer than its session, and then is again', async () => {
    const { start, write } = await prepare('sleep');
    const before = Promise.withResolvers<void>();
    const said: boolean[] = [];
    const again: boolean[] = [];
    const sink = start({
      handle: async (record, { isOurs }) => {
        if (record.value?.toString() === 'a:again') {
          again.push(isOurs());
          return;
        }
        await before.promise;
        said.push(isOurs());
        // Nothing of this process runs meanwhile, as if it were stopped; the answer to a heartbeat may wait for it afterwards.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SESSION_MS + 500);
        said.push(isOurs());
        await new Promise((resolve) => setImmediate(resolve));
        said.push(isOurs());
      },
    });
    await write(0, ['a:1']);
    await until('it is at work', () => sink.inFlight() === 1);
    before.resolve();
    await until('it has slept', () => said.length >= 3);
    expect(said.slice(0, 3)).toEqual([true, false, false]);
    await write(1, ['a:again']);
    await until('it is sure again', () => again.length > 0 && sink.ready().ready);
    expect(again.at(-1)).toBe(true);
    await sink.stop();
  });

  it('hands over to a second instance, and back, without a record that nobody handles', async () => {
    const { start, write } = await prepare('share');
    const seen = new Set<string>();
    const handle = async (record: { value: Buffer | null }) => void seen.add(record.value?.toString() ?? '');
    const first = start({ handle });
    await until('the first is ready', () => first.ready().ready);
    let n = 0;
    const writeSome = async () => {
      for (const partition of [0, 1]) await write(partition, [`x:${n++}`, `y:${n++}`]);
    };
    await writeSome();
    const second = start({ handle });
    await until('the second is ready', () => second.ready().ready);
    await writeSome();
    await first.stop();
    await writeSome();
    await until('all was handled', () => seen.size === n);
    await second.stop();
  });

  it('does not repeat after a clean stop, and finishes what is under way', async () => {
    const { start, write, committed } = await prepare('stop');
    const seen: string[] = [];
    const slow = async (record: { value: Buffer | null }) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      seen.push(record.value?.toString() ?? '');
    };
    const first = start({ handle: slow });
    await write(0, ['a:1', 'b:2', 'c:3', 'd:4', 'd:5', 'd:6']);
    await until('it is at work', () => first.inFlight() > 0);
    await first.stop();
    const before = seen.length;
    expect(before).toBeGreaterThan(0);
    const second = start({ handle: slow });
    await until('the rest is done', async () => (await committed(0)) === 6n);
    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
    await second.stop();
  });
});
