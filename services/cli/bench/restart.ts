/** `bench restart`: how long the processor's work stands still after a kill or a stop, and how long its state takes to come back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '#contracts';
import type { Position } from '#kafka';
import { until } from '../wait.ts';
import type { Ground } from './ground.ts';
import { type MeasuredProcessor, startProcessor } from './process.ts';
import { editAt, type WorkloadSize } from './workload.ts';

/** What is measured. */
export interface RestartOptions {
  readonly size: WorkloadSize;
  /** Session of the consumer group, milliseconds: so long nobody knows that a killed processor is gone. */
  readonly sessionTimeoutMs: number;
  readonly say: (what: string) => void;
}

/** One interruption. */
export interface Interruption {
  readonly what: string;
  /** From the kill or stop to the first new decision, milliseconds. */
  readonly untilOutputMs: number;
  /** The same without the session that had to pass first, where one had to, milliseconds. */
  readonly beyondSessionMs: number;
  /** Longest restore of a task, milliseconds; the tasks restore at the same time. */
  readonly restoreMs: number;
  /** Most memory of the processor that took over, bytes. */
  readonly peakResidentBytes: number;
  /** Longest time without a decision in any one partition, while each gets an edit about six times a second, milliseconds. */
  readonly longestPauseMs: number;
}

/** An edit goes in so often, milliseconds. */
const EDIT_EVERY_MS = 20;
const PATIENCE_MS = 240_000;
/** Instances that a rolling restart replaces. */
const ROLLED = 2;

/** A decision that was seen in a partition. */
export interface Seen {
  readonly partition: number;
  readonly atMs: number;
}

/** Longest time between two decisions of one partition, or from `sinceMs` to its first, or from its last to `untilMs`. */
export function longestPause(seen: readonly Seen[], partitions: number, sinceMs: number, untilMs: number): number {
  const lastMs = Array.from({ length: partitions }, () => sinceMs);
  let longest = 0;
  const note = (partition: number, atMs: number): void => {
    longest = Math.max(longest, atMs - (lastMs[partition] ?? atMs));
    lastMs[partition] = atMs;
  };
  for (const { partition, atMs } of seen) if (atMs > sinceMs && atMs <= untilMs) note(partition, atMs);
  for (const partition of lastMs.keys()) note(partition, untilMs);
  return longest;
}

/** Runs it on ground that nothing else was done on. */
export async function benchRestart(ground: Ground, options: RestartOptions): Promise<Interruption[]> {
  const { size, sessionTimeoutMs, say } = options;
  const env = { SESSION_TIMEOUT_MS: String(sessionTimeoutMs) };
  say(`Writing ${size.links} links of ${size.tenants} tenants`);
  await ground.seed(size);
  const results: Interruption[] = [];
  const note = (one: Interruption): void => {
    results.push(one);
    say(`${one.what}: ${one.untilOutputMs} ms until output, restore ${one.restoreMs} ms`);
  };
  const feed = createFeed(ground, size);
  let current: MeasuredProcessor | null = null;
  let spare: MeasuredProcessor | null = null;
  try {
    say('The first start: the view is built');
    const begunMs = performance.now();
    current = startProcessor(ground, env);
    await current.ready();
    feed.start();
    note(
      await resultOf(
        'first start, Redis empty',
        current,
        (await feed.firstAfter(begunMs)) - begunMs,
        0,
        await feed.pauseSince(begunMs),
      ),
    );

    for (const redis of ['kept', 'empty'] as const) {
      say(`kill -9, Redis ${redis}`);
      const killedMs = performance.now();
      await current.end('SIGKILL');
      if (redis === 'empty') await ground.emptyRedis();
      current = startProcessor(ground, env);
      const tookMs = (await feed.firstAfter(killedMs)) - killedMs;
      note(
        await resultOf(`kill -9, Redis ${redis}`, current, tookMs, sessionTimeoutMs, await feed.pauseSince(killedMs)),
      );
    }

    say('A clean stop with a second instance there');
    const second = startProcessor(ground, env);
    await second.ready();
    await current.ready();
    const stoppedMs = performance.now();
    const first = current;
    current = second;
    const owned = await partitionsOf(first, ground.partitions);
    const ended = first.end('SIGTERM');
    const tookMs = (await feed.firstAfter(stoppedMs, owned)) - stoppedMs;
    await ended;
    note(
      await resultOf('clean stop, another instance takes over', second, tookMs, 0, await feed.pauseSince(stoppedMs)),
    );

    say('A rolling restart of two instances');
    let other = startProcessor(ground, env);
    spare = other;
    await other.ready();
    const rolledMs = performance.now();
    for (let replaced = 0; replaced < ROLLED; replaced++) {
      const leaving = current;
      current = other;
      await leaving.end('SIGTERM');
      other = startProcessor(ground, env);
      spare = other;
      await other.ready();
    }
    const rolledTookMs = (await feed.firstAfter(performance.now())) - rolledMs;
    note(await resultOf('rolling restart of two instances', other, rolledTookMs, 0, await feed.pauseSince(rolledMs)));
    return results;
  } finally {
    await feed.stop();
    await current?.end('SIGKILL');
    await spare?.end('SIGKILL');
  }
}

async function resultOf(
  what: string,
  processor: MeasuredProcessor,
  untilOutputMs: number,
  sessionMs: number,
  longestPauseMs: number,
): Promise<Interruption> {
  const restores = await processor.metric('stream_restore_seconds', 'task');
  return {
    what,
    untilOutputMs: Math.round(untilOutputMs),
    beyondSessionMs: Math.round(untilOutputMs - sessionMs),
    restoreMs: Math.round(1_000 * Math.max(0, ...restores.values())),
    peakResidentBytes: processor.peakBytes(),
    longestPauseMs: Math.round(longestPauseMs),
  };
}

/** Tasks that a processor works on, out of its metrics. */
async function partitionsOf(processor: MeasuredProcessor, partitions: number): Promise<Set<number>> {
  const tasks = [...(await processor.metric('stream_restore_seconds', 'task')).keys()].map(Number);
  return new Set(tasks.length === 0 ? Array.from({ length: partitions }, (_, task) => task) : tasks);
}

/** Edits at an even pace, and when a decision was last seen in each partition by a read_committed reader. */
function createFeed(ground: Ground, size: WorkloadSize) {
  const { prefix, partitions, reader, producer, codec } = ground;
  const topic = `${prefix}sync.decision.v1`;
  const seen: Seen[] = [];
  let over = false;
  const running: Promise<void>[] = [];

  async function write(): Promise<void> {
    for (let n = 0; !over; n++) {
      const { topic: input, tenantId, key, record } = editAt(n, size);
      const partition = partitionOf(tenantId, partitions);
      await producer.send({ topic: input, partition, key, value: codec.encode(input, record) });
      await sleep(EDIT_EVERY_MS);
    }
  }

  async function read(): Promise<void> {
    const positions: Position[] = Array.from({ length: partitions }, (_, partition) => ({
      topic,
      partition,
      offset: 0n,
    }));
    while (!over) {
      for (const slice of await reader.fetch(positions, 100)) {
        const position = positions.find((one) => one.partition === slice.partition);
        if (position !== undefined) position.offset = slice.nextOffset;
        if (slice.records.length > 0) seen.push({ partition: slice.partition, atMs: performance.now() });
      }
    }
  }

  return {
    start(): void {
      running.push(write(), read());
    },
    /** When the first decision came after a time: one that stood in the log already at that time is let pass. */
    async firstAfter(atMs: number, among?: ReadonlySet<number>): Promise<number> {
      const passedMs = atMs + 500;
      const found = await until(
        () => seen.find((one) => one.atMs > passedMs && (among === undefined || among.has(one.partition))),
        { timeoutMs: PATIENCE_MS, what: 'a new decision' },
      );
      return found.atMs;
    },
    /** Longest pause of a partition since a time, up to when every partition has gone on. */
    async pauseSince(sinceMs: number): Promise<number> {
      const askedMs = performance.now();
      const goneOn = (): boolean =>
        new Set(seen.filter(({ atMs }) => atMs > askedMs).map((one) => one.partition)).size === partitions;
      await until(goneOn, { timeoutMs: PATIENCE_MS, what: 'every partition to go on' });
      return longestPause(seen, partitions, sinceMs, performance.now());
    },
    async stop(): Promise<void> {
      over = true;
      await Promise.allSettled(running);
    },
  };
}
