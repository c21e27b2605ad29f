/**
 * One instance of a stream app as a process of its own, for tests that kill it: copies `in` to `out`, and keeps a count
 * per task in memory that it restores from `log` and writes to `log` with each step. Settings come as JSON in argv.
 */
import pino from 'pino';
import { runStreamApp } from '../stream/stream-app.ts';
import type { TaskProcessor } from '../stream/types.ts';
import { startProxy, type TestProxy } from './proxy.ts';

/** What an instance is told. */
export interface CopyInstanceSettings {
  brokers: string[];
  groupId: string;
  prefix: string;
  name: string;
  sessionTimeoutMs: number;
  /** Leads all of its connections through a proxy, until it gets SIGUSR2. */
  faults?: { cutEvery: number; delayEvery: number; delayMs: number } | undefined;
}

/** What it says of itself, one line of JSON after the other. */
export interface CopyInstanceReport {
  ready: boolean;
  /** Why it is not. */
  reasons: readonly string[];
  /** Tasks that run. */
  tasks: number[];
  /** Answers that were lost so far. */
  cuts: number;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as CopyInstanceSettings;
const logger = pino({ level: process.env.KAFKA_TEST_LOG ?? 'silent', name: settings.name }, process.stderr);

/** Counts what it copies; the count in the log must never miss a value or repeat one. */
function countingProcessor(): TaskProcessor {
  let count = 0;
  return {
    async restore(context) {
      await context.readChangelog('log', (await context.ends('log')).first, (records) => {
        count = Number(records.at(-1)?.value?.toString() ?? count);
      });
    },
    async process(records) {
      const outputs = records.map(({ key, value }) => ({ topic: 'out', key: key?.toString() ?? '', value }));
      const counts = records.map(() => ({ topic: 'log', key: 'count', value: Buffer.from(String(++count)) }));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { outputs: [...outputs, ...counts], nextWakeAtMs: null };
    },
    punctuate: async () => ({ outputs: [], nextWakeAtMs: null }),
    committed: async () => undefined,
    close: async () => undefined,
  };
}

/** A proxy that loses every so-manieth answer, after it had its effect, and delays others. */
async function startTrouble({ cutEvery, delayEvery, delayMs }: NonNullable<CopyInstanceSettings['faults']>) {
  const proxy = await startProxy();
  let answers = 0;
  proxy.setCut(() => ++answers % cutEvery === 0);
  proxy.setDelay(() => (answers % delayEvery === 0 ? delayMs : 0));
  process.on('SIGUSR2', () => {
    proxy.setCut(() => false);
    proxy.setDelay(() => 0);
  });
  return proxy;
}

const proxy: TestProxy | null = settings.faults === undefined ? null : await startTrouble(settings.faults);
const app = runStreamApp({
  kafka: {
    brokers: settings.brokers,
    clientId: settings.name,
    logger,
    ...(proxy === null ? {} : { socketFactory: proxy.socketFactory }),
  },
  groupId: settings.groupId,
  topicPrefix: settings.prefix,
  inputTopics: ['in'],
  outputTopics: ['out', 'log'],
  sessionTimeoutMs: settings.sessionTimeoutMs,
  transactionTimeoutMs: 5_000,
  maxStepRecords: 50,
  createProcessor: countingProcessor,
});
app.start();
const report = setInterval(() => {
  const tasks = app.tasks().filter((task) => task.state === 'running' || task.state === 'committing');
  const said: CopyInstanceReport = {
    ...app.ready(),
    tasks: tasks.map((task) => task.partition),
    cuts: proxy?.cuts() ?? 0,
  };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}, 50);
process.on('SIGTERM', () => {
  void app.stop().then(async () => {
    clearInterval(report);
    await proxy?.close();
  });
});
