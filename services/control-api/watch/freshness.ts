/** Finds how fresh the directions of tenants are, and publishes what moved. */
import { type Freshness, type Progress, SIDES, type Side } from '#contracts';
import { type FreshnessMemory, lookAtFreshness, NO_FRESHNESS, type Waits } from '#sync-core';
import type { Ground, Reached } from './reached.ts';

/** Tenants in which nothing moved are looked at after this time, milliseconds. */
const LOOK_ANYWAY_MS = 30_000;
/** How far the time of an edit, as its side tells it, is mistrusted at least, milliseconds. */
const LEAST_MARGIN_MS = 60_000;

/** What it needs. */
export interface FreshnessParts {
  readonly reached: Reached;
  readonly ground: Ground;
  progressOf(tenantId: string, side: Side): Progress | undefined;
  /** What was published last. */
  publishedOf(tenantId: string, side: Side): Freshness | undefined;
  /** What waits, by the side that would be written to; null while that is not known. */
  waitsOf(tenantId: string): Record<Side, Waits> | null;
  /** Resolves when it is written. */
  publish(freshness: Freshness): Promise<void>;
  nowMs(): number;
}

/** Looks after tenants. */
export interface FreshnessWatch {
  /** Looks at these tenants; resolves when what moved is published. */
  look(tenantIds: readonly string[]): Promise<void>;
  /** Forgets a tenant that is looked after elsewhere. */
  forget(tenantId: string): void;
}

/** Makes the watch. */
export function createFreshnessWatch(parts: FreshnessParts): FreshnessWatch {
  const { reached, ground } = parts;
  const memories = new Map<string, FreshnessMemory>();
  const lookedAtMs = new Map<string, number>();

  /** Whether a look can find anything else than the last one. */
  function isDue(tenantId: string, moved: ReadonlySet<string>): boolean {
    if (moved.has(tenantId)) return true;
    if (parts.nowMs() - (lookedAtMs.get(tenantId) ?? 0) >= LOOK_ANYWAY_MS) return true;
    return SIDES.some((side) => (parts.publishedOf(tenantId, side)?.waiting ?? 1) > 0);
  }

  function lookAt(tenantId: string): Freshness[] {
    const waits = parts.waitsOf(tenantId);
    if (waits === null) return [];
    lookedAtMs.set(tenantId, parts.nowMs());
    return SIDES.flatMap((side) => {
      const found = lookAtSide(tenantId, side, waits[side === 'crm' ? 'unleashed' : 'crm']);
      return isSame(found, parts.publishedOf(tenantId, side)) ? [] : [found];
    });
  }

  function lookAtSide(tenantId: string, side: Side, waits: Waits): Freshness {
    const key = `${tenantId}/${side}`;
    const everyMs = parts.progressOf(tenantId, side)?.everyMs ?? 0;
    const published = parts.publishedOf(tenantId, side);
    const nowMs = parts.nowMs();
    const memory = memories.get(key) ?? { ...NO_FRESHNESS, freshUntilMs: published?.freshUntilMs ?? null };
    // Until something was reached here, what was before still is: all that it came from has been taken in since.
    const readUntilMs = reached.of(tenantId, side) ?? published?.readUntilMs ?? null;
    const editMarginMs = Math.max(LEAST_MARGIN_MS, everyMs);
    const next = lookAtFreshness(memory, { nowMs, readUntilMs, waits, editMarginMs });
    memories.set(key, next);
    const oldest = [waits.sinceMs, waits.editedMs].filter((at) => at !== null && at > 0) as number[];
    return {
      tenantId,
      side,
      freshUntilMs: next.freshUntilMs,
      readUntilMs,
      waiting: waits.records,
      oldestWaitingMs: oldest.length === 0 ? null : Math.min(...oldest),
      everyMs,
      changedAtMs: nowMs,
    };
  }

  return {
    async look(tenantIds) {
      for (const tenantId of tenantIds) {
        for (const side of SIDES) {
          const progress = parts.progressOf(tenantId, side);
          if (progress !== undefined) reached.note(progress);
        }
      }
      const moved = new Set((await reached.look(ground)).map(({ tenantId }) => tenantId));
      const found = tenantIds.filter((tenantId) => isDue(tenantId, moved)).flatMap(lookAt);
      await Promise.all(found.map((freshness) => parts.publish(freshness)));
    },
    forget(tenantId) {
      reached.forget(tenantId);
      lookedAtMs.delete(tenantId);
      for (const side of SIDES) memories.delete(`${tenantId}/${side}`);
    },
  };
}

function isSame(found: Freshness, published: Freshness | undefined): boolean {
  if (published === undefined) return false;
  const { changedAtMs: _found, ...now } = found;
  const { changedAtMs: _published, ...before } = published;
  return JSON.stringify(now) === JSON.stringify(before);
}
