/**
 * The catch-up of one tenant: a loop that looks at every set in turn and sleeps in between.
 *
 *   waiting ─(due)─▶ reading ─(more to read)─▶ reading … ─(done)─▶ waiting
 *      ▲                │
 *      └─ backing off ◀─┘ (error)
 *
 * A tenant with much to read gives way to others after a few pages (`inTurn`), so that its backlog delays nobody.
 */
import { type Feed, type Progress, waitAfter } from '#feed';
import { type Clock, describeError, inSpan, type Log } from '#runtime';
import { type CatchUpPace, catchUp, FEED_SETS, type FeedSet, INDIRECT_SETS, isDue } from './core/catch-up.ts';
import { NEW_CURSOR, type SetCursor } from './core/cursor.ts';
import { readLeft, watchLeft } from './core/left.ts';
import type { CapturePorts } from './core/ports.ts';
import { PATIENCE } from './core/trouble.ts';
import type { TenantMemory } from './memory.ts';
import type { CaptureMetrics } from './metrics.ts';

/** What a feed needs. */
export interface TenantFeedOptions {
  ports: CapturePorts;
  memory: Pick<TenantMemory, 'left' | 'read' | 'writeCursors'>;
  pace: CatchUpPace;
  /** What was saved is shown by the API within this time, milliseconds. */
  visibleWithinMs: number;
  /** Time between rounds, milliseconds. */
  intervalMs: number;
  /** Runs a round when there is room for one more tenant. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Told of each error. */
  onError: (tenantId: string, error: unknown) => void;
  clock: Clock;
  log: Log;
  metrics: CaptureMetrics;
  /** Told how far the tenant has been read, and when it cannot be. */
  progress: Pick<Progress, 'reached' | 'failed'>;
}

/** Starts the feed of a tenant; the first round is due at once. */
export function startTenantFeed(options: TenantFeedOptions): Feed {
  const { ports, memory, pace, clock, log, metrics, progress } = options;
  const { tenantId } = ports;
  const stopping = new AbortController();
  const done = new Set<FeedSet>();
  let roundAtMs = 0;
  /** When the first walk of this round began, which may have been before a restart. */
  let readFromMs = 0;
  let failures = 0;
  let left = watchLeft([]);
  /** Whether nothing of that was left by the last round. */
  let isAllRead = true;

  /** A part of a round; true when the round is through. */
  async function round(): Promise<boolean> {
    const isFirst = done.size === 0;
    if (isFirst) {
      roundAtMs = clock.now();
      readFromMs = roundAtMs;
    }
    const { cursors, left: leftNow } = await memory.read();
    if (isFirst) left = watchLeft(leftNow);
    let stored = JSON.stringify(cursors);
    async function keep(): Promise<void> {
      const text = JSON.stringify(cursors);
      if (text === stored) return;
      await memory.writeCursors(cursors);
      stored = text;
    }
    // As a rule once for all sets: what is lost with the process is read again.
    try {
      const isThrough = await readSets(cursors, keep);
      await keep();
      if (isThrough) isAllRead = await readLeft(ports, memory.left, left, pace.sweepMs, leftOver);
      return isThrough;
    } catch (error) {
      await keep().catch(() => undefined);
      throw error;
    }
  }

  /** Reads on in every set that is due and not done; puts into the cursors how far it came. */
  async function readSets(cursors: Record<string, SetCursor>, keep: () => Promise<void>): Promise<boolean> {
    const isNew = (set: FeedSet): boolean => (cursors[set]?.settled ?? null) === null;
    // Where the addresses and accounts stand is noted before the companies are walked through, and not after.
    const starts = INDIRECT_SETS.filter(isNew);
    for (const set of [...starts, ...FEED_SETS.filter((set) => !done.has(set) && !starts.some((one) => one === set))]) {
      if (stopping.signal.aborted) return false;
      const cursor = cursors[set] ?? NEW_CURSOR;
      if (isDue(set, cursor, pace, clock.now())) {
        readFromMs = Math.min(readFromMs, cursor.walk?.startedAtMs ?? readFromMs);
        const facts = { 'twoway.tenant': tenantId, 'twoway.set': set };
        const step = await inSpan('catch up', { from: {}, facts }, () =>
          catchUp(
            ports,
            set,
            cursor,
            pace,
            async (kept) => {
              if (stopping.signal.aborted) throw new Error('the feed is being stopped');
              cursors[set] = kept;
              await keep();
            },
            (rows) => left.read(set, rows),
          ),
        );
        cursors[set] = step.cursor;
        metrics.caughtUp(tenantId, set, 'ok');
        if (!step.isDone) return false;
      }
      done.add(set);
    }
    done.clear();
    return true;
  }

  function leftOver(error: unknown): void {
    const { code, message } = describeError(error);
    options.onError(tenantId, error);
    log.warn({ tenantId, code, reason: message }, 'a changed record could not be read; the next round tries again');
  }

  function failed(error: unknown): number {
    failures += 1;
    const waitMs = waitAfter(error, failures, clock.now(), PATIENCE);
    const { code, message } = describeError(error);
    metrics.caughtUp(tenantId, 'any', code);
    options.onError(tenantId, error);
    progress.failed(tenantId, code);
    // The first one and then each doubling: an outage of an hour is a few lines, not thousands.
    if ((failures & (failures - 1)) === 0)
      log.warn({ tenantId, code, reason: message, failures, waitMs }, 'the CRM could not be read');
    return waitMs;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let waitMs = 0;
      try {
        const isThrough = await options.inTurn(round);
        if (failures > 0) log.info({ tenantId, failures }, 'the CRM can be read again');
        failures = 0;
        if (isThrough) {
          metrics.fresh(tenantId, roundAtMs);
          if (isAllRead) progress.reached(tenantId, readFromMs - options.visibleWithinMs, options.intervalMs);
          waitMs = roundAtMs + options.intervalMs - clock.now();
        }
      } catch (error) {
        if (!stopping.signal.aborted) waitMs = failed(error);
      }
      await clock.sleep(waitMs, stopping.signal).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
