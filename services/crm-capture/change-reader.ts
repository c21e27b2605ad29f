/**
 * Reads the records that change events name, each once per burst.
 *
 *   ─(event)─▶ gathering ─(debounce)─▶ reading ─(done)─▶ resting ─(no event)─▶ forgotten
 *                                       ▲   ▲                │
 *     backing off ─(wait)───────────────┘   └──(event came)──┘
 *
 * One read at a time per record; an event that comes while its record is read makes it be read once more, because that read
 * may have been too early for it. Whoever saves again and again is waited for: events that come in quick succession are one read,
 * and those that follow within the rest are one more at its end; each read is at most one write to the other side. A read that is
 * given up is kept for catching up, all else in memory only: what is lost with the process is found by catching up.
 */

import PQueue from 'p-queue';
import { waitAfter } from '#feed';
import type { CrmChange } from '#prospect-crm';
import { type Clock, describeError, inSpan, isRetriable, type Log, type TraceHeaders, traceHeaders } from '#runtime';
import type { ReadResult } from './core/read-change.ts';
import { PATIENCE } from './core/trouble.ts';
import type { CaptureMetrics } from './metrics.ts';

/** Tries of one record; after the last it is left to catching up. */
const MAX_TRIES = 6;
/** Longest wait between tries, milliseconds: catching up comes sooner than a longer one. */
const LONGEST_WAIT_MS = 60_000;
/** Waits before a record is looked for again that an event named and that is not there, milliseconds (fact P8.4). */
const ABSENT_WAITS_MS = [200, 1_000, 4_000] as const;
/** Waits within which a burst goes on, and so is waited for, at most. */
const BURST_WAITS = 10;
/** Records of one tenant that wait or are read, at most. */
export const MAX_PENDING = 10_000;

/** What it needs. */
export interface ChangeReaderOptions {
  /** Reads and publishes. `events`: of the record since its last read; 0 when it is tried again. */
  read: (tenantId: string, change: CrmChange, events: number) => Promise<ReadResult>;
  /** Keeps a change whose read is given up for catching up. */
  leave: (tenantId: string, change: CrmChange) => Promise<void>;
  /** Told of each error. */
  onError: (tenantId: string, error: unknown) => void;
  /** Wait after an event before its record is read, milliseconds; again as long as more events come within it. */
  debounceMs: number;
  /** From one read of a record to the next because of events. */
  restMs: number;
  /** Records of one tenant that are read at the same time. */
  readsAtOnce: number;
  clock: Clock;
  log: Log;
  metrics: CaptureMetrics;
}

/** Reads for all tenants. */
export interface ChangeReader {
  /** Takes a change; false when too many of the tenant wait already. */
  note(tenantId: string, change: CrmChange): boolean;
  /** Records that wait or are read. */
  pending(): number;
  /** Takes nothing more; resolves when no read is under way. */
  stop(): Promise<void>;
}

interface Entry {
  tenantId: string;
  change: CrmChange;
  /** When the first event that is not yet answered by a read came. */
  sinceMs: number;
  /** Events since the read began. */
  events: number;
  /** Trace of the last event, to which the read that answers it belongs. */
  trace: TraceHeaders;
}

interface TenantReads {
  entries: Map<string, Entry>;
  turns: PQueue;
}

/** Makes the reader. */
export function createChangeReader(options: ChangeReaderOptions): ChangeReader {
  const { clock, log, metrics } = options;
  const tenants = new Map<string, TenantReads>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  function readsOf(tenantId: string): TenantReads {
    const known = tenants.get(tenantId);
    if (known !== undefined) return known;
    const made = { entries: new Map(), turns: new PQueue({ concurrency: options.readsAtOnce }) };
    tenants.set(tenantId, made);
    return made;
  }

  async function follow(reads: TenantReads, key: string, entry: Entry): Promise<void> {
    let failures = 0;
    let absences = 0;
    await untilQuiet(entry);
    let waitMs: number | null = 0;
    while (waitMs !== null) {
      await clock.sleep(waitMs, stopping.signal);
      try {
        const result = await reads.turns.add(() => readOnce(entry));
        failures = 0;
        waitMs = result === 'absent' && entry.events === 0 ? (ABSENT_WAITS_MS[absences++] ?? null) : null;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        waitMs = afterError(entry, error, failures);
        if (waitMs === null) await leave(entry);
      }
      if (waitMs !== null) continue;
      await clock.sleep(options.restMs, stopping.signal);
      if (entry.events > 0) waitMs = 0;
    }
    reads.entries.delete(key);
    if (reads.entries.size === 0) tenants.delete(entry.tenantId);
  }

  /** Leaves a change to catching up, which finds most of them by their stamps even if this fails. */
  async function leave({ tenantId, change }: Entry): Promise<void> {
    await options.leave(tenantId, change).catch((error: unknown) => {
      log.warn({ tenantId, err: error }, 'a change that could not be read could not be kept for catching up');
    });
  }

  /** Waits until no event of the record came for a while. */
  async function untilQuiet(entry: Entry): Promise<void> {
    for (let waits = 0, seen = 0; waits < BURST_WAITS && entry.events > seen; waits += 1) {
      seen = entry.events;
      await clock.sleep(options.debounceMs, stopping.signal);
    }
  }

  async function readOnce(entry: Entry): Promise<ReadResult> {
    const { tenantId, change, sinceMs } = entry;
    if (stopping.signal.aborted) throw new Error('being stopped');
    const { events, trace: from } = entry;
    entry.events = 0;
    // The id of a user is a person's name, often enough.
    const about: Record<string, string> = change.entity === 'User' ? {} : { 'twoway.record': change.id };
    const facts = { 'twoway.tenant': tenantId, 'twoway.entity': change.entity, ...about };
    const result = await inSpan('read a changed record', { from, facts }, async (span) => {
      const became = await options.read(tenantId, change, events);
      span.add({ 'twoway.result': became });
      return became;
    });
    metrics.eventRead(tenantId, change.entity, result);
    if (result === 'published') metrics.eventPublished(clock.now() - sinceMs);
    return result;
  }

  /** How long to wait before the next try; null when it is left to catching up. */
  function afterError({ tenantId, change }: Entry, error: unknown, failures: number): number | null {
    const { code, message } = describeError(error);
    metrics.eventRead(tenantId, change.entity, code);
    options.onError(tenantId, error);
    const waitMs = waitAfter(error, failures, clock.now(), PATIENCE);
    const isLast = failures >= MAX_TRIES || waitMs > LONGEST_WAIT_MS || !isRetriable(error);
    const line = { tenantId, entity: change.entity, id: change.id, code, reason: message, failures };
    if (isLast) log.warn(line, 'a changed record could not be read; catching up will find it');
    else log.debug({ ...line, waitMs }, 'a changed record could not be read; trying again');
    return isLast ? null : waitMs;
  }

  return {
    note(tenantId, change) {
      if (stopping.signal.aborted) return false;
      const reads = readsOf(tenantId);
      const key = `${change.entity}/${change.id}`;
      const trace = traceHeaders() ?? {};
      const known = reads.entries.get(key);
      if (known !== undefined) {
        if (known.events === 0) known.sinceMs = clock.now();
        known.events += 1;
        known.trace = trace;
        return true;
      }
      if (reads.entries.size >= MAX_PENDING) return false;
      const entry: Entry = { tenantId, change, sinceMs: clock.now(), events: 1, trace };
      reads.entries.set(key, entry);
      const run = follow(reads, key, entry)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) log.error({ tenantId, err: error }, 'a change event was lost');
          reads.entries.delete(key);
        })
        .finally(() => running.delete(run));
      running.add(run);
      return true;
    },
    pending: () => [...tenants.values()].reduce((sum, { entries }) => sum + entries.size, 0),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
