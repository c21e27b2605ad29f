/**
 * The CRM's time stamps, to the microsecond (fact P3: LastUpdatedTimestamp has fractions of a second). A number of
 * microseconds since 1970 is exact in a double until the year 2255.
 */

/** Microseconds of a time stamp; null when the text is none. */
export function parseStamp(text: string): number | null {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return null;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  // Date.parse keeps three digits of the fraction and drops the others.
  return ms * 1000 + Number(fraction.slice(3, 6).padEnd(3, '0'));
}

/** A time stamp as a literal of a filter, unquoted (fact P2.4). */
export function stampLiteral(micros: number): { type: 'raw'; value: string } {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return { type: 'raw', value: new Date(ms).toISOString().replace('Z', `${rest}Z`) };
}

/** Whether a time stamp has no fraction, so that two changes within a second may carry the same. */
export function isCoarse(micros: number): boolean {
  return micros % 1_000_000 === 0;
}
