/** What the `webhooks` command does to one Unleashed account, and says about it. */
import { existsSync, writeFileSync } from 'node:fs';
import { adviceOn } from '#tenant-check';
import {
  ensureSubscription,
  MAX_SUBSCRIPTIONS,
  removeSubscriptions,
  renewSubscription,
  type SubscriptionResult,
  subscriptionsOf,
  UnleashedApiError,
  type UnleashedClient,
} from '#unleashed';
import { WebhooksError } from './error.ts';

/** What is to be done. */
export type WebhooksAction = 'list' | 'subscribe' | 'renew' | 'remove';

/** An order. */
export interface WebhooksOrder {
  action: WebhooksAction;
  /** Where Unleashed delivers to. `list` needs none. */
  notificationUrl: string;
  /** File that gets the signature key of a new subscription; it must not exist, unless the subscription is renewed. */
  keyFile: string;
}

/** What became of it. */
export interface WebhooksReport {
  /** Sentences for people, without a secret. */
  lines: string[];
}

/** Carries out an order. Rejects with WebhooksError. */
export async function carryOut(client: UnleashedClient, order: WebhooksOrder): Promise<WebhooksReport> {
  try {
    return await attempt(client, order);
  } catch (error) {
    if (!(error instanceof UnleashedApiError)) throw error;
    const byHand = order.action === 'remove' && error.code === 'NOT_FOUND';
    const hint = byHand
      ? 'This API lets nobody remove a subscription: remove it on the page of the account in Unleashed.'
      : (adviceOn(error) ?? 'Try again later; nothing of the sync depends on it.');
    throw new WebhooksError('UNLEASHED_REFUSED', `Unleashed: ${error.message}`, hint, error);
  }
}

async function attempt(client: UnleashedClient, order: WebhooksOrder): Promise<WebhooksReport> {
  switch (order.action) {
    case 'list':
      return list(client);
    case 'remove':
      return remove(client, order.notificationUrl);
    case 'subscribe':
      checkKeyFile(order.keyFile);
      return made(await ensureSubscription(client, order.notificationUrl), order);
    case 'renew':
      return made(await renewSubscription(client, order.notificationUrl), order);
  }
}

async function list(client: UnleashedClient): Promise<WebhooksReport> {
  const all = await subscriptionsOf(client);
  const lines = all.map(
    ({ subscriptionId, notificationUrl, description, eventTypes }) =>
      `${subscriptionId}  ${notificationUrl}  ${eventTypes.join(', ')}  ${description}`,
  );
  return { lines: [...lines, `${all.length} of ${MAX_SUBSCRIPTIONS} subscriptions.`] };
}

async function remove(client: UnleashedClient, notificationUrl: string): Promise<WebhooksReport> {
  const removed = await removeSubscriptions(client, notificationUrl);
  if (removed.length === 0) return { lines: [`No subscription delivers to ${notificationUrl}: nothing to remove.`] };
  return { lines: removed.map(({ subscriptionId }) => `Removed ${subscriptionId}. Polls go on as before.`) };
}

function made(result: SubscriptionResult, { keyFile, notificationUrl }: WebhooksOrder): WebhooksReport {
  switch (result.state) {
    case 'created':
      writeFileSync(keyFile, `${result.signatureKey}\n`, { mode: 0o600 });
      return {
        lines: [
          `Subscribed ${notificationUrl} (${result.subscriptionId}).`,
          `Its signature key is in ${keyFile}. Put "webhookSignatureKey: file:${keyFile}" under unleashed in the tenants file.`,
        ],
      };
    case 'exists':
      throw new WebhooksError(
        'SUBSCRIPTION_EXISTS',
        `${notificationUrl} is subscribed already (${result.subscriptionId}).`,
        'Nothing to do if its key is known; otherwise use renew, which makes it anew with a new key.',
      );
    case 'full':
      throw new WebhooksError(
        'SUBSCRIPTIONS_FULL',
        `The account has ${MAX_SUBSCRIPTIONS} subscriptions, as many as it may have.`,
        'See them with list, and remove one that nobody needs with remove --url.',
      );
  }
}

/** Before anything is made: a key that cannot be kept would be lost, because it is shown only once. */
function checkKeyFile(keyFile: string): void {
  if (!existsSync(keyFile)) return;
  throw new WebhooksError(
    'KEY_FILE_EXISTS',
    `${keyFile} is there already.`,
    'Name another file, or use renew to replace the key in it.',
  );
}
