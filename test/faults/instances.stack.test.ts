/**
 * The processor itself as several processes, which come and go in every way while people edit. Judged by Kafka's own
 * Java consumer: what our writing and our reading have in common cannot hide anything.
 */
import { afterAll, beforeAll, test } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { type Bench, createBench } from '../../services/sync-processor/bench.fixture.ts';
import { settle } from '../../services/sync-processor/judgement.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';
import { editSteadily, expectExactlyOnce, untilDeciding, untilShared } from './judged.ts';

const PARTITIONS = 4;
let bench: Bench;
let world: ReturnType<typeof createWorld>;

beforeAll(async () => {
  bench = await createBench(useStack(), uniquePrefix('many'), PARTITIONS);
  world = createWorld(bench);
  for (const tenant of ['acme', 'bolt', 'cove', 'dune', 'echo', 'fern']) await world.addTenant(tenant, 2);
});
afterAll(async () => {
  await world.end();
  await bench.close();
});

test('two, three and one instances, one that sleeps past its session, one that is killed, one that ends cleanly', async () => {
  const a = bench.start();
  const b = bench.start();
  await untilShared(bench, a, b);
  const edits = editSteadily(world);
  const c = bench.start();
  await untilShared(bench, a, b, c);
  await untilDeciding(bench);
  a.signal('SIGSTOP');
  await untilShared(bench, b, c);
  await untilDeciding(bench);
  a.signal('SIGCONT');
  await untilShared(bench, a, b, c);
  await b.kill();
  await untilShared(bench, a, c);
  await untilDeciding(bench);
  await c.stop();
  await untilShared(bench, a);
  await untilDeciding(bench);
  const last = await edits.stop();
  await settle(bench, world);
  await a.stop();

  await expectExactlyOnce(bench, world, last);
}, 150_000);
