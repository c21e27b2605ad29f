/** Unleashed's two forms of time: `/Date(milliseconds)/` in answers, `yyyy-MM-ddTHH:mm:ss` in queries; both UTC. */
import type { JsonValue } from '#runtime';

const DATE_PATTERN = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/;

/** Milliseconds since the epoch of a date field (fact U5: `/Date(ms)/`, UTC); null when it is blank or not a date. */
export function parseDateMs(value: JsonValue | undefined): number | null {
  if (typeof value !== 'string') return null;
  const match = DATE_PATTERN.exec(value);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** A date field as Unleashed writes it. */
export function formatDate(atMs: number): string {
  return `/Date(${atMs})/`;
}

/** The value of `modifiedSince`: UTC, whole seconds rounded down, no zone (fact U4.2). */
export function modifiedSince(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}
