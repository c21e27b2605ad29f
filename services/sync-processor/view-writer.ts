/** Brings Redis up to date after a commit. */
import { CHANGELOG_TOPICS } from '#contracts';
import type { StepResult } from '#kafka';
import { type ChangelogEnds, StateError, type StateView, type TenantChange } from '#state';
import type { Change, Changes } from './batch.ts';

/** A committed step. */
export interface CommittedStep {
  task: number;
  /** Where the view is. */
  ends: ChangelogEnds;
  /** What changed, in the order in which it was written. */
  changes: Changes;
  /** Tenants whose wake-up time may have changed. */
  woken: ReadonlySet<string>;
  /** A tenant's wake-up time; null for none. */
  wakeOf: (tenantId: string) => number | null;
  /** Where the outputs got to. */
  baseOffsets: StepResult['baseOffsets'];
  /** Time of the step. */
  nowMs: number;
}

/** Entries in one call: a few megabytes, some tens of milliseconds of Redis' only thread. */
const PIECE = 2_000;

/**
 * Applies the step and gives where the view is afterwards; null when nothing changed. A step with very many changes (a
 * tenant that is switched on) is applied in pieces, each with the offset that it reaches, so that a crash in between
 * leaves a view that is merely behind. Throws StateError.
 */
export async function applyInPieces(
  view: StateView,
  step: CommittedStep,
  signal: AbortSignal,
): Promise<ChangelogEnds | null> {
  const ends: Record<string, bigint> = { ...step.ends };
  const toWake = new Set(step.woken);
  let applied = false;

  for (const topic of CHANGELOG_TOPICS) {
    const changes = step.changes[topic];
    if (changes.length === 0) continue;
    const written = step.baseOffsets.get(topic);
    const previous = ends[topic] ?? 0n;
    if (written === undefined || written.last - written.first + 1n !== BigInt(changes.length)) {
      throw new StateError('GAP', `task ${step.task}: ${topic} did not get the ${changes.length} records of the step`);
    }
    if (written.first < previous) {
      throw new StateError('GAP', `task ${step.task}: ${topic} was written at ${written.first}, behind ${previous}`);
    }
    for (let from = 0; from < changes.length; from += PIECE) {
      const piece = changes.slice(from, from + PIECE);
      const newEnd = written.first + BigInt(from + piece.length);
      const isLast = from + piece.length === changes.length;
      await apply(topic, newEnd, byTenant(piece, isLast ? toWake : new Set(), step.wakeOf));
      ends[topic] = newEnd;
      applied = true;
    }
  }
  return applied ? ends : null;

  async function apply(topic: string, newEnd: bigint, tenants: Map<string, TenantChange>): Promise<void> {
    const changelogs = Object.fromEntries(
      CHANGELOG_TOPICS.map((one) => {
        const previousEnd = ends[one] ?? 0n;
        return [one, { previousEnd, newEnd: one === topic ? newEnd : previousEnd }];
      }),
    );
    await view.apply({ task: step.task, changelogs, tenants, nowMs: step.nowMs }, signal);
  }
}

/**
 * A piece's entries by tenant. Every tenant in it gets its wake-up time at once: if the next piece is never applied, the
 * replay marks only the tenants of that one as due.
 */
function byTenant(
  piece: readonly Change[],
  toWake: ReadonlySet<string>,
  wakeOf: (tenantId: string) => number | null,
): Map<string, TenantChange> {
  const tenants = new Map<string, { entries: Change['entry'][]; wakeAtMs: number | null }>();
  const of = (tenantId: string) => {
    const known = tenants.get(tenantId);
    if (known !== undefined) return known;
    const fresh: { entries: Change['entry'][]; wakeAtMs: number | null } = { entries: [], wakeAtMs: wakeOf(tenantId) };
    tenants.set(tenantId, fresh);
    return fresh;
  };
  for (const { tenantId, entry } of piece) of(tenantId).entries.push(entry);
  for (const tenantId of toWake) of(tenantId);
  return tenants;
}
