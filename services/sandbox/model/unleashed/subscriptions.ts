/** Webhook subscriptions (section 10). */
import { guidFrom, hash128 } from '../random.ts';
import type { Change, Json, Row, WriteContext } from '../types.ts';
import { bodyObject, refuseInput, refuseMissing, type UnleashedRules } from './answers.ts';
import type { UnleashedState } from './state.ts';
import { changeOf } from './write.ts';

/** Subscriptions that an account may have (fact U10.1). */
export const maxSubscriptions = 5;

const eventTypes = ['customer', 'product', 'salesorder', 'purchaseorder', 'supplier'].flatMap((record) =>
  ['created', 'updated', 'deleted'].map((event) => `${record}.${event}`),
);

/**
 * Creates a subscription; the reply has the signature key, shown only here (fact U10.4).
 * @throws Refusal 400 for a sixth one, a URL or an event type that is not taken
 */
export function createSubscription(
  state: UnleashedState,
  rules: UnleashedRules,
  body: string,
  context: WriteContext,
): { reply: Json; changes: Change[] } {
  const given = bodyObject(rules, body);
  const { description = null, notificationUrl, eventTypes: types } = given;
  if (state.subscriptions.size >= maxSubscriptions) {
    refuseInput(rules, 'Subscriptions', `At most ${maxSubscriptions} subscriptions are allowed.`);
  }
  if (typeof notificationUrl !== 'string' || !urlTaken(rules, notificationUrl)) {
    return refuseInput(rules, 'notificationUrl', 'notificationUrl must be a valid HTTPS URL.');
  }
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => eventTypes.includes(String(type)))) {
    return refuseInput(rules, 'eventTypes', 'eventTypes must name known event types.');
  }
  state.made += 1;
  const subscriptionId = guidFrom(`${state.seed} subscription ${state.made}`);
  const signatureKey = hash128(`${state.apiKey} signature ${state.made}`);
  const row: Row = { subscriptionId, description, notificationUrl, eventTypes: types, signatureKey };
  state.subscriptions.set(subscriptionId, { ...row, failures: 0, active: true });
  state.touched.add(`subscriptions ${subscriptionId}`);
  const fields = [{ field: 'notificationUrl', before: null, after: notificationUrl }];
  return { reply: row, changes: [changeOf('subscription', subscriptionId, '', 'insert', fields, context)] };
}

/** All subscriptions without their signature keys; shape under the switch `subscriptionListShape`. */
export function listSubscriptions(state: UnleashedState, rules: UnleashedRules): Json {
  const items = [...state.subscriptions.values()].map(({ signatureKey: _secret, failures: _count, ...shown }) => shown);
  return rules.subscriptionListShape === 'items' ? { Items: items } : items;
}

/** Removes a subscription. */
export function deleteSubscription(state: UnleashedState, id: string, context: WriteContext): Change[] {
  if (!state.subscriptions.delete(id)) refuseMissing('Subscription');
  state.touched.add(`subscriptions ${id}`);
  return [changeOf('subscription', id, '', 'delete', [], context)];
}

function urlTaken(rules: UnleashedRules, text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && !rules.webhookHttpsRequired);
}
