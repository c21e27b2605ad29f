import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, localFolders, startStack } from '#local-stack';
import { createGlobalTable } from '../global-table.ts';
import type { KafkaConfig } from '../options.ts';
import { createPartitionAssignment } from '../partition-assignment.ts';
import { createSerialProducer } from '../serial-producer.ts';
import { createSinkConsumer } from '../sink/sink-consumer.ts';
import { copyProcessor, createLogTrap, createTopics, readAll, until, valuesOf } from '../testing/kit.ts';
import { judge } from '../testing/referee.ts';
import { runStreamApp } from './stream-app.ts';

const PARTITIONS = 2;
const dataDir = mkdtempSync(join(tmpdir(), 'broker-restart-'));
const { logger, lines } = createLogTrap();
let stack: LocalStack;
let config: KafkaConfig;

beforeAll(async () => {
  stack = await startStack({ dataDir, downloadDir: localFolders().downloadDir, parts: ['kafka'] });
  config = { brokers: stack.kafkaBrokers, clientId: 'restart-test', logger };
  await createTopics(config, ['in', 'out', 'log'], PARTITIONS);
});
afterAll(async () => {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('a broker that is killed and comes back', () => {
  it('ends nothing: every part goes on by itself, and each value is out once', async () => {
    const app = runStreamApp({
      kafka: config,
      groupId: 'app',
      inputTopics: ['in'],
      outputTopics: ['out', 'log'],
      sessionTimeoutMs: 3_000,
      createProcessor: () => copyProcessor(),
    });
    const handled = new Set<string>();
    const sink = createSinkConsumer({
      kafka: config,
      groupId: 'sink',
      topics: ['out'],
      sessionTimeoutMs: 3_000,
      laneOf: () => 'one',
      handle: async (record) => void handled.add(record.value?.toString() ?? ''),
      onPoison: async () => undefined,
    });
    const table = createGlobalTable<string>({
      kafka: config,
      topic: 'log',
      decode: (record) => record.value?.toString() ?? '',
      onUndecodable: () => undefined,
    });
    const share = createPartitionAssignment({
      kafka: config,
      groupId: 'share',
      topics: ['in'],
      sessionTimeoutMs: 3_000,
      onAssigned: () => undefined,
      onRevoked: () => undefined,
    });
    const producer = createSerialProducer({ kafka: config });
    app.start();
    sink.start();
    share.start();
    await table.start();
    await until('all are ready', () => app.ready().ready && sink.ready().ready && share.ready().ready);

    let count = 0;
    let stopping = false;
    const feed = (async () => {
      while (!stopping) {
        const n = count++;
        await producer.send({ topic: 'in', partition: n % PARTITIONS, key: `k${n}`, value: Buffer.from(`v${n}`) });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    for (let round = 0; round < 2; round++) {
      const before = handled.size;
      await until('records flow', () => handled.size > before + 20);
      await stack.kill('kafka', 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 500));
      await stack.restart('kafka');
    }
    const after = handled.size;
    await until('records flow again', () => handled.size > after + 20, 60_000);
    stopping = true;
    await feed;
    await until('everything went all the way', () => handled.size === count && table.size() === count, 60_000);
    await until('all are ready again', () => app.ready().ready && sink.ready().ready && share.ready().ready);

    const taken = await judge(config, 'in');
    expect(taken.map((one) => String(one.value)).sort()).toEqual(
      Array.from({ length: count }, (_, n) => `v${n}`).sort(),
    );
    const out = await judge(config, 'out');
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const wanted = Array.from({ length: count }, (_, n) => n).filter((n) => n % PARTITIONS === partition);
      const seen = out.filter((one) => one.partition === partition);
      const got = seen.map((one) => String(one.value));
      const places = seen.map(({ offset, value }) => `${offset}:${value}`).join(' ');
      const said = lines().map(({ level, msg, err, task }) => JSON.stringify({ level, msg, err, task }).slice(0, 300));
      expect(got, `${places}\n${said.join('\n')}`).toEqual(wanted.map((n) => `v${n}`));
    }
    expect(valuesOf(await readAll(config, 'out'))).toHaveLength(count);
    await Promise.all([app.stop(), sink.stop(), table.stop(), share.stop(), producer.close()]);
    const shown = lines().filter((line) => Number(line.level) >= 40);
    expect(shown.length).toBeLessThan(60); // An operator reads a page, not a book.
  }, 180_000);
});
