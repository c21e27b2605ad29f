/**
 * Brings a task's part of Redis in line with its changelogs, before the first step.
 *
 * Usually there is nothing to do, or the few records that were committed just before a crash. From the beginning it is
 * rebuilt when Redis is empty, holds another version's data, lost parts, is ahead of the log or behind its first record,
 * or is so old that the log may no longer have the tombstones in between.
 */
import { CHANGELOG_TOPICS, type ChangelogTopic, tenantOfKey } from '#contracts';
import type { ConsumedRecord, RestoreContext } from '#kafka';
import type { Log } from '#runtime';
import type { ChangedEntry, ChangelogEnds, StateView, StoredState, TenantChange } from '#state';

/** What a restore needs. */
export interface RestoreOptions {
  view: StateView;
  context: RestoreContext;
  nowMs: number;
  log: Log;
  /** Told why the view is rebuilt from the beginning. */
  onRebuild: (why: string) => void;
}

/** Wake-up time of a tenant whose entries were replayed: it is not on the log, and has to be found out. */
export const REPLAYED = 0;

/** Where each changelog ends. */
type Positions = Record<ChangelogTopic, bigint>;

/**
 * A compacted topic keeps tombstones for a day (delete.retention.ms). A view older than half of that, with records missing,
 * may have missed a removal for good.
 */
const TRUSTED_AGE_MS = 12 * 60 * 60_000;
/**
 * Records that are applied in one call. The log is compressed on the broker: one fetch may bring ten thousand. In one call
 * they would be tens of megabytes that nobody else gets past, beyond the deadline of a command, and then once more.
 */
const PIECE = 1_000;
/** A transaction's commit marker takes one offset: an end that is one further hides no record. */
const MARKER = 1n;

/**
 * Restores the view and gives where it stands. Tenants whose entries were replayed are marked as such, because what they
 * wait for is not on the log. Throws StateError or KafkaError; repeating it is safe.
 */
export async function restoreView(options: RestoreOptions): Promise<ChangelogEnds> {
  const { view, context, log } = options;
  const task = context.partition;
  const [stored, ...found] = await Promise.all([
    view.stored(task, context.signal),
    ...CHANGELOG_TOPICS.map(async (topic) => [topic, await context.ends(topic)] as const),
  ]);
  const limits = new Map(found);
  const why = whyRebuild(stored, limits, options.nowMs);
  const positions = Object.fromEntries(
    CHANGELOG_TOPICS.map((topic) => [topic, why === null && stored.usable ? (stored.ends[topic] ?? 0n) : 0n]),
  ) as Positions;
  if (why !== null) {
    const isFirst = why === 'empty' && [...limits.values()].every(({ end }) => end === 0n);
    if (!isFirst) {
      log.warn({ task, why }, 'Redis cannot be used as it is: rebuilding it from the changelogs');
      options.onRebuild(why);
    }
    await view.clear(task, context.signal);
  }

  let replayed = 0;
  for (const topic of CHANGELOG_TOPICS) {
    const { first, end: known } = limits.get(topic) ?? { first: 0n, end: 0n };
    // The usual case. A changelog of a view that was there has nothing but the marker of what the view has.
    if (positions[topic] > 0n && known - positions[topic] <= MARKER) continue;
    const from = positions[topic] > first ? positions[topic] : first;
    const { end, records } = await context.readChangelog(topic, from, async (found) => {
      for (let at = 0; at < found.length; at += PIECE) {
        const piece = found.slice(at, at + PIECE);
        const last = piece.at(-1);
        if (last !== undefined) await advance(topic, last.offset + 1n, piece);
      }
    });
    await advance(topic, end, []);
    replayed += records;
  }
  if (replayed > 0) log.info({ task, records: replayed }, 'Redis is in line with the changelogs again');
  return positions;

  async function advance(topic: ChangelogTopic, newEnd: bigint, records: ConsumedRecord[]): Promise<void> {
    if (newEnd === positions[topic]) return;
    const changelogs = Object.fromEntries(
      CHANGELOG_TOPICS.map((one) => [
        one,
        { previousEnd: positions[one], newEnd: one === topic ? newEnd : positions[one] },
      ]),
    );
    await view.apply({ task, changelogs, tenants: byTenant(records, log), nowMs: options.nowMs }, context.signal);
    positions[topic] = newEnd;
  }
}

/** Why the view is of no use; null when what is missing can be replayed. */
export function whyRebuild(
  stored: StoredState,
  limits: ReadonlyMap<string, { first: bigint; end: bigint }>,
  nowMs: number,
): string | null {
  if (!stored.usable) return stored.why;
  let missing = 0n;
  for (const [topic, { first, end }] of limits) {
    const at = stored.ends[topic] ?? 0n;
    if (at > end) return 'ahead-of-log';
    if (at < first) return 'behind-log';
    if (end - at > missing) missing = end - at;
  }
  if (missing > MARKER && nowMs - stored.appliedAtMs > TRUSTED_AGE_MS) return 'too-old';
  return null;
}

/** Replayed records by tenant; their keys go on as the bytes that they are. */
function byTenant(records: ConsumedRecord[], log: Log): Map<string, TenantChange> {
  const tenants = new Map<string, { entries: ChangedEntry[]; wakeAtMs: number }>();
  for (const { key, value, topic, partition, offset } of records) {
    const tenantId = tenantOfKey(key);
    if (key === null || tenantId === null) {
      log.error({ topic, partition, offset: String(offset) }, 'a changelog record without a usable key was left out');
      continue;
    }
    const known = tenants.get(tenantId);
    if (known === undefined) tenants.set(tenantId, { entries: [{ key, value }], wakeAtMs: REPLAYED });
    else known.entries.push({ key, value });
  }
  return tenants;
}
