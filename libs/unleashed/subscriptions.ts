/** Webhook subscriptions of an Unleashed account (facts U10.1 to U10.4): shown, made, renewed and removed on request. */
import type { CallOptions } from '#http-api';
import { type JsonRecord, textOf } from '#runtime';
import type { UnleashedClient } from './client.ts';
import { UnleashedApiError } from './errors.ts';
import { lowerCased } from './lower-cased.ts';

/** Subscriptions that an account may have (fact U10.1). */
export const MAX_SUBSCRIPTIONS = 5;

/** Events that matter here (U10.3). */
export const CUSTOMER_EVENTS = ['customer.created', 'customer.updated', 'customer.deleted'] as const;

const DESCRIPTION = 'Two-way sync with the CRM';

/** A subscription, as far as it can be seen: its signature key was shown only when it was made. */
export interface Subscription {
  subscriptionId: string;
  /** Where deliveries go. */
  notificationUrl: string;
  /** Blank when there is none. */
  description: string;
  /** Such as `customer.updated`; empty when the answer does not tell. */
  eventTypes: string[];
}

/** What became of a subscription. */
export type SubscriptionResult =
  /** It was there; its key was shown only when it was made, so it is not known here. */
  | { state: 'exists'; subscriptionId: string; signatureKey: null }
  /** Made now; the key must be kept in a place fit for secrets, it is never shown again. */
  | { state: 'created'; subscriptionId: string; signatureKey: string }
  /** The account has as many as it may have; nothing was made. */
  | { state: 'full'; subscriptionId: null; signatureKey: null };

type Account = Pick<UnleashedClient, 'listSubscriptions' | 'createSubscription' | 'deleteSubscription'>;

/** All subscriptions of the account, ours and others'. One call. Rejects with UnleashedApiError. */
export async function subscriptionsOf(
  client: Pick<Account, 'listSubscriptions'>,
  options: CallOptions = {},
): Promise<Subscription[]> {
  return (await client.listSubscriptions(options)).map((record) => {
    const given = lowerCased(record) ?? {};
    const types = given.eventtypes ?? given.events;
    return {
      subscriptionId: identityOf(given),
      notificationUrl: textOf(given, 'notificationurl') || textOf(given, 'url'),
      description: textOf(given, 'description'),
      eventTypes: Array.isArray(types) ? types.map(String) : [],
    };
  });
}

/**
 * Makes sure that the account sends customer events to a URL: at most one subscription per URL, none beyond the account's
 * limit. Costs one or two calls. Rejects with UnleashedApiError.
 */
export async function ensureSubscription(
  client: Pick<Account, 'listSubscriptions' | 'createSubscription'>,
  notificationUrl: string,
  options: CallOptions = {},
): Promise<SubscriptionResult> {
  const existing = await subscriptionsOf(client, options);
  const ours = existing.find((one) => one.notificationUrl === notificationUrl);
  if (ours !== undefined) return { state: 'exists', subscriptionId: ours.subscriptionId, signatureKey: null };
  if (existing.length >= MAX_SUBSCRIPTIONS) return { state: 'full', subscriptionId: null, signatureKey: null };
  return create(client, notificationUrl, options);
}

/**
 * Makes a subscription anew, because its key is lost or known to others. The old one goes first: two for one URL would deliver
 * twice, once under a key that nobody checks any more. Rejects with UnleashedApiError; when only the making failed, none is left.
 */
export async function renewSubscription(
  client: Account,
  notificationUrl: string,
  options: CallOptions = {},
): Promise<SubscriptionResult> {
  await removeSubscriptions(client, notificationUrl, options);
  return ensureSubscription(client, notificationUrl, options);
}

/** Removes what delivers to a URL; others are left alone. Gives what was removed. Rejects with UnleashedApiError. */
export async function removeSubscriptions(
  client: Pick<Account, 'listSubscriptions' | 'deleteSubscription'>,
  notificationUrl: string,
  options: CallOptions = {},
): Promise<Subscription[]> {
  const ours = (await subscriptionsOf(client, options)).filter((one) => one.notificationUrl === notificationUrl);
  for (const { subscriptionId } of ours) await client.deleteSubscription(subscriptionId, options);
  return ours;
}

async function create(
  client: Pick<Account, 'createSubscription'>,
  notificationUrl: string,
  options: CallOptions,
): Promise<SubscriptionResult> {
  const body = { description: DESCRIPTION, notificationUrl, eventTypes: [...CUSTOMER_EVENTS] };
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
