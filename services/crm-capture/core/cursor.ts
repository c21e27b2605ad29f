/**
 * How far the catch-up of one entity set has come. Pure.
 *
 * Rows are read by `LastUpdatedTimestamp gt settled`. Which stamps are *settled*, so that no row with one of them can come any
 * more, is not known from the clock: a row may become visible later than its stamp says (fact P8.4), and nobody knows how far
 * the CRM's clock is from ours. But a stamp that a walk has seen was in the CRM's past when the walk ended, and so, less the
 * length of the walk, when it began. So it is settled
 * - less the overlap and the length of the walk: at once;
 * - as it is: after a walk that began an overlap after the end of the one that saw it, by our own clock.
 * Rows within the overlap are read again by the walks of that time, and never after.
 */
import { z } from 'zod';

const stamp = z.number().int();
const cursorSchema = z.object({
  settled: stamp.nullable(),
  marks: z.array(z.object({ stamp, atMs: z.number() })).max(20),
  walk: z
    .object({
      since: stamp.nullable(),
      settles: stamp.nullable(),
      skip: z.number().int().min(0),
      startedAtMs: z.number(),
      newest: stamp.nullable(),
    })
    .nullable(),
  sweptAtMs: z.number().nullable(),
});
const cursorsSchema = z.record(z.string(), cursorSchema);

/** A walk over the rows of a set, in the order of their keys. */
export interface Walk {
  /** Rows with a later stamp; null: all rows. */
  since: number | null;
  /** The stamp that is settled when it is through; null for none. */
  settles: number | null;
  /** Rows read so far. */
  skip: number;
  /** When it began. */
  startedAtMs: number;
  /** Newest stamp so far; null for none. */
  newest: number | null;
}

/** Cursor of one set. Stamps are the CRM's, in microseconds; times are our clock, in milliseconds. */
export interface SetCursor {
  /** Rows up to this stamp are known; null before the first walk is through. */
  settled: number | null;
  /** Stamps that will be settled when a walk is through that began an overlap after `atMs`, oldest first. */
  marks: { stamp: number; atMs: number }[];
  /** The walk that is under way; null for none. */
  walk: Walk | null;
  /** When the last walk over all rows began that was completed; null when none was. */
  sweptAtMs: number | null;
}

/** The cursor of a set that was never read. */
export const NEW_CURSOR: SetCursor = Object.freeze({ settled: null, marks: [], walk: null, sweptAtMs: null });

/** Marks kept at most. */
const MAX_MARKS = 20;

/** Reads stored cursors, by set; what cannot be read is as good as none. */
export function parseCursors(text: string | null): Record<string, SetCursor> {
  if (text === null) return {};
  try {
    const parsed = cursorsSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

/** Begins a walk, or goes on with the one under way. `isSweep`: over all rows. */
export function beginWalk(cursor: SetCursor, isSweep: boolean, nowMs: number, overlapMs: number): SetCursor {
  if (cursor.walk !== null) return cursor;
  const aged = cursor.marks.filter((mark) => mark.atMs + overlapMs <= nowMs);
  const settles = aged.at(-1)?.stamp ?? null;
  const marks = cursor.marks.filter((mark) => mark.atMs + overlapMs > nowMs);
  const since = isSweep ? null : cursor.settled;
  return { ...cursor, marks, walk: { since, settles, skip: 0, startedAtMs: nowMs, newest: null } };
}

/** Takes note of a page. */
export function passPage(cursor: SetCursor, stamps: readonly (number | null)[]): SetCursor {
  const { walk } = cursor;
  if (walk === null) return cursor;
  const newest = stamps.reduce((best, value) => later(best, value), walk.newest);
  return { ...cursor, walk: { ...walk, skip: walk.skip + stamps.length, newest } };
}

/** Ends the walk. */
export function endWalk(cursor: SetCursor, nowMs: number, overlapMs: number): SetCursor {
  const { walk } = cursor;
  if (walk === null) return cursor;
  const sweptAtMs = walk.since === null ? walk.startedAtMs : cursor.sweptAtMs;
  const done = { ...cursor, walk: null, sweptAtMs, settled: later(cursor.settled, walk.settles) };
  return walk.newest === null ? done : mark(done, walk.newest, walk.startedAtMs, nowMs, overlapMs);
}

/**
 * Takes note that a stamp was seen by a read that took from `startedAtMs` to `nowMs`. Nothing was read up to it for a set whose
 * rows come in otherwise; then this is how it begins.
 */
export function mark(
  cursor: SetCursor,
  newest: number,
  startedAtMs: number,
  nowMs: number,
  overlapMs: number,
): SetCursor {
  const settled = later(cursor.settled, newest - (nowMs - startedAtMs + overlapMs) * 1000);
  const last = cursor.marks.at(-1)?.stamp ?? settled;
  const isNewer = last === null || newest > last;
  const marks = isNewer ? [...cursor.marks, { stamp: newest, atMs: nowMs }].slice(-MAX_MARKS) : cursor.marks;
  return { ...cursor, settled, marks };
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
