/** Three copies, two of which must have a record: any one broker may be lost, and nobody notices but the log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalStack, localFolders, type PartName, startStack } from '#local-stack';
import { closeKafka, createKafka } from '../client.ts';
import { createCluster, READ_COMMITTED } from '../kafkajs-internals.ts';
import { type CopyApp, createCopyApp } from '../testing/copy-app.ts';
import { testConfig, until } from '../testing/kit.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'three-brokers-'));
let stack: LocalStack;
let app: CopyApp;

beforeAll(async () => {
  const { downloadDir } = localFolders();
  stack = await startStack({ dataDir, downloadDir, parts: ['kafka'], brokers: 3, brokerHeapMb: 256 });
  app = await createCopyApp({ brokers: stack.kafkaBrokers, prefix: '', sessionTimeoutMs: 3_000, replicas: 3 });
}, 180_000);
afterAll(async () => {
  await app?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it('one of three brokers is lost, comes back, and another is lost: each value is out once', async () => {
  const a = app.start('a');
  const b = app.start('b');
  await app.untilShared(a, b);
  app.feed();
  await app.untilFlowing();
  await stack.kill('kafka-2', 'SIGKILL');
  await app.untilFlowing();
  await stack.restart('kafka-2');
  await untilReplicated();
  // The one that the members of the group talk to: they must find its successor, for it stays away.
  await stack.kill(await coordinator(), 'SIGKILL');
  await app.untilFlowing();
  // An instance is lost as well, which only a living coordinator notices.
  await a.end('SIGKILL');
  await app.untilShared(b);
  await app.expectExactlyOnce();
  expect(stack.parts().filter(({ rssBytes }) => rssBytes > 0)).toHaveLength(2);
}, 180_000);

/** The broker that coordinates the group now. */
async function coordinator(): Promise<PartName> {
  const kafka = createKafka(testConfig(stack.kafkaBrokers), 'admin');
  const cluster = createCluster(kafka, READ_COMMITTED);
  await cluster.connect();
  const { nodeId } = await cluster.findGroupCoordinator({ groupId: 'g' });
  await cluster.disconnect();
  closeKafka(kafka);
  const found = (['kafka', 'kafka-2', 'kafka-3'] as const)[Number(nodeId) - 1];
  if (found === undefined) throw new Error(`no part runs broker ${nodeId}`);
  return found;
}

/** With a copy behind, the loss of another broker would rightly stop all writing. */
async function untilReplicated(): Promise<void> {
  const admin = createKafka(testConfig(stack.kafkaBrokers), 'admin').admin();
  await admin.connect();
  const topics = ['in', 'out', 'log', '__consumer_offsets', '__transaction_state'];
  await until('all three have everything', async () => {
    const found = await admin.fetchTopicMetadata({ topics });
    return found.topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3));
  });
  await admin.disconnect();
}
