/** Errors and times as the CRM API words them. */
import { type ApiResponse, answer, type Json, Refusal } from '../types.ts';

/**
 * The error body of fact P2.11.
 * @param target property the error is about, when there is one
 */
export function odataError(status: number, code: string, message: string, target?: string): ApiResponse {
  const details: Json[] = target === undefined ? [] : [{ code, message, target }];
  return answer(status, { error: { code, message, details } });
}

/** Throws the refusal with that error body. */
export function refuse(status: number, code: string, message: string, target?: string): never {
  throw new Refusal(odataError(status, code, message, target));
}

/** A property that the type does not have: 400 (fact P2.11). */
export function refuseUnknownProperty(name: string, type: string): never {
  return refuse(400, '', `Could not find a property named '${name}' on type 'Prospect.Data.${type}'.`, name);
}

/**
 * A time stamp as the API writes it, UTC.
 * @param micros microseconds since the epoch
 * @param digits fractional digits kept; the rest is cut off, not rounded
 */
export function formatMicros(micros: number, digits: 0 | 3 | 6): string {
  const ms = Math.floor(micros / 1000);
  const seconds = new Date(ms).toISOString().slice(0, 19);
  if (digits === 0) return `${seconds}Z`;
  const fraction = String(micros - Math.floor(micros / 1_000_000) * 1_000_000).padStart(6, '0');
  return `${seconds}.${fraction.slice(0, digits)}Z`;
}

const dateTimePattern = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Microseconds since the epoch of an ISO 8601 date-time with Z or offset, or of a bare date (UTC midnight); undefined
 * when the text is neither (a date-time without offset included).
 */
export function parseMicros(text: string): number | undefined {
  const match = dateTimePattern.exec(text);
  if (!match) return undefined;
  const [, day, minute, second, fraction, zone] = match;
  if (minute !== undefined && zone === undefined) return undefined;
  const base = Date.parse(`${day}T${minute ?? '00:00'}:${second ?? '00'}.000${zone ?? 'Z'}`);
  if (Number.isNaN(base)) return undefined;
  return base * 1000 + Number((fraction ?? '').slice(0, 6).padEnd(6, '0'));
}
