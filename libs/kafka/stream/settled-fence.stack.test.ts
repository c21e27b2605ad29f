import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, localFolders, startStack } from '#local-stack';
import { createKafka } from '../client.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import { createCluster, type InternalBroker, READ_COMMITTED, type TransactionOwner } from '../kafkajs-internals.ts';
import { createPartitionReader } from '../partition-reader.ts';
import {
  copyProcessor,
  createLogTrap,
  createTopics,
  produce,
  readAll,
  testConfig,
  until,
  valuesOf,
} from '../testing/kit.ts';
import { judge } from '../testing/referee.ts';
import { TransactionalProducer, type TransactionalProducerOptions } from '../transactional-producer.ts';
import { settledFence } from './settled-fence.ts';
import { runStreamApp } from './stream-app.ts';

/** What kafkajs' broker can do besides; only here, to leave behind what a broker that lost its markers leaves behind. */
interface RawBroker extends InternalBroker {
  produce(request: object): Promise<unknown>;
  txnOffsetCommit(request: object): Promise<unknown>;
}

const BROKER = 4;
const GROUP = 'group';
const dataDir = mkdtempSync(join(tmpdir(), 'settled-fence-'));
let stack: LocalStack;
let brokers: string[] = [];
const names = ['a', 'b', 'c', 'd', 'app'] as const;

beforeAll(async () => {
  stack = await startStack({ dataDir, downloadDir: localFolders().downloadDir, parts: ['kafka'] });
  brokers = stack.kafkaBrokers;
  await createTopics(
    testConfig(brokers),
    names.flatMap((name) => [`${name}.in`, `${name}.out`, `${name}.log`]),
    1,
  );
  // A broker that asks the coordinator would refuse writes that no transaction knows of, which is what is wanted here.
  const admin = createKafka(testConfig(brokers), 'admin').admin();
  await admin.connect();
  const configEntries = [{ name: 'transaction.partition.verification.enable', value: 'false' }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: BROKER, name: '1', configEntries }] });
  await admin.disconnect();
});
afterAll(async () => {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const optionsOf = (name: string, kafka = testConfig(brokers)): TransactionalProducerOptions => ({
  kafka,
  transactionalId: `${name}.${GROUP}-0`,
  partition: 0,
  topicPrefix: `${name}.`,
  transactionTimeoutMs: 10_000,
  callTimeoutMs: 10_000,
  compression: 'none',
});

/** Writes to `out` and `log`, and offsets, as a producer with this id, in a transaction that its coordinator does not know. */
async function leaveOpen(name: string, values: string[], offset: number | null): Promise<void> {
  const kafka = createKafka(testConfig(brokers), 'admin');
  const cluster = createCluster(kafka, READ_COMMITTED);
  await cluster.connect();
  const transactionalId = `${name}.${GROUP}-0`;
  const coordinator = await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: 1 });
  const { producerId, producerEpoch } = await whenLoaded(() =>
    coordinator.initProducerId({ transactionalId, transactionTimeout: 10_000 }),
  );
  const owner: TransactionOwner = { transactionalId, producerId, producerEpoch };
  const broker = coordinator as RawBroker;
  const messages = values.map((value) => ({ key: value, value: Buffer.from(value), timestamp: Date.now() }));
  const partitions = [{ partition: 0, firstSequence: 0, messages }];
  const topicData = [`${name}.out`, `${name}.log`].map((topic) => ({ topic, partitions }));
  await broker.produce({ ...owner, acks: -1, timeout: 5_000, compression: 0, topicData });
  if (offset !== null) {
    const topics = [{ topic: `${name}.in`, partitions: [{ partition: 0, offset: String(offset), metadata: '' }] }];
    const keeper = (await cluster.findGroupCoordinator({ groupId: GROUP })) as RawBroker;
    await whenLoaded(() => keeper.txnOffsetCommit({ ...owner, groupId: GROUP, topics }));
  }
  await cluster.disconnect();
}

/** Fences as a task does; gives what its log said. */
async function fence(name: string): Promise<{ producer: TransactionalProducer; said: unknown[] }> {
  const { logger, lines } = createLogTrap();
  const reader = createPartitionReader(testConfig(brokers));
  const groupOffsets = createGroupOffsets(testConfig(brokers), GROUP);
  const topics = { groupId: GROUP, inputs: [`${name}.in`], outputs: [`${name}.out`, `${name}.log`] };
  const producer = await settledFence(optionsOf(name), topics, { reader, groupOffsets, log: logger });
  await Promise.all([reader.close(), groupOffsets.close()]);
  return { producer, said: lines().flatMap(({ ending }) => (ending === undefined ? [] : [ending])) };
}

/** A broker that has just made its inner topics refuses for a moment. */
async function whenLoaded<T>(ask: () => Promise<T>): Promise<T> {
  const answers: T[] = [];
  await until('the coordinators are loaded', async () => {
    await ask().then(
      (answer) => answers.push(answer),
      (error: unknown) => error,
    );
    return answers.length > 0;
  });
  return answers[0] as T;
}

/** Commits offsets in a transaction of somebody else's. */
async function commitOffset(name: string, offset: bigint, metadata: string): Promise<void> {
  const other = await TransactionalProducer.fence({ ...optionsOf(name), transactionalId: `${name}.other` });
  await other.begin();
  await other.sendOffsets(GROUP, [{ topic: `${name}.in`, partition: 0, offset }], metadata);
  await other.commit();
  await other.discard();
  await whenLoaded(() => committed(name)); // Its markers are still on their way.
}

async function committed(name: string): Promise<bigint | undefined> {
  const offsets = createGroupOffsets(testConfig(brokers), GROUP);
  const found = (await offsets.read([`${name}.in`], 0)).get(`${name}.in`)?.offset;
  await offsets.close();
  return found;
}

describe('a transaction whose markers the broker lost', () => {
  it('is aborted when its offsets are open too: it never took effect', async () => {
    await leaveOpen('a', ['lost'], 7);
    await expect(committed('a')).rejects.toMatchObject({ code: 'offsets-unsettled', retriable: true });
    const { producer, said } = await fence('a');
    expect(said).toEqual(['abort']);
    expect(await committed('a')).toBeUndefined();
    await producer.begin();
    await producer.send([{ topic: 'out', key: 'k', value: Buffer.from('next') }]);
    await producer.commit();
    await producer.discard();
    expect((await judge(testConfig(brokers), 'a.out')).map(({ value }) => String(value))).toEqual(['next']);
    expect(valuesOf(await readAll(testConfig(brokers), 'a.log'))).toEqual([]);
  });

  it('is committed when the offsets that stand are its own', async () => {
    await leaveOpen('b', ['lost 1', 'lost 2'], null);
    await whenLoaded(() => commitOffset('b', 7n, 'out=1,log=1'));
    const { producer, said } = await fence('b');
    expect(said).toEqual(['commit']);
    await producer.discard();
    expect(await committed('b')).toBe(7n);
    expect((await judge(testConfig(brokers), 'b.out')).map(({ value }) => String(value))).toEqual(['lost 1', 'lost 2']);
  });

  it('is aborted when the offsets that stand are of the transaction before', async () => {
    await produce(testConfig(brokers), 'c.out', 0, ['before']);
    await whenLoaded(() => commitOffset('c', 7n, 'out=0'));
    await leaveOpen('c', ['lost'], null);
    const { producer, said } = await fence('c');
    expect(said).toEqual(['abort']);
    await producer.discard();
    expect(await committed('c')).toBe(7n);
    expect((await judge(testConfig(brokers), 'c.out')).map(({ value }) => String(value))).toEqual(['before']);
  });

  it('is not looked for in vain: what the last owner left open is settled by the fence alone', async () => {
    const older = await TransactionalProducer.fence(optionsOf('d'));
    await older.begin();
    await older.send([{ topic: 'out', key: 'k', value: Buffer.from('left open') }]);
    await older.sendOffsets(GROUP, [{ topic: 'd.in', partition: 0, offset: 3n }]);
    const { producer, said } = await fence('d');
    expect(said).toEqual([]);
    await Promise.all([older.discard(), producer.discard()]);
    expect(await committed('d')).toBeUndefined();
  });

  it('does not keep a task from its work, and nothing of it is doubled', async () => {
    await leaveOpen('app', ['v1'], 1);
    await produce(testConfig(brokers), 'app.in', 0, ['v1', 'v2']);
    const { logger, lines } = createLogTrap();
    const app = runStreamApp({
      kafka: { ...testConfig(brokers), logger },
      groupId: GROUP,
      topicPrefix: 'app.',
      inputTopics: ['in'],
      outputTopics: ['out', 'log'],
      createProcessor: () => copyProcessor(),
    });
    app.start();
    await until('all is out', async () => (await readAll(testConfig(brokers), 'app.out')).length >= 2);
    await app.stop();
    expect((await judge(testConfig(brokers), 'app.out')).map(({ value }) => String(value))).toEqual(['v1', 'v2']);
    expect(lines().some(({ msg }) => String(msg).includes('lost the end of a transaction'))).toBe(true);
  });
});
