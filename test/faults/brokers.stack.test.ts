/**
 * The processor as two processes on three brokers, of which two must have a record: while people edit one broker is lost and comes
 * back, then another, then all at once. Nothing is lost or doubled in what it writes or in the link state.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANGELOG_TOPICS } from '#contracts';
import { type LocalStack, localFolders, startStack } from '#local-stack';
import { closeKafka, createKafka } from '../../libs/kafka/client.ts';
import { type Bench, createBench, until } from '../../services/sync-processor/bench.fixture.ts';
import { settle } from '../../services/sync-processor/judgement.fixture.ts';
import { createWorld } from '../../services/sync-processor/world.fixture.ts';
import { editSteadily, expectExactlyOnce, untilDeciding, untilShared } from './judged.ts';

const BROKERS = ['kafka', 'kafka-2', 'kafka-3'] as const;
const dataDir = mkdtempSync(join(tmpdir(), 'brokers-'));
let stack: LocalStack;
let bench: Bench;
let world: ReturnType<typeof createWorld>;

beforeAll(async () => {
  stack = await startStack({ dataDir, downloadDir: localFolders().downloadDir, brokers: 3, brokerHeapMb: 256 });
  bench = await createBench(stack, 'three');
  world = createWorld(bench);
  for (const tenant of ['acme', 'bolt', 'cove', 'dune']) await world.addTenant(tenant, 2);
}, 240_000);
afterAll(async () => {
  await world?.end();
  await bench?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('one broker lost, another, and all of them restarted: nothing is lost, nothing doubled', async () => {
  const [a, b] = [bench.start(), bench.start()];
  await untilShared(bench, a, b);
  const edits = editSteadily(world);
  await untilDeciding(bench);
  for (const broker of ['kafka-2', 'kafka-3'] as const) {
    await stack.kill(broker, 'SIGKILL');
    await untilDeciding(bench);
    await stack.restart(broker);
    await untilReplicated();
  }
  for (const broker of BROKERS) await stack.kill(broker, 'SIGKILL');
  await Promise.all(BROKERS.map((broker) => stack.restart(broker)));
  await untilDeciding(bench);
  const last = await edits.stop();
  await settle(bench, world);
  expect(a.tasks().length + b.tasks().length).toBe(bench.partitions());
  await Promise.all([a.stop(), b.stop()]);
  await expectExactlyOnce(bench, world, last);
}, 400_000);

/** With a copy behind, the loss of another broker would rightly stop all writing. */
async function untilReplicated(): Promise<void> {
  const kafka = createKafka(bench.kafka, 'admin');
  const admin = kafka.admin();
  await admin.connect();
  const own = [...CHANGELOG_TOPICS, 'sync.decision.v1', 'crm.company.v1', 'unleashed.customer.v1', 'sync.outcome.v1'];
  const topics = [...own.map((topic) => bench.prefix + topic), '__consumer_offsets', '__transaction_state'];
  await until(
    'all three have everything',
    async () => {
      const found = await admin.fetchTopicMetadata({ topics });
      return found.topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3));
    },
    90_000,
  );
  await admin.disconnect();
  closeKafka(kafka);
}
