import { afterAll, beforeAll, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createPartitionAssignment } from './partition-assignment.ts';
import { cleanUp, createTopics, testConfig, until } from './testing/kit.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('share');
const config = testConfig(kafkaBrokers);

beforeAll(() => createTopics(config, [`${prefix}t`], 4));
afterAll(() => cleanUp(config, [`${prefix}t`], [`${prefix}g`]));

function member() {
  const told: string[] = [];
  const share = createPartitionAssignment({
    kafka: config,
    groupId: `${prefix}g`,
    topics: ['t'],
    topicPrefix: prefix,
    sessionTimeoutMs: 2_000,
    onAssigned: (partitions) => void told.push(`+${partitions}`),
    onRevoked: (partitions) => void told.push(`-${partitions}`),
  });
  share.start();
  return { share, told };
}

it('shares out the partitions, moves few, and tells what comes and goes', async () => {
  const a = member();
  await until('the first owns all', () => a.share.owned().length === 4);
  expect(a.told).toEqual(['+0,1,2,3']);
  const b = member();
  await until('both own two', () => a.share.owned().length === 2 && b.share.owned().length === 2);
  expect([...a.share.owned(), ...b.share.owned()].sort()).toEqual([0, 1, 2, 3]);
  expect(a.told).toEqual(['+0,1,2,3', '-2,3']);
  expect(b.told).toEqual(['+2,3']);
  await a.share.stop();
  await until('the second owns all', () => b.share.owned().length === 4);
  expect(a.told.at(-1)).toBe('-0,1');
  expect(b.told).toEqual(['+2,3', '+0,1']);
  expect(b.share.ready().ready).toBe(true);
  await b.share.stop();
});
