/** Turns changes into change events (CRM, section 5) and webhooks (Unleashed, section 10), and retries them. Pure. */
import { delayOf, strikes } from './faults.ts';
import { parseQuery } from './prospect/options.ts';
import { keyPredicate } from './prospect/paths.ts';
import { present } from './prospect/query.ts';
import { schemas, setNames } from './prospect/schema.ts';
import { rowOf } from './prospect/state.ts';
import { guidFrom, roll } from './random.ts';
import type { Change, Json, Row, Side } from './types.ts';
import { sign } from './unleashed/signature.ts';
import { apiNowMs, type Delivery, type Workspace } from './workspace-state.ts';

/** One attempt, ready to be sent by POST. */
export type Attempt = {
  readonly id: number;
  readonly side: Side;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Events waiting in one workspace at most; beyond it the oldest is dropped. */
export const maxOutbox = 10_000;
/** First wait before a retry, ms; doubled each time. */
const retryBaseMs = 1000;
/** Longest wait between retries, ms. */
const retryMaxMs = 30_000;
/** Unleashed gives a delivery up after this time, ms (`[?]` U10.8). */
const unleashedTimeToLiveMs = 15 * 60_000;

const actionNames = { insert: 'Insert', update: 'Update', delete: 'Delete' } as const;
const eventNames = { insert: 'customer.created', update: 'customer.updated', delete: 'customer.deleted' } as const;

/** Queues the events of some changes. */
export function queueEvents(workspace: Workspace, changes: readonly Change[], nowMs: number): void {
  for (const change of changes) {
    if (change.side === 'crm') queueCrm(workspace, change, nowMs);
    else queueUnleashed(workspace, change, nowMs);
  }
}

function queueCrm(workspace: Workspace, change: Change, nowMs: number): void {
  const { crm } = workspace;
  const rules = workspace.switches.crm;
  const set = setNames.find((name) => schemas[name].fires && schemas[name].entity === change.entity);
  if (!set || (change.by === 'api' && !rules.apiWritesFire)) return;
  if (change.action === 'update' && change.fields.length === 0 && !rules.noopPatchFires) return;
  if (change.action === 'delete' && !rules.softDeleteFires) return;
  const schema = schemas[set];
  for (const hook of crm.tables.Webhooks.values()) {
    if (
      hook.StatusFlag === 'D' ||
      hook.WebhookUrl === '' ||
      hook.EntityId !== schema.type ||
      hook.Action !== actionNames[change.action]
    )
      continue;
    const key: Json = schema.keyMade
      ? Number(change.id)
      : schema.keys.length === 1
        ? change.id
        : keyPredicate(schema, change.id);
    const body = crmBody(workspace, hook, schema.set, change, key);
    const timeToLiveMs = Number(hook.MaxTimeToLive ?? 60) * 60_000;
    queue(workspace, 'crm', String(hook.WebhookUrl), JSON.stringify(body), String(hook.Id), timeToLiveMs, nowMs);
  }
}

function crmBody(workspace: Workspace, hook: Row, set: (typeof setNames)[number], change: Change, key: Json): Json {
  const schema = schemas[set];
  const { webhookPayloadShape: shape } = workspace.switches.crm;
  if (shape === 'entityOnly') return { EntityType: schema.type, EntityId: key };
  const ids = {
    WebhookId: hook.Id ?? null,
    EntityType: schema.type,
    Action: actionNames[change.action],
    EntityId: key,
  };
  if (shape === 'list') return [ids];
  if (shape === 'ids') return ids;
  const row = rowOf(workspace.crm, set, change.id);
  const Data = row ? present(workspace.crm, schema, workspace.switches.crm, row, parseQuery('')) : null;
  return { ...ids, Data };
}

function queueUnleashed(workspace: Workspace, change: Change, nowMs: number): void {
  const { unleashed } = workspace;
  const rules = workspace.switches.unleashed;
  if (change.by === 'api' && !rules.apiWritesFire) return;
  if (change.action === 'update' && change.fields.length === 0 && !rules.noopPostFires) return;
  const ofContact = change.entity === 'contact' && rules.contactEditFires;
  if (change.entity !== 'company' && !ofContact) return;
  const eventType = ofContact ? 'customer.updated' : eventNames[change.action];
  const customerGuid = ofContact ? change.parentId : change.id;
  for (const subscription of unleashed.subscriptions.values()) {
    const types = subscription.eventTypes;
    if (subscription.active !== true || !Array.isArray(types) || !types.includes(eventType)) continue;
    workspace.eventCount += 1;
    const ids = { customerGuid };
    const asText =
      rules.webhookDataShape === 'text' || (rules.webhookDataShape === 'alternating' && workspace.eventCount % 2 === 0);
    const body = {
      subscriptionId: subscription.subscriptionId,
      eventNotificationId: guidFrom(`${workspace.seed} event ${workspace.eventCount}`),
      eventType,
      createdOn: new Date(apiNowMs(workspace, 'unleashed', nowMs)).toISOString(),
      data: asText ? JSON.stringify(ids) : ids,
    };
    const { notificationUrl, subscriptionId } = subscription;
    const id = String(subscriptionId);
    queue(workspace, 'unleashed', String(notificationUrl), JSON.stringify(body), id, unleashedTimeToLiveMs, nowMs);
  }
}

function queue(
  workspace: Workspace,
  side: Side,
  url: string,
  body: string,
  source: string,
  timeToLiveMs: number,
  nowMs: number,
): void {
  const rules = workspace.switches[side];
  workspace.deliveryCount += 1;
  const every = rules.webhookDuplicateEvery;
  let copies = every > 0 && workspace.deliveryCount % every === 0 ? 2 : 1;
  let waitMs = rules.webhookJitterMs > 0 ? Math.floor(roll(workspace.dice) * rules.webhookJitterMs) : 0;
  for (const fault of workspace.faults) {
    if (fault.side !== side || !fault.kind.startsWith('events')) continue;
    if (!strikes(fault, workspace.dice, nowMs, undefined)) continue;
    if (fault.kind === 'eventsLost') copies = 0;
    if (fault.kind === 'eventsDuplicated') copies *= 2;
    if (fault.kind === 'eventsDelayed') waitMs += delayOf(fault, workspace.dice);
  }
  for (let copy = 0; copy < copies; copy++) {
    workspace.deliveryIds += 1;
    const dueMs = nowMs + waitMs;
    const expiresMs = dueMs + timeToLiveMs;
    const id = workspace.deliveryIds;
    workspace.outbox.set(id, { id, side, url, body, source, dueMs, attempts: 0, expiresMs, inFlight: false });
  }
  if (workspace.outbox.size > maxOutbox) {
    const [oldest] = workspace.outbox.keys();
    if (oldest !== undefined) workspace.outbox.delete(oldest);
    workspace.eventsDropped += 1;
  }
}

/** At most `limit` attempts that are due; each is then in flight until {@link settleAttempt}. */
export function dueAttempts(workspace: Workspace, nowMs: number, limit: number): Attempt[] {
  const attempts: Attempt[] = [];
  for (const delivery of workspace.outbox.values()) {
    if (attempts.length >= limit) break;
    if (delivery.inFlight || delivery.dueMs > nowMs) continue;
    const headers = headersOf(workspace, delivery, nowMs);
    if (nowMs >= delivery.expiresMs || !headers) {
      workspace.outbox.delete(delivery.id);
      workspace.eventsDropped += 1;
      continue;
    }
    delivery.inFlight = true;
    delivery.attempts += 1;
    attempts.push({ id: delivery.id, side: delivery.side, url: delivery.url, headers, body: delivery.body });
  }
  return attempts;
}

/** Headers of an attempt; undefined when its subscription is gone. */
function headersOf(workspace: Workspace, delivery: Delivery, nowMs: number): Record<string, string> | undefined {
  const json = { 'content-type': 'application/json' };
  if (delivery.side === 'crm') return { ...json, 'x-hook-secret': workspace.webhookSecret };
  const key = workspace.unleashed.subscriptions.get(delivery.source)?.signatureKey;
  if (typeof key !== 'string') return undefined;
  const timestamp = String(Math.floor(apiNowMs(workspace, 'unleashed', nowMs) / 1000));
  const signature = sign(key, `${timestamp}.${delivery.body}`);
  return { ...json, 'x-unleashed-timestamp': timestamp, 'x-unleashed-signature': signature };
}

/** Ends an attempt: gone when the receiver answered 2xx, else tried again later with growing waits. */
export function settleAttempt(workspace: Workspace, id: number, delivered: boolean, nowMs: number): void {
  const delivery = workspace.outbox.get(id);
  if (!delivery) return;
  countFailures(workspace, delivery, delivered);
  if (delivered) {
    workspace.outbox.delete(id);
    return;
  }
  delivery.inFlight = false;
  delivery.dueMs = nowMs + Math.min(retryMaxMs, retryBaseMs * 2 ** Math.min(delivery.attempts - 1, 10));
}

function countFailures(workspace: Workspace, delivery: Delivery, delivered: boolean): void {
  if (delivery.side !== 'unleashed') return;
  const subscription = workspace.unleashed.subscriptions.get(delivery.source);
  if (!subscription) return;
  const failures = delivered ? 0 : Number(subscription.failures ?? 0) + 1;
  const limit = workspace.switches.unleashed.webhookDisableAfterFailures;
  const active = subscription.active === true && !(limit > 0 && failures >= limit);
  if (failures === subscription.failures && active === subscription.active) return;
  workspace.unleashed.subscriptions.set(delivery.source, { ...subscription, failures, active });
  workspace.unleashed.touched.add(`subscriptions ${delivery.source}`);
}

/** Earliest time at which an attempt or a held write is due; undefined: nothing waits. */
export function nextDueMs(workspace: Workspace): number | undefined {
  let least: number | undefined;
  for (const delivery of workspace.outbox.values()) {
    if (!delivery.inFlight && (least === undefined || delivery.dueMs < least)) least = delivery.dueMs;
  }
  for (const held of workspace.held) if (least === undefined || held.dueMs < least) least = held.dueMs;
  return least;
}
