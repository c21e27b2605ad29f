/** The longest time in which edits waited and nothing arrived, as both systems show it. */
import type { SandboxChange } from '../sandbox-client/client.ts';
import type { Deeds } from './people.ts';
import type { Witness } from './witness.ts';

interface Wait {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The longest stretch, in milliseconds, in which an edit of any tenant waited all the time and no edit of any tenant arrived at
 * its other side; 0 when none ever waited. An edit waits from when it was made until its word shows on the other side, or until
 * its field was replaced on its own. One that does neither (it lost a conflict, or cannot be written) is not counted: when it
 * was decided about does not show there. A contact that somebody adds in Unleashed counts as an edit.
 */
export function longestPauseMs({ edits, added }: Deeds, { changes }: Pick<Witness, 'changes'>): number {
  const words = [...edits, ...added.filter(({ side }) => side === 'unleashed')];
  const byTenant = Map.groupBy(changes, ({ tenant }) => tenant);
  const waits: Wait[] = [];
  const arrivals: number[] = [];
  for (const word of words) {
    const all = byTenant.get(word.tenant) ?? [];
    const made = all.find((one) => one.by === 'person' && one.side === word.side && holds(one, word.token));
    if (made === undefined) continue;
    const arrived = all.find((one) => one.by === 'api' && one.side !== word.side && holds(one, word.token));
    const untilMs = arrived?.atMs ?? replacedAtMs(all, made, word.token);
    if (untilMs === null) continue;
    waits.push({ fromMs: made.atMs, untilMs });
    if (arrived !== undefined) arrivals.push(arrived.atMs);
  }
  return Math.max(0, ...stretchesOf(waits).map((stretch) => longestGap(stretch, arrivals)));
}

function holds({ fields }: SandboxChange, token: string): boolean {
  return fields.some(({ after }) => String(after).includes(token));
}

/** When the field that shows the word was given another value on its own side; null when it never was. */
function replacedAtMs(changes: readonly SandboxChange[], made: SandboxChange, token: string): number | null {
  const { field } = made.fields.find(({ after }) => String(after).includes(token)) ?? {};
  const next = changes.find(
    ({ seq, side, entity, id, fields }) =>
      seq > made.seq &&
      side === made.side &&
      entity === made.entity &&
      id === made.id &&
      fields.some((one) => one.field === field),
  );
  return next?.atMs ?? null;
}

/** Waits that meet or overlap as one each. */
function stretchesOf(waits: readonly Wait[]): Wait[] {
  const stretches: Wait[] = [];
  for (const wait of waits.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = stretches.at(-1);
    if (last === undefined || wait.fromMs > last.untilMs) stretches.push(wait);
    else stretches[stretches.length - 1] = { ...last, untilMs: Math.max(last.untilMs, wait.untilMs) };
  }
  return stretches;
}

/** Longest time without an arrival within a stretch. */
function longestGap({ fromMs, untilMs }: Wait, arrivals: readonly number[]): number {
  const within = arrivals.filter((atMs) => atMs > fromMs && atMs < untilMs).toSorted((a, b) => a - b);
  const moments = [fromMs, ...within, untilMs];
  return Math.max(...moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? atMs)));
}
