/** Processes that a bench measures: the processor and the baseline. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { entryOf } from '../supervisor/plan.ts';
import { residentBytes } from '../supervisor/resident.ts';
import { until } from '../wait.ts';
import type { Ground } from './ground.ts';
import { sumByLabel } from './metrics-text.ts';

/** A process under measurement. */
export interface Measured {
  readonly pid: number;
  /** When it was started, `performance.now()`. */
  readonly startedMs: number;
  /** Lines that it wrote, those that are JSON. */
  readonly lines: () => readonly Record<string, unknown>[];
  /** Ends it and resolves when it is gone; milliseconds that took. */
  readonly end: (signal: NodeJS.Signals) => Promise<number>;
  /** Most memory that was seen resident, bytes, looked at ten times a second. */
  readonly peakBytes: () => number;
}

/** A processor under measurement. */
export interface MeasuredProcessor extends Measured {
  /** Resolves when every task runs. */
  readonly ready: () => Promise<void>;
  /** A metric's samples, summed by one of its labels. */
  readonly metric: (name: string, label?: string) => Promise<Map<string, number>>;
}

/** Waits that end a bench that hangs, milliseconds. */
const READY_MS = 300_000;
const LOOK_MS = 100;

/** Starts a program of Node with its output read. */
export function startMeasured(
  file: string,
  env: Record<string, string>,
  nodeOptions: readonly string[] = [],
): Measured {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { ...process.env, ...env, TWOWAY_PARENT_PIPE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const pieces = (rest + data.toString()).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  let peak = 0;
  const pid = child.pid ?? 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, LOOK_MS);
  looking.unref();
  child.once('exit', () => clearInterval(looking));
  return {
    pid,
    startedMs,
    lines: () => lines,
    async end(signal) {
      const begunMs = performance.now();
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return performance.now() - begunMs;
    },
    peakBytes: () => peak,
  };
}

/** Starts the processor on the ground. */
export function startProcessor(
  ground: Ground,
  env: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
): MeasuredProcessor {
  const { addresses, prefix } = ground;
  const measured = startMeasured(
    entryOf('sync-processor'),
    {
      KAFKA_BROKERS: addresses.kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: addresses.schemaRegistryUrl,
      REDIS_URL: addresses.redisUrl,
      TOPIC_PREFIX: prefix,
      REDIS_PREFIX: prefix,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      ...env,
    },
    nodeOptions,
  );
  const url = (): Promise<string> =>
    until(() => String(measured.lines().find((line) => typeof line.url === 'string')?.url ?? ''), {
      timeoutMs: READY_MS,
      what: 'the processor to say where it answers',
    });
  return {
    ...measured,
    async ready() {
      const ready = `${await url()}/health/ready`;
      await until(async () => (await fetch(ready)).ok, { timeoutMs: READY_MS, what: 'the processor to be ready' });
      await until(() => tasksOf(measured).length > 0, { timeoutMs: READY_MS, what: 'the processor to get tasks' });
      await until(async () => (await fetch(ready)).ok, { timeoutMs: READY_MS, what: 'the tasks to run' });
    },
    async metric(name, label) {
      return sumByLabel(await (await fetch(`${await url()}/metrics`)).text(), name, label);
    },
  };
}

/** Tasks that a processor owns, as it said last. */
export function tasksOf({ lines }: Measured): number[] {
  return (lines().findLast(({ msg }) => msg === 'tasks assigned')?.tasks ?? []) as number[];
}

/** kafkajs as it comes computes negative delays (K12), of which Node warns once. It stays as it comes; all other warnings are shown. */
const KNOWN_WARNINGS = ['--disable-warning=TimeoutNegativeWarning'];

/** Starts a baseline on the ground: the fan-out, or the pass. */
export function startBaseline(ground: Ground, which: 'fan-out' | 'pass', env: Record<string, string>): Measured {
  const { addresses, prefix, partitions } = ground;
  return startMeasured(
    join(import.meta.dirname, 'baselines', `${which}.ts`),
    {
      PARTITIONS: String(partitions),
      KAFKA_BROKERS: addresses.kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: addresses.schemaRegistryUrl,
      TOPIC_PREFIX: prefix,
      ...env,
    },
    KNOWN_WARNINGS,
  );
}
