/**
 * A copying app as several processes, fed steadily with unique values and judged at the end: what all tests of
 * exactly-once share. Values are numbered; `in` is copied to `out`, and each task writes a running count of what it
 * copied to `log`, from which it restores. So a value that is missing, doubled or out of order shows in `out`, and a
 * state that is behind or ahead of the outputs shows in `log`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createTopicAdmin } from '../admin.ts';
import { createSerialProducer } from '../serial-producer.ts';
import type { CopyInstanceReport, CopyInstanceSettings } from './copy-instance.ts';
import { readAll, testConfig, until } from './kit.ts';
import { judge } from './referee.ts';

/** Partitions of each topic, and so tasks. */
export const COPY_PARTITIONS = 4;

/** Where and how a copying app is run. */
export interface CopyAppOptions {
  brokers: string[];
  /** Put in front of the topics and the group. */
  prefix: string;
  /** See `StreamAppOptions`. */
  sessionTimeoutMs: number;
  /** Copies of each partition, 1 or 3. Default 1. */
  replicas?: number;
}

/** One instance in a process of its own. */
export interface CopyInstance {
  /** Tasks that run there, as it said last; none when it has ended. */
  tasks(): number[];
  /** What it said last. */
  report(): CopyInstanceReport;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits for its end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** The app and its feed. */
export interface CopyApp {
  /** Starts an instance; `faults` lead it through a proxy. */
  start(name: string, faults?: CopyInstanceSettings['faults']): CopyInstance;
  /** Waits until these instances, and they alone, run all tasks, with at least one each. */
  untilShared(...instances: CopyInstance[]): Promise<void>;
  /** Begins to write values. */
  feed(): void;
  /** Waits until records have gone all the way since now. */
  untilFlowing(): Promise<void>;
  /** Ends the feed, waits until everything is out, and lets the judge compare: each value once, in order. */
  expectExactlyOnce(): Promise<void>;
  /** Ends what still runs and deletes the topics. */
  close(): Promise<void>;
}

/** Makes the topics. */
export async function createCopyApp(options: CopyAppOptions): Promise<CopyApp> {
  const { prefix } = options;
  const config = testConfig(options.brokers);
  const topics = ['in', 'out', 'log'].map((topic) => prefix + topic);
  const admin = createTopicAdmin(config);
  const replicationFactor = options.replicas ?? 1;
  await admin.ensure(topics.map((name) => ({ name, partitions: COPY_PARTITIONS, replicationFactor })));
  const producer = createSerialProducer({ kafka: config, topicPrefix: prefix });
  const running = new Set<ChildProcess>();
  let count = 0;
  let feeding = false;
  let feed: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    while (feeding) {
      const batch = Array.from({ length: 20 }, () => count++);
      const sent = batch.map((n) =>
        producer.send({ topic: 'in', partition: n % COPY_PARTITIONS, key: `k${n}`, value: Buffer.from(`v${n}`) }),
      );
      await Promise.all(sent);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  /** Records in `out`, markers included: enough to see that there are more than before. */
  const written = async (): Promise<bigint> =>
    [...(await admin.ends(`${prefix}out`)).values()].reduce((sum, { end }) => sum + end, 0n);

  return {
    start(name, faults) {
      const { brokers, sessionTimeoutMs } = options;
      const settings: CopyInstanceSettings = { brokers, groupId: `${prefix}g`, prefix, name, sessionTimeoutMs, faults };
      const script = fileURLToPath(new URL('./copy-instance.ts', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running.add(child);
      let last: CopyInstanceReport = { ready: false, reasons: ['it has said nothing yet'], tasks: [], cuts: 0 };
      createInterface({ input: child.stdout }).on('line', (line) => {
        last = JSON.parse(line) as CopyInstanceReport;
      });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
        running.delete(child);
        last = { ...last, ready: false, reasons: ['it has ended'], tasks: [] };
      });
      return {
        tasks: () => last.tasks,
        report: () => last,
        signal: (signal) => void child.kill(signal),
        async end(signal) {
          child.kill(signal);
          await ended;
        },
      };
    },

    untilShared: (...instances) =>
      until(
        () => `${instances.length} instances share the tasks: ${JSON.stringify(instances.map((one) => one.report()))}`,
        () => {
          const shares = instances.map((one) => (one.report().ready ? one.tasks().length : 0));
          return shares.every((share) => share > 0) && shares.reduce((a, b) => a + b, 0) === COPY_PARTITIONS;
        },
        // Longer than any rebalance takes on a busy machine with answers that are lost.
        150_000,
      ),

    feed() {
      feeding = true;
      feed = write();
      feed.catch(() => undefined); // told by expectExactlyOnce
    },

    async untilFlowing() {
      const before = await written().catch(() => 0n);
      await until('records flow', async () => (await written().catch(() => 0n)) > before + 100n, 60_000);
    },

    async expectExactlyOnce() {
      feeding = false;
      await feed;
      await until('everything is out', async () => (await readAll(config, `${prefix}out`)).length >= count, 60_000);
      const seen = await judge(config, `${prefix}out`, `${prefix}log`);
      for (let partition = 0; partition < COPY_PARTITIONS; partition++) {
        const wanted = Array.from({ length: count }, (_, n) => n).filter((n) => n % COPY_PARTITIONS === partition);
        const valuesOf = (topic: string): string[] =>
          seen
            .filter((one) => one.topic === prefix + topic && one.partition === partition)
            .map(({ value }) => String(value));
        expect(valuesOf('out')).toEqual(wanted.map((n) => `v${n}`));
        expect(valuesOf('log')).toEqual(wanted.map((_, index) => String(index + 1)));
      }
    },

    async close() {
      feeding = false;
      // Politely first: a group whose members did not leave cannot be deleted before their sessions end.
      for (const child of running) child.kill('SIGTERM');
      await until('all have ended', () => running.size === 0, 5_000).catch(() => undefined);
      for (const child of running) child.kill('SIGKILL');
      await producer.close();
      await admin.deleteTopics(topics).catch(() => undefined);
      await admin.deleteGroup(`${prefix}g`).catch(() => undefined);
      await admin.close();
    },
  };
}
