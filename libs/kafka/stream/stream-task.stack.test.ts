import { Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { cleanUp, copyProcessor, createTopics, produce, readAll, testConfig, until, valuesOf } from '../testing/kit.ts';
import { startProxy } from '../testing/proxy.ts';
import type { StreamAppOptions } from './options.ts';
import { runStreamApp } from './stream-app.ts';
import type { TaskProcessor } from './types.ts';

const { kafkaBrokers } = useStack();
const config = testConfig(kafkaBrokers);
const created: string[] = [];
const groups: string[] = [];
afterAll(() => cleanUp(config, created, groups));

async function prepare(name: string, createProcessor: StreamAppOptions['createProcessor']): Promise<StreamAppOptions> {
  const prefix = uniquePrefix(name);
  const topics = ['in', 'out', 'log'].map((topic) => prefix + topic);
  created.push(...topics);
  groups.push(`${prefix}g`);
  await createTopics(config, topics, 1);
  return {
    kafka: config,
    groupId: `${prefix}g`,
    topicPrefix: prefix,
    inputTopics: ['in'],
    outputTopics: ['out', 'log'],
    createProcessor,
  };
}

const read = async (options: StreamAppOptions, topic: string) =>
  valuesOf(await readAll(config, options.topicPrefix + topic));

/** A view that is kept from the changelog, as Redis is, and how it was brought up to date. */
function createView() {
  const view = { values: [] as string[], offset: 0n, replayed: 0, incarnations: 0 };
  /** Copies; after each commit it puts the step's values into the view, unless `fails` says so. */
  const processor = (fails: (value: string) => boolean): TaskProcessor => {
    let pending: string[] = [];
    view.incarnations += 1;
    return copyProcessor({
      restore: async (context) => {
        const { end } = await context.readChangelog('log', view.offset, (records) => {
          view.values.push(...valuesOf(records));
          view.replayed += records.length;
        });
        view.offset = end;
      },
      process: async (records) => {
        pending = valuesOf(records);
        return { outputs: records.map((one) => ({ topic: 'log', key: 'k', value: one.value })), nextWakeAtMs: null };
      },
      committed: async ({ baseOffsets }) => {
        const range = baseOffsets.get('log');
        if (range === undefined) return;
        if (pending.some(fails)) throw new Error('the view does not answer');
        view.values.push(...pending);
        view.offset = range.last + 1n;
      },
    });
  };
  return { view, processor };
}

describe('a stream task', () => {
  it('brings its view up to date from the changelog when that failed after the commit', async () => {
    const { view, processor } = createView();
    let failures = 2;
    const options = await prepare('view', () => processor((value) => value.startsWith('v3') && failures-- > 0));
    const app = runStreamApp(options);
    app.start();
    for (let n = 0; n < 6; n++) {
      await produce(config, `${options.topicPrefix}in`, 0, [`v${n}`]);
      await until(`v${n} is in the view`, () => view.values.includes(`v${n}`));
    }
    await app.stop();
    expect(view.values).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(await read(options, 'log')).toEqual(view.values);
    expect([view.incarnations, view.replayed]).toEqual([2, 1]);
  });

  it('rebuilds an empty view from the whole changelog', async () => {
    const first = createView();
    const options = await prepare('rebuild', () => first.processor(() => false));
    const app = runStreamApp(options);
    app.start();
    await produce(config, `${options.topicPrefix}in`, 0, ['v0', 'v1', 'v2']);
    await until('the view has them', () => first.view.values.length === 3);
    await app.stop();
    const second = createView();
    const again = runStreamApp({ ...options, createProcessor: () => second.processor(() => false) });
    again.start();
    await until('it runs', () => again.ready().ready);
    await again.stop();
    expect(second.view.values).toEqual(['v0', 'v1', 'v2']);
  });

  it('fires timers as steps, between records and alone, with the clock that it was given', async () => {
    let nowMs = 1_000;
    const fired: number[] = [];
    const options = await prepare('timer', () =>
      copyProcessor({
        process: async (records, now) => ({
          outputs: records.map((one) => ({ topic: 'out', key: 'k', value: Buffer.from(`${one.value}@${now}`) })),
          nextWakeAtMs: now + 50,
        }),
        punctuate: async (now) => {
          fired.push(now);
          const due = now > 1_000;
          return {
            outputs: due ? [{ topic: 'out', key: 'k', value: Buffer.from(`timer@${now}`) }] : [],
            nextWakeAtMs: null,
          };
        },
      }),
    );
    const app = runStreamApp({ ...options, clock: () => nowMs });
    app.start();
    await until('the task asks for its first wake', () => fired.length === 1);
    await produce(config, `${options.topicPrefix}in`, 0, ['v']);
    await until('the record is out', async () => (await read(options, 'out')).length === 1);
    expect(fired).toEqual([1_000]);
    nowMs = 1_050;
    await until('the timer has fired', async () => (await read(options, 'out')).length === 2);
    await app.stop();
    expect(await read(options, 'out')).toEqual(['v@1000', 'timer@1050']);
    expect(fired).toEqual([1_000, 1_050]);
  });

  it('groups what has gathered, within its limits, and counts it in the metrics', async () => {
    const sizes: number[] = [];
    const registry = new Registry();
    const copy = copyProcessor();
    const options = await prepare('group', () =>
      copyProcessor({
        process: async (records, now) => {
          sizes.push(records.length);
          return copy.process(records, now);
        },
      }),
    );
    await produce(
      config,
      `${options.topicPrefix}in`,
      0,
      Array.from({ length: 100 }, (_, n) => `v${n}`),
    );
    const app = runStreamApp({ ...options, maxStepRecords: 30, registry });
    app.start();
    await until('all is out', async () => (await read(options, 'out')).length === 100);
    await app.stop();
    expect(sizes).toEqual([30, 30, 30, 10]);
    const text = await registry.metrics();
    expect(text).toContain('stream_records_total{task="0",topic="in"} 100');
    expect(text).toContain('stream_transactions_total{task="0"} 4');
    expect(text).toContain('stream_outputs_total{task="0",topic="log"} 100');
  });

  it('gives up a long restore when it is stopped', async () => {
    const restoring = Promise.withResolvers<void>();
    const options = await prepare('long', () =>
      copyProcessor({
        restore: (context) =>
          new Promise((_resolve, reject) => {
            context.signal.addEventListener('abort', () => reject(new Error('stopped')));
            restoring.resolve();
          }),
      }),
    );
    const app = runStreamApp(options);
    app.start();
    await restoring.promise;
    expect(app.tasks()).toMatchObject([{ partition: 0, state: 'restoring' }]);
    expect(app.ready().reasons).toEqual(['task 0 is restoring']);
    await app.stop();
    expect(app.tasks()).toEqual([]);
  });

  it('leaves its successor alone when it ends late', async () => {
    const gate = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    let stuck = 0;
    const options = await prepare('late', () => {
      const copy = copyProcessor();
      const mine = { isStuck: false };
      return {
        ...copy,
        process: async (records, now) => {
          mine.isStuck = stuck++ === 0;
          if (mine.isStuck) await gate.promise;
          return copy.process(records, now);
        },
        close: async () => {
          if (mine.isStuck) ended.resolve();
        },
      };
    });
    const proxy = await startProxy();
    const app = runStreamApp({ ...options, kafka: { ...config, socketFactory: proxy.socketFactory } });
    app.start();
    await produce(config, `${options.topicPrefix}in`, 0, ['stuck']);
    await until('the step is stuck', () => stuck === 1);
    proxy.setRefusing(true);
    proxy.cutAll();
    await until('the membership is lost', () =>
      app.ready().reasons.some((reason) => reason.startsWith('not in the group')),
    );
    proxy.setRefusing(false);
    await until('the successor has done the work', async () => (await read(options, 'out')).includes('stuck'));
    gate.resolve();
    await ended.promise;
    await produce(config, `${options.topicPrefix}in`, 0, ['after']);
    await until('the successor goes on', async () => (await read(options, 'out')).includes('after'));
    await app.stop();
    await proxy.close();
    expect(await read(options, 'out')).toEqual(['stuck', 'after']);
  });

  it('refuses inputs with different numbers of partitions, and says so', async () => {
    const options = await prepare('counts', () => copyProcessor());
    created.push(`${options.topicPrefix}more`);
    await createTopics(config, [`${options.topicPrefix}more`], 2);
    const app = runStreamApp({ ...options, inputTopics: ['in', 'more'] });
    app.start();
    await until('it says so', () => app.ready().reasons.some((reason) => /must have as many partitions/.test(reason)));
    await app.stop();
  });
});
