/** More partitions than somebody counts with are refused, and fewer are too. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOPICS } from '#contracts';
import { createTopicAdmin, demandPartitionCount } from '#kafka';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { grow } from '../../services/cli/grow.ts';
import { type Bench, createBench, until } from '../../services/sync-processor/bench.fixture.ts';

const FROM = 8;
const TO = 16;
let bench: Bench;

beforeEach(async () => {
  bench = await createBench(useStack(), uniquePrefix('grow'), FROM);
});
afterEach(async () => {
  await bench.close();
});

describe('the command', () => {
  test('refuses to take partitions away', async () => {
    const options = { kafka: bench.kafka, topicPrefix: bench.prefix, partitions: 4, onProgress: () => undefined };
    await expect(grow(options)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('partitions that somebody adds by hand', () => {
  test('to one topic: no processor starts, and it says which topic has how many', async () => {
    const admin = createTopicAdmin(bench.kafka);
    await admin.grow([`${bench.prefix}sync.link.v1`], TO);
    await admin.close();
    const processor = bench.start();
    await until('it says so', () =>
      processor.log().some((line) => JSON.stringify(line).includes(`sync.link.v1 has ${TO}`) && line.level === 'warn'),
    );
    expect(processor.tasks()).toEqual([]);
    await processor.stop();
  });

  test('to all topics: whoever counts otherwise is refused', async () => {
    const topics = TOPICS.map((topic) => bench.prefix + topic);
    expect(await demandPartitionCount(bench.kafka, topics, FROM)).toBe(FROM);
    await expect(demandPartitionCount(bench.kafka, topics, TO)).rejects.toMatchObject({
      code: 'partition-counts-differ',
      message: expect.stringContaining(`the topics have ${FROM} partitions`),
    });
  });
});
