import { afterAll, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { configOf, createTopicAdmin } from './admin.ts';
import { createKafka } from './client.ts';
import { KafkaError } from './errors.ts';
import { produce, testConfig } from './testing/kit.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('admin');
const config = testConfig(kafkaBrokers);
const topics = createTopicAdmin(config);
const specs = [
  { name: `${prefix}plain`, partitions: 3 },
  {
    name: `${prefix}compacted`,
    partitions: 2,
    compacted: true,
    minInSyncReplicas: 1,
    config: { 'segment.ms': '60000' },
  },
];

afterAll(async () => {
  await topics.deleteTopics(specs.map(({ name }) => name));
  await topics.close();
});

it('creates what is missing, by several at once, and can write as soon as it returns', async () => {
  const other = createTopicAdmin(config);
  const results = await Promise.all([topics.ensure(specs), other.ensure(specs)]);
  await other.close();
  expect(results.flat().length).toBeGreaterThanOrEqual(2);
  await produce(config, `${prefix}plain`, 2, ['v']);
  expect((await topics.ends(`${prefix}plain`)).get(2)).toEqual({ first: 0n, end: 1n });
  expect(await topics.ensure(specs)).toEqual([]);
});

it('sets compaction, the least number of copies and the compression', async () => {
  await topics.ensure(specs);
  const admin = createKafka(config, 'admin').admin();
  await admin.connect();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: 2, name: `${prefix}compacted` }],
  });
  await admin.disconnect();
  const found = Object.fromEntries(resources[0]?.configEntries.map((one) => [one.configName, one.configValue]) ?? []);
  expect(found).toMatchObject({
    'cleanup.policy': 'compact',
    'min.insync.replicas': '1',
    'compression.type': 'zstd',
    'segment.ms': '60000',
  });
  expect(configOf({ name: 't', partitions: 1 })['cleanup.policy']).toBeUndefined();
});

it('refuses a topic that has another number of partitions, and says so', async () => {
  await topics.ensure(specs);
  const error = await topics.ensure([{ name: `${prefix}plain`, partitions: 8 }]).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(KafkaError);
  expect(error).toMatchObject({
    code: 'partition-counts-differ',
    message: expect.stringMatching(/has 3 partitions, 8 are wanted/),
  });
});

it('deletes groups and topics, also those that do not exist', async () => {
  await topics.deleteGroup(`${prefix}nobody`);
  await topics.deleteTopics([`${prefix}nothing`]);
});
