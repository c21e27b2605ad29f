/** Webhook deliveries of Unleashed (section 10 of the facts). */

import { guidOf, type JsonRecord, type JsonValue, textOf } from '#runtime';
import { lowerCased } from './lower-cased.ts';

/** What a delivery tells. */
export interface WebhookEvent {
  /** Dedupe key of the delivery; blank when it has none. */
  eventNotificationId: string;
  /** For example `customer.updated`. */
  eventType: string;
  /** Customer that it is about, lower case; null when it names none. */
  customerGuid: string | null;
}

/**
 * Reads the body of a delivery; null when it is none. `data` may be a JSON text or an object, and names the customer as
 * customerGuid or guid in any casing (U10.6).
 */
export function parseWebhookEvent(rawBody: Buffer): WebhookEvent | null {
  const envelope = lowerCased(parse(rawBody.toString('utf8')));
  if (envelope === null) return null;
  const eventType = textOf(envelope, 'eventtype').toLowerCase();
  if (eventType === '') return null;
  const given = envelope.data;
  const data = lowerCased(typeof given === 'string' ? parse(given) : given);
  const nested = data === null ? null : lowerCased(data.customer);
  const guid = firstGuid([
    [data, 'customerguid'],
    [data, 'guid'],
    [nested, 'guid'],
  ]);
  return { eventNotificationId: textOf(envelope, 'eventnotificationid'), eventType, customerGuid: guid };
}

function firstGuid(places: readonly (readonly [JsonRecord | null, string])[]): string | null {
  for (const [record, key] of places) {
    const guid = record === null ? '' : guidOf(record, key);
    if (guid !== '') return guid;
  }
  return null;
}

function parse(text: string): JsonValue | undefined {
  try {
    const json: JsonValue = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
