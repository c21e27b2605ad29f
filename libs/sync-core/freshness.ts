/**
 * How fresh one side's edits are on the other: every edit made before T is applied there or explained.
 *
 * Two things keep T back: how far the side has been read (an edit that nobody read is neither), and records with an edit that
 * waits for its turn, its write, its read-back or its next try. Of those only two times are known: since when they wait, by
 * our clock, and when they were edited, by the clock of their side. An edit that began to wait when everything before R was
 * known was made after R, whatever the clock of its side says; so the moments at which R moved on are remembered. An edit that
 * had an explanation until now (a pause that ended, a retry that was ordered) is older than that: its own time counts then.
 */
import type { Side } from '#contracts';
import { type Circumstances, judgeField, judgeWhole, type RecordFacts } from './facts.ts';
import { LIMITS } from './options.ts';

/** Sides that a record waits to be written to; either: it may be both, or is not known. */
export type Heading = Side | 'either';

/** Where what waits in records about which these facts are so is heading; empty when nothing waits. */
export function headingsOf(circumstances: Circumstances, facts: RecordFacts): ReadonlySet<Heading> {
  const headings = new Set<Heading>();
  const whole = judgeWhole(circumstances.setting, facts);
  if (whole !== null) return whole.state === 'waiting' ? headings.add('either') : headings;
  for (const field of facts.fields) {
    if (judgeField(circumstances, facts.entity, field).state !== 'waiting') continue;
    const { first, hangsOn } = field;
    headings.add(first === null && (hangsOn === 'crm' || hangsOn === 'unleashed') ? hangsOn : 'either');
  }
  return headings;
}

/** Records with an edit that is neither applied nor explained, in one direction. */
export interface Waits {
  readonly records: number;
  /** Since when the first of them has waited without a break, our clock; null when none waits. */
  readonly sinceMs: number | null;
  /** The oldest edit among them, by the clock of its side; null when none waits. */
  readonly editedMs: number | null;
}

/** What is remembered from one look to the next. */
export interface FreshnessMemory {
  /** T of the last look; null while it is not known. */
  readonly freshUntilMs: number | null;
  /** When R moved on, our clock, and to what; oldest first. */
  readonly reads: readonly { readonly atMs: number; readonly untilMs: number }[];
}

/** Nothing is known yet. */
export const NO_FRESHNESS: FreshnessMemory = Object.freeze({ freshUntilMs: null, reads: [] });

/** Moves of R that are remembered: an hour's and more, as a rule. */
const READS_MAX = 120;

/** One look. */
export interface FreshnessLook {
  /** Our clock when the records were looked at, milliseconds. */
  readonly nowMs: number;
  /** R: every edit made before it had been taken in when the records were looked at; null while that is not known. */
  readonly readUntilMs: number | null;
  readonly waits: Waits;
  /** How far the time of an edit, as its side tells it, may be later than the edit was, milliseconds. */
  readonly editMarginMs: number;
}

/** The memory after a look. Pure; T is never ahead of the truth, and may be behind it. */
export function lookAtFreshness(memory: FreshnessMemory, look: FreshnessLook): FreshnessMemory {
  const { nowMs, readUntilMs, waits } = look;
  if (readUntilMs === null) return { ...memory, freshUntilMs: null };
  const isNews = memory.reads.at(-1)?.untilMs !== readUntilMs;
  const reads = isNews ? [...memory.reads, { atMs: nowMs, untilMs: readUntilMs }].slice(-READS_MAX) : memory.reads;
  if (waits.records === 0) return { freshUntilMs: readUntilMs, reads };
  const sinceMs = waits.sinceMs ?? 0;
  // What was known at a look does not have to be older than what waits by the clock of another machine.
  const known = memory.reads.findLast(({ atMs }) => atMs + LIMITS.clockMarginMs < sinceMs)?.untilMs ?? null;
  const floor = known ?? memory.freshUntilMs;
  if (floor === null) return { freshUntilMs: null, reads };
  const editedMs = waits.editedMs === null ? floor : waits.editedMs - look.editMarginMs;
  return { freshUntilMs: Math.min(floor, editedMs, readUntilMs), reads };
}
