/**
 * Query strings and signatures of Unleashed's API, and the signature of its webhook deliveries.
 *
 * The server compares the signature with the query as it sees it: a percent-encoded colon or at sign gives a bare 403
 * (facts U1.7, U1.8). So the query string is built here, once, and the very same text is signed and sent (U1.10).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** One parameter of a query: its name and its value, not encoded. */
export type QueryParameter = readonly [name: string, value: string];

/**
 * The query string of a call, without the leading question mark; the empty string for no parameters. `:` and `@` stay raw
 * (fact U1.10), a space becomes `%20` (U1.9), everything else that a query may not hold is percent-encoded.
 */
export function buildQuery(parameters: readonly QueryParameter[]): string {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** The value of `api-auth-signature`: HMAC-SHA256 of the query string under the API key, in Base64 (facts U1.5, U1.6). */
export function signQuery(query: string, apiKey: string): string {
  return createHmac('sha256', apiKey).update(query, 'utf8').digest('base64');
}

/** What a webhook delivery is checked with. */
export interface DeliverySignature {
  /** Header `x-unleashed-signature`; undefined when absent. */
  signature: string | undefined;
  /** Header `x-unleashed-timestamp`: seconds, or milliseconds, since the epoch, or an ISO date; undefined when absent. */
  timestamp: string | undefined;
  /** The body, byte for byte as it came. */
  rawBody: Buffer;
}

/** Farthest that the time stamp of a delivery may be from our clock, either way (fact U10.5). */
export const DELIVERY_WINDOW_MS = 300_000;

/** Why a delivery is not taken. */
export type DeliveryRefusal = 'signature-missing' | 'signature-wrong' | 'timestamp-unreadable' | 'timestamp-off';

/**
 * Checks a delivery against the key of its subscription (fact U10.5); null when it is genuine. Compares in constant time, and
 * looks at the time stamp only once the signature is known to be right, so that a stranger learns nothing from the answer.
 */
export function checkDelivery(
  delivery: DeliverySignature,
  signatureKey: string,
  nowMs: number,
): DeliveryRefusal | null {
  const { signature, timestamp, rawBody } = delivery;
  if (signature === undefined || timestamp === undefined) return 'signature-missing';
  const wanted = createHmac('sha256', signatureKey).update(`${timestamp}.`, 'utf8').update(rawBody).digest();
  const given = Buffer.from(signature, 'base64');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'signature-wrong';
  const atMs = deliveryTimeMs(timestamp);
  if (atMs === null) return 'timestamp-unreadable';
  return Math.abs(nowMs - atMs) <= DELIVERY_WINDOW_MS ? null : 'timestamp-off';
}

/** The signature of a delivery, as the sender makes it. */
export function signDelivery(timestamp: string, rawBody: Buffer, signatureKey: string): string {
  return createHmac('sha256', signatureKey).update(`${timestamp}.`, 'utf8').update(rawBody).digest('base64');
}

/** Ten digits are seconds until the year 2286, thirteen are milliseconds; anything else is read as a date. */
function deliveryTimeMs(timestamp: string): number | null {
  const text = timestamp.trim();
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : parsed;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%40', '@');
}
