import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { cleanUp, copyProcessor, createTopics, produce, readAll, testConfig, until, valuesOf } from '../testing/kit.ts';
import { runStreamApp } from './stream-app.ts';

const PARTITIONS = 3;
const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('app');
const config = testConfig(kafkaBrokers);
const topics = ['a', 'b', 'out', 'log'].map((name) => prefix + name);

beforeAll(() => createTopics(config, topics, PARTITIONS));
afterAll(() => cleanUp(config, topics, [`${prefix}copy`]));

describe('a stream app', () => {
  it('copies records of two topics to the same partition, in order, and goes on where it stopped', async () => {
    const options = {
      kafka: config,
      groupId: `${prefix}copy`,
      topicPrefix: prefix,
      inputTopics: ['a', 'b'],
      outputTopics: ['out', 'log'],
      createProcessor: () => copyProcessor(),
    };
    for (const partition of [0, 1, 2]) {
      await produce(config, `${prefix}a`, partition, [`a${partition}-1`, `a${partition}-2`]);
      await produce(config, `${prefix}b`, partition, [`b${partition}-1`]);
    }
    const first = runStreamApp(options);
    first.start();
    await until('the app is ready', () => first.ready().ready);
    await until('all is copied', async () => (await readAll(config, `${prefix}out`)).length === 9);
    await first.stop();

    await produce(config, `${prefix}a`, 1, ['a1-3']);
    const second = runStreamApp(options);
    second.start();
    await until('the rest is copied', async () => (await readAll(config, `${prefix}out`)).length === 10);
    await second.stop();

    const out = await readAll(config, `${prefix}out`);
    expect(new Set(valuesOf(out)).size).toBe(10);
    for (const record of out) expect(record.value?.toString().slice(1, 2)).toBe(String(record.partition));
    expect(valuesOf(out.filter((one) => one.partition === 1 && one.value?.toString().startsWith('a')))).toEqual([
      'a1-1',
      'a1-2',
      'a1-3',
    ]);
  });
});
