/** Reading what an HTTP answer says, for the clients of both APIs. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonValue } from './json-record.ts';

/** Longest text of the server that an error repeats, characters. */
const MESSAGE_CHARACTERS = 300;

/** Retry-After in either of its forms: seconds, or an HTTP date. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | null {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return null;
  if (/^\d+$/.test(value.trim())) return Number(value.trim()) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

/** The JSON of a body; undefined when it is none. */
export function parseJson(body: Buffer): JsonValue | undefined {
  try {
    const json: JsonValue = JSON.parse(body.toString('utf8'));
    return json;
  } catch {
    return undefined;
  }
}

/** Text of a server as an error may repeat it: without control characters, shortened; absent text is 'nothing'. */
export function printable(text: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  const clean = String(text ?? 'nothing').replace(/[\u0000-\u001f\u007f]+/g, ' ');
  return clean.length > MESSAGE_CHARACTERS ? `${clean.slice(0, MESSAGE_CHARACTERS)}…` : clean;
}
