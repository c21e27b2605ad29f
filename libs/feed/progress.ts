/**
 * Tells how far the tenants of this instance have been read, on `sync.progress`.
 *
 * What is told is only true for whoever has taken in the snapshots that were written before. They are on other topics, and
 * between topics there is no order; so each record names the ends that those topics had after the snapshots were written. The
 * ends are asked for once for all tenants that moved: the cost does not grow with them, and no API is called.
 */
import { type Codec, partitionOf, progressKey, type Side, type Topic } from '#contracts';
import type { PinnedRecord } from '#kafka';
import type { QuotaUsage } from '#quota';
import type { Clock, Log } from '#runtime';

/** Shortest time between two records of a tenant, milliseconds. */
export const PROGRESS_EVERY_MS = 5_000;

/** How far our clocks may differ from the time of the edits, milliseconds. */
const CLOCK_MARGIN_MS = 1_000;

/** What telling needs. */
export interface ProgressParts {
  side: Side;
  /** Topics of the side's snapshots. */
  topics: readonly Topic[];
  partitionCount: number;
  codec: Codec;
  /** Resolves when the record is written. */
  send(record: PinnedRecord): Promise<unknown>;
  /** Where a topic (without prefix) ends now, by partition. */
  ends(topic: Topic): Promise<ReadonlyMap<number, bigint>>;
  /** How much of the tenant's budget is used. */
  usage(tenantId: string): Promise<QuotaUsage>;
  clock: Clock;
  log: Log;
}

/** Told by the feeds. None of the calls waits. */
export interface Progress {
  /** Every edit made before `untilMs`, our clock, is written; that moves on after `everyMs`, milliseconds, as a rule. */
  reached(tenantId: string, untilMs: number, everyMs: number): void;
  /**
   * Nothing is read now, so that the calls last; before `untilMs` everything was written earlier, and that moves on after `everyMs`
   * (null: not known). Told all the same, because of the calls that are used: when they run short is when somebody has to know.
   */
  waits(tenantId: string, untilMs: number | null, everyMs: number | null): void;
  /** Reading failed with a stable error code. */
  failed(tenantId: string, code: string): void;
  /** The tenant is served no longer. */
  forget(tenantId: string): void;
  /** Resolves when nothing is told any more. */
  stop(): Promise<void>;
}

interface Standing {
  untilMs: number | null;
  everyMs: number;
  troubleCode: string;
  troubleSinceMs: number | null;
}

/** Makes the teller. */
export function createProgress(parts: ProgressParts): Progress {
  const { side, codec, clock, log } = parts;
  const standings = new Map<string, Standing>();
  const moved = new Set<string>();
  const stopping = new AbortController();
  let telling: Promise<void> | null = null;

  function standingOf(tenantId: string): Standing {
    const known = standings.get(tenantId);
    if (known !== undefined) return known;
    const fresh: Standing = { untilMs: null, everyMs: 0, troubleCode: '', troubleSinceMs: null };
    standings.set(tenantId, fresh);
    return fresh;
  }

  function moveOn(standing: Standing, untilMs: number): void {
    const surelyMs = untilMs - CLOCK_MARGIN_MS;
    standing.untilMs = Math.max(standing.untilMs ?? surelyMs, surelyMs);
  }

  /** Tells of all that moved, and rests, as long as anything moves. */
  async function run(): Promise<void> {
    while (moved.size > 0 && !stopping.signal.aborted) {
      await tell().catch((error: unknown) => log.warn({ err: error }, 'how far was read cannot be told, trying again'));
      await clock.sleep(PROGRESS_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  }

  async function tell(): Promise<void> {
    // What is told now was written before the ends are asked for.
    const due = [...moved].flatMap((tenantId) => {
      const standing = standings.get(tenantId);
      return standing === undefined ? [] : [{ tenantId, ...standing }];
    });
    moved.clear();
    try {
      const ends = await Promise.all(parts.topics.map(async (topic) => ({ topic, at: await parts.ends(topic) })));
      await Promise.all(
        due.map(async ({ tenantId, untilMs: readUntilMs, ...standing }) => {
          const partition = partitionOf(tenantId, parts.partitionCount);
          const value = codec.encode('sync.progress.v1', {
            tenantId,
            side,
            readUntilMs,
            ...standing,
            partition,
            ends: ends.map(({ topic, at }) => ({ topic, offset: Number(at.get(partition) ?? 0n) })),
            ...(await usageOf(tenantId)),
            sentAtMs: clock.now(),
          });
          await parts.send({ topic: 'sync.progress.v1', partition, key: progressKey(tenantId, side), value });
        }),
      );
    } catch (error) {
      for (const { tenantId } of due) if (standings.has(tenantId)) moved.add(tenantId);
      throw error;
    }
  }

  /** The budget is told as far as it is known: how far was read does not hang on it. */
  async function usageOf(tenantId: string) {
    const usage = await parts.usage(tenantId).catch(() => undefined);
    return {
      usedCalls: usage?.usedCalls ?? null,
      limitCalls: usage?.limitCalls ?? null,
      countedSinceMs: usage?.countedSinceMs ?? null,
      resetsAtMs: usage?.resetsAtMs ?? null,
    };
  }

  function note(tenantId: string): void {
    moved.add(tenantId);
    telling ??= run().finally(() => {
      telling = null;
      // Something may have moved between the last look and the end.
      const [again] = moved;
      if (again !== undefined && !stopping.signal.aborted) note(again);
    });
  }

  return {
    reached(tenantId, untilMs, everyMs) {
      const standing = standingOf(tenantId);
      moveOn(standing, untilMs);
      standing.everyMs = Math.round(everyMs);
      standing.troubleCode = '';
      standing.troubleSinceMs = null;
      note(tenantId);
    },
    waits(tenantId, untilMs, everyMs) {
      const standing = standingOf(tenantId);
      if (untilMs !== null) moveOn(standing, untilMs);
      if (everyMs !== null) standing.everyMs = Math.round(everyMs);
      note(tenantId);
    },
    failed(tenantId, code) {
      const standing = standingOf(tenantId);
      if (standing.troubleCode === code) return;
      standing.troubleSinceMs ??= clock.now();
      standing.troubleCode = code;
      note(tenantId);
    },
    forget(tenantId) {
      standings.delete(tenantId);
      moved.delete(tenantId);
    },
    async stop() {
      stopping.abort();
      await telling;
    },
  };
}
