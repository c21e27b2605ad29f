/** Webhook deliveries and subscriptions of Unleashed (section 10 of the facts). */

import type { CallOptions } from '#http-api';
import { guidOf, isRecord, type JsonRecord, type JsonValue, textOf } from '#runtime';
import type { UnleashedClient } from './client.ts';
import { UnleashedApiError } from './errors.ts';

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

/** Subscriptions that an account may have (fact U10.1). */
export const MAX_SUBSCRIPTIONS = 5;

/** Events that matter here (U10.3). */
export const CUSTOMER_EVENTS = ['customer.created', 'customer.updated', 'customer.deleted'] as const;

/** What became of a subscription. */
export type SubscriptionResult =
  /** It was there; its key was shown only when it was made, so it is not known here. */
  | { state: 'exists'; subscriptionId: string; signatureKey: null }
  /** Made now; the key must be kept in a place fit for secrets, it is never shown again. */
  | { state: 'created'; subscriptionId: string; signatureKey: string }
  /** The account has as many as it may have; nothing was made. */
  | { state: 'full'; subscriptionId: null; signatureKey: null };

/**
 * Makes sure that the account sends customer events to a URL: at most one subscription per URL, none beyond the account's
 * limit. Costs one or two calls. Rejects with UnleashedApiError.
 */
export async function ensureSubscription(
  client: Pick<UnleashedClient, 'listSubscriptions' | 'createSubscription'>,
  notificationUrl: string,
  options: CallOptions = {},
): Promise<SubscriptionResult> {
  const existing = (await client.listSubscriptions(options)).map((record) => lowerCased(record) ?? {});
  const ours = existing.find((record) =>
    [textOf(record, 'notificationurl'), textOf(record, 'url')].includes(notificationUrl),
  );
  if (ours !== undefined) return { state: 'exists', subscriptionId: identityOf(ours), signatureKey: null };
  if (existing.length >= MAX_SUBSCRIPTIONS) return { state: 'full', subscriptionId: null, signatureKey: null };
  const body = { description: 'Two-way sync with the CRM', notificationUrl, eventTypes: [...CUSTOMER_EVENTS] };
  const made = lowerCased(await client.createSubscription(body, options)) ?? {};
  const signatureKey = textOf(made, 'signaturekey');
  if (signatureKey === '') {
    throw new UnleashedApiError('NONSENSE_ANSWER', 'a new subscription without a signature key', {
      call: 'POST /webhooks/subscriptions',
      fateKnown: false,
    });
  }
  return { state: 'created', subscriptionId: identityOf(made), signatureKey };
}

function identityOf(subscription: JsonRecord): string {
  return textOf(subscription, 'subscriptionid') || textOf(subscription, 'guid');
}

function firstGuid(places: readonly (readonly [JsonRecord | null, string])[]): string | null {
  for (const [record, key] of places) {
    const guid = record === null ? '' : guidOf(record, key);
    if (guid !== '') return guid;
  }
  return null;
}

function lowerCased(value: JsonValue | undefined): JsonRecord | null {
  if (!isRecord(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
}

function parse(text: string): JsonValue | undefined {
  try {
    const json: JsonValue = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
