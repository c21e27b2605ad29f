/** More partitions: refused where somebody adds them by hand, and nothing lost or doubled where the command does it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHANGELOG_TOPICS, partitionOf, TOPICS } from '#contracts';
import { createTopicAdmin, demandPartitionCount } from '#kafka';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { grow } from '../../services/cli/grow.ts';
import { type Bench, createBench, type ProcessorProcess, until } from '../../services/sync-processor/bench.fixture.ts';
import { expectViewEqualsLog, settle } from '../../services/sync-processor/judgement.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';

const FROM = 8;
const TO = 16;
const TENANTS = ['acme', 'bolt', 'cove', 'dune', 'echo', 'fern', 'gale', 'hill'];
let bench: Bench;
let world: ReturnType<typeof createWorld>;

beforeEach(async () => {
  bench = await createBench(useStack(), uniquePrefix('grow'), FROM);
  world = createWorld(bench);
});
afterEach(async () => {
  await world.end();
  await bench.close();
});

const growTo = (partitions: number) =>
  grow({ kafka: bench.kafka, topicPrefix: bench.prefix, partitions, onProgress: () => undefined });

async function editAll(phone: string): Promise<void> {
  for (const [at, id] of [...world.records.keys()].entries()) {
    await world.edit(id, at % 2 === 0 ? 'crm' : 'unleashed', { phone: `${phone} ${id}` });
  }
}

const startsAgain = (processor: ProcessorProcess): Promise<true> =>
  until('it has tasks', () => processor.tasks().length === bench.partitions());

describe('the command', () => {
  test('doubles the partitions with work under way: nothing is lost, nothing doubled, and it may be repeated', async () => {
    expect(TENANTS.some((tenant) => partitionOf(tenant, FROM) !== partitionOf(tenant, TO))).toBe(true);
    for (const tenant of TENANTS) await world.addTenant(tenant, 2);
    const before = bench.start();
    await editAll('before');
    await settle(bench, world);
    await expect(growTo(TO)).rejects.toMatchObject({ code: 'SERVICES_RUNNING' });
    // Killed in the middle of edits, so that there is a bit of everything: unread, decided, ordered, answered.
    await editAll('half way');
    await before.kill();
    await editAll('unread');
    await world.stopSinks();
    const states = await bench.foldedChangelogs();

    await until('its session has ended', async () => {
      const result = await growTo(TO).catch((error: { code?: string }) => error.code);
      return result === 'SERVICES_RUNNING' ? false : (result ?? false);
    });
    await bench.grown(TO);
    expect(await growTo(TO)).toEqual({ from: TO, to: TO, entriesMoved: 0, unreadMoved: 0 });
    expect([...(await bench.foldedChangelogs())].toSorted()).toEqual([...states].toSorted());
    for (const topic of CHANGELOG_TOPICS) {
      for (const { key, partition } of await bench.living(topic)) {
        expect(partition).toBe(partitionOf(key.split('/')[0] ?? '', TO));
      }
    }

    const after = bench.start();
    world.startSinks();
    await startsAgain(after);
    await editAll('after');
    await settle(bench, world);
    for (const [id, { crm, unleashed }] of world.records) {
      expect([crm.phone, unleashed.phone]).toEqual([`after ${id}`, `after ${id}`]);
    }
    expect(await bench.read('sync.quarantine.v1')).toEqual([]);
    expect(new Set(world.commands()).size).toBe(world.commands().length);
    const origins = (await bench.read('sync.decision.v1')).flatMap(({ record }) =>
      JSON.stringify(record?.origin ?? []),
    );
    const decided = origins.filter((origin) => origin !== '[]');
    expect(new Set(decided).size).toBe(decided.length);
    await after.stop();
    await expectViewEqualsLog(bench);
  }, 180_000);
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
