import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createKafka } from '../client.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import type { OffsetJump } from '../group-options.ts';
import { CompressionTypes } from '../kafkajs.ts';
import type { StreamAppOptions } from '../stream/options.ts';
import { runStreamApp } from '../stream/stream-app.ts';
import {
  cleanUp,
  copyProcessor,
  createLogTrap,
  createTopics,
  produce,
  readAll,
  testConfig,
  until,
  valuesOf,
} from '../testing/kit.ts';
import { startProxy } from '../testing/proxy.ts';
import { TransactionalProducer } from '../transactional-producer.ts';

const { kafkaBrokers } = useStack();
const config = testConfig(kafkaBrokers);
const created: string[] = [];
const groups: string[] = [];

/** Topics of its own for each test, and the settings of an app that copies `in` to `out`. */
async function prepare(name: string, settings: Record<string, string> = {}, partitions = 2): Promise<StreamAppOptions> {
  const prefix = uniquePrefix(name);
  const topics = ['in', 'out', 'log'].map((topic) => prefix + topic);
  created.push(...topics);
  groups.push(`${prefix}g`);
  await createTopics(config, topics, partitions, settings);
  return {
    kafka: config,
    groupId: `${prefix}g`,
    topicPrefix: prefix,
    inputTopics: ['in'],
    outputTopics: ['out', 'log'],
    createProcessor: () => copyProcessor(),
  };
}

const warnings: string[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning.name);
beforeAll(() => void process.on('warning', onWarning));
afterAll(async () => {
  process.off('warning', onWarning);
  await cleanUp(config, created, groups);
});

const outOf = async (options: StreamAppOptions): Promise<string[]> =>
  valuesOf(await readAll(config, `${options.topicPrefix}out`));

describe('K7: offsets of a transaction that is not committed', () => {
  it('are not seen by a consumer of the same process', async () => {
    const options = await prepare('k07');
    await produce(config, `${options.topicPrefix}in`, 0, ['v1', 'v2', 'v3']);
    // A broker that never had a group makes the first coordinator now.
    const offsets = createGroupOffsets(config, options.groupId);
    const answers = () => offsets.read([`${options.topicPrefix}in`], 0).then(Boolean, () => false);
    await until('the group has a coordinator', answers);
    await offsets.close();
    const producer = await TransactionalProducer.fence({
      kafka: config,
      transactionalId: `${options.topicPrefix}other`,
      partition: 0,
      topicPrefix: options.topicPrefix ?? '',
      transactionTimeoutMs: 10_000,
      callTimeoutMs: 10_000,
      compression: 'none',
    });
    await producer.begin();
    await producer.sendOffsets(options.groupId, [{ topic: `${options.topicPrefix}in`, partition: 0, offset: 2n }]);
    await producer.abort();
    await producer.discard();
    const app = runStreamApp(options);
    app.start();
    await until('all is copied', async () => (await outOf(options)).length === 3);
    await app.stop();
  });
});

describe('K8: many failures in a row', () => {
  it('do not end the consumer, nor cost it its membership: twelve lost connections', async () => {
    const options = await prepare('k08');
    const proxy = await startProxy();
    const app = runStreamApp({ ...options, kafka: { ...config, socketFactory: proxy.socketFactory } });
    app.start();
    await until('the app is ready', () => app.ready().ready);
    for (let round = 0; round < 12; round++) {
      proxy.cutAll();
      await produce(config, `${options.topicPrefix}in`, round % 2, [`v${round}`]);
      await until(`round ${round} is copied`, async () => (await outOf(options)).includes(`v${round}`));
    }
    expect((await outOf(options)).sort()).toEqual(Array.from({ length: 12 }, (_, round) => `v${round}`).sort());
    await app.stop();
    await proxy.close();
  }, 120_000);

  it('do not end a task: it fails a few times at the same record and then processes it once', async () => {
    const options = await prepare('k08b');
    let failures = 0;
    const app = runStreamApp({
      ...options,
      createProcessor: () => {
        const copy = copyProcessor();
        return {
          ...copy,
          process: async (records, nowMs) => {
            if (records.some((one) => one.value?.toString() === 'bad') && ++failures < 5) throw new Error('not yet');
            return copy.process(records, nowMs);
          },
        };
      },
    });
    app.start();
    await until('the app is ready', () => app.ready().ready);
    await produce(config, `${options.topicPrefix}in`, 0, ['bad']);
    await until('the trouble is shown', () =>
      app.ready().reasons.some((reason) => reason.includes('task 0 failed 3 times')),
    );
    await produce(config, `${options.topicPrefix}in`, 1, ['of another task']);
    await until('both are copied', async () => (await outOf(options)).length === 2);
    await until('the app is ready again', () => app.ready().ready);
    expect(app.tasks().map((task) => task.failures)).toEqual([0, 0]);
    await app.stop();
  });
});

describe('K9: one slow partition', () => {
  it('holds up neither the others nor the heartbeats', async () => {
    const options = await prepare('k09');
    const gate = Promise.withResolvers<void>();
    let joins = 0;
    const app = runStreamApp({
      ...options,
      sessionTimeoutMs: 1_500,
      createProcessor: ({ partition }) => {
        joins += 1;
        const copy = copyProcessor();
        const process: typeof copy.process = async (records, nowMs) => {
          if (partition === 0) await gate.promise;
          return copy.process(records, nowMs);
        };
        return { ...copy, process };
      },
    });
    app.start();
    await until('the app is ready', () => app.ready().ready);
    await produce(config, `${options.topicPrefix}in`, 0, ['slow']);
    const begun = Date.now();
    for (let round = 0; Date.now() - begun < 4_000; round++) {
      await produce(config, `${options.topicPrefix}in`, 1, [`quick${round}`]);
      await until('the quick one is copied', async () => (await outOf(options)).includes(`quick${round}`));
    }
    gate.resolve();
    await until('the slow one is copied', async () => (await outOf(options)).includes('slow'));
    expect(joins).toBe(2); // One processor for each task: nothing was taken away, nothing began anew.
    await app.stop();
  });
});

describe('K10: the offset to be read is gone', () => {
  const deleteUpTo = async (topic: string, offset: number): Promise<void> => {
    const admin = createKafka(config, 'admin').admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // Makes kafkajs load the metadata, which it forgets to do itself here.
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
    await admin.disconnect();
  };

  it('is reported at the start, and reading goes on at the beginning of what exists', async () => {
    const options = await prepare('k10');
    const topic = `${options.topicPrefix}in`;
    await produce(config, topic, 0, ['v0', 'v1']);
    const first = runStreamApp(options);
    first.start();
    await until('two are copied', async () => (await outOf(options)).length === 2);
    await first.stop();
    await produce(config, topic, 0, ['v2', 'v3', 'v4']);
    await deleteUpTo(topic, 4);
    const jumps: OffsetJump[] = [];
    const { logger, lines } = createLogTrap();
    const second = runStreamApp({ ...options, kafka: { ...config, logger }, onJump: (jump) => void jumps.push(jump) });
    second.start();
    await until('the last one is copied', async () => (await outOf(options)).length === 3);
    await second.stop();
    expect(await outOf(options)).toEqual(['v0', 'v1', 'v4']);
    expect(jumps).toEqual([{ topic: 'in', partition: 0, from: 2n, to: 4n }]);
    expect(
      lines().filter((line) => line.level === 50 && String(line.msg).startsWith('records are missing')),
    ).toHaveLength(1);
  });

  it('is reported while running', async () => {
    const options = await prepare('k10b');
    const topic = `${options.topicPrefix}in`;
    const gate = Promise.withResolvers<void>();
    const jumps: OffsetJump[] = [];
    let taken = 0;
    const app = runStreamApp({
      ...options,
      maxBufferedRecords: 1,
      onJump: (jump) => void jumps.push(jump),
      createProcessor: () => {
        const copy = copyProcessor();
        const process: typeof copy.process = async (records, nowMs) => {
          taken += records.length;
          await gate.promise;
          return copy.process(records, nowMs);
        };
        return { ...copy, process };
      },
    });
    app.start();
    await until('the app is ready', () => app.ready().ready);
    await produce(config, topic, 0, ['v0']); // Taken, and stuck in the step.
    await until('it is taken', () => taken === 1);
    await produce(config, topic, 0, ['v1']); // In the buffer, which is full now: the partition is held.
    await until('it is buffered', () => app.tasks().some((task) => task.partition === 0 && task.buffered === 1));
    await produce(config, topic, 0, ['v2', 'v3', 'v4']);
    await deleteUpTo(topic, 4);
    gate.resolve();
    await until('the last one is copied', async () => (await outOf(options)).includes('v4'));
    await app.stop();
    expect(await outOf(options)).toEqual(['v0', 'v1', 'v4']);
    expect(jumps).toEqual([{ topic: 'in', partition: 0, from: 2n, to: 4n }]);
  });
});

describe('K11: compression', () => {
  it('reads and writes zstd', async () => {
    const options = await prepare('k11', { 'compression.type': 'producer' });
    const producer = createKafka(config, 'producer').producer({ createPartitioner: () => () => 0 });
    await producer.connect();
    const messages = ['v1', 'v2'].map((value) => ({ key: value, value: value.repeat(100) }));
    await producer.send({ topic: `${options.topicPrefix}in`, compression: CompressionTypes.ZSTD, messages });
    await producer.disconnect();
    const app = runStreamApp({ ...options, compression: 'zstd' });
    app.start();
    await until('all is copied', async () => (await outOf(options)).length === 2);
    await app.stop();
    expect(await outOf(options)).toEqual(messages.map(({ value }) => value));
  });

  it('says clearly that it cannot read lz4, and is not ready', async () => {
    const options = await prepare('k11b', { 'compression.type': 'lz4' });
    await produce(config, `${options.topicPrefix}in`, 0, ['v'.repeat(1_000)]);
    const app = runStreamApp(options);
    app.start();
    await until('it says so', () =>
      app.ready().reasons.some((reason) => /LZ4 compression not implemented/.test(reason)),
    );
    await app.stop();
  });
});

describe('K12: timers', () => {
  it('has caused no warning of a negative delay in any of these tests', () => {
    expect(warnings.filter((name) => name === 'TimeoutNegativeWarning')).toEqual([]);
  });

  it('runs no timer on a connection that has nothing to do', async () => {
    const admin = createKafka(config, 'admin').admin();
    await admin.connect();
    await admin.listTopics();
    const queueTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = queueTimers();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(queueTimers()).toBeLessThanOrEqual(before);
    await admin.disconnect();
  });
});
