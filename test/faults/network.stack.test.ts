/**
 * The processor as users run it, behind a bad network, while people edit: answers of the broker are lost after they had their effect,
 * broken off, late, and connections go silent without an end. Judged by Kafka's own Java consumer.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { type Bench, createBench, until } from '../../services/sync-processor/bench.fixture.ts';
import { settle } from '../../services/sync-processor/judgement.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';
import { type BrokerProxy, CALLS, type Fate, startBrokerProxy } from './broker-proxy.ts';
import { editSteadily, expectExactlyOnce, untilDeciding, untilShared } from './judged.ts';

const PARTITIONS = 4;
/** Longer than the session of these processors (3 s): who waits for such an answer has lost its tasks when it comes. */
const PAST_SESSION_MS = 3_500;
/** Answers that are lost, of each call that a step is made of. */
const LOST = 3;

/** Calls that a step is made of. */
const STEP: readonly number[] = [CALLS.fetch, CALLS.produce, CALLS.txnOffsetCommit, CALLS.endTxn];

const stack = useStack();
let bench: Bench;
let world: ReturnType<typeof createWorld>;
let proxy: BrokerProxy;

beforeAll(async () => {
  bench = await createBench(stack, uniquePrefix('net'), PARTITIONS);
  world = createWorld(bench);
  proxy = await startBrokerProxy(stack.kafkaBrokers[0] ?? '');
  for (const tenant of ['acme', 'bolt', 'cove', 'dune', 'echo', 'fern']) await world.addTenant(tenant, 2);
});
afterAll(async () => {
  await world.end();
  await bench.close();
  await proxy.close();
});

/**
 * Of the answers to each call of a step one in eight is lost or broken off, until that has happened three times; of those to any other
 * call one is. Some are late, and a heartbeat is by more than a session.
 */
function trouble(): (call: number) => Fate {
  const answers = new Map<number, number>();
  return (call) => {
    const count = (answers.get(call) ?? 0) + 1;
    answers.set(call, count);
    if (call === CALLS.heartbeat && count === 8) return PAST_SESSION_MS;
    if (count % 8 === 0 && count <= (STEP.includes(call) ? 8 * LOST : 8)) return count === 16 ? 'torn' : 'cut';
    return count % 25 === 10 ? 200 : 'pass';
  };
}

test('answers lost, broken off and late, and connections that go silent: nothing is missing, nothing doubled', async () => {
  const a = bench.start({ KAFKA_BROKERS: proxy.address });
  await untilShared(bench, a);
  const edits = editSteadily(world);
  await untilDeciding(bench);
  proxy.setFate(trouble());
  await until('answers to all calls of a step were lost', () => STEP.every((call) => proxy.lost(call) === LOST));
  proxy.setFate(() => 'pass');
  await untilDeciding(bench);

  // One hears nothing any more in the midst of a commit, with more to do in its hands, and another takes over. What the first had
  // said arrives in the moment in which that happens; and once the other has worked and the first has given up.
  const b = bench.start();
  await untilShared(bench, a, b);
  const goesSilent = async (meanwhile: () => Promise<unknown>): Promise<void> => {
    proxy.setFate((call) => (call === CALLS.produce ? 300 : 'pass'));
    await untilDeciding(bench);
    const late = proxy.late();
    await proxy.freezeAt(CALLS.endTxn);
    await untilShared(bench, b);
    await meanwhile();
    proxy.setFate(() => 'pass');
    proxy.thaw();
    expect(proxy.late()).toBeGreaterThan(late);
    await untilShared(bench, a, b);
    await untilDeciding(bench);
  };
  await goesSilent(async () => undefined);
  await goesSilent(async () => {
    await untilDeciding(bench);
    await until('it connects anew', () => proxy.fresh() > 0);
  });
  const last = await edits.stop();
  await settle(bench, world);
  await Promise.all([a.stop(), b.stop()]);
  await expectExactlyOnce(bench, world, last);
}, 150_000);
