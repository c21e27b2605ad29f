/**
 * One tenant: a CRM workspace with its Unleashed account, their switches and faults, and the events on their way out.
 * A call runs in two pure steps, {@link planCall} and {@link runCall}, so that whoever drives it (the HTTP server on
 * real time, a simulation on its own) does the waiting between them.
 */
import { type CallPlan, planFor } from './call-plan.ts';
import { queueEvents } from './events.ts';
import { createFault, type Fault, type FaultOrder, maxFaults, withoutSpent } from './faults.ts';
import { serveCrm } from './prospect/api.ts';
import { updateRow } from './prospect/rows.ts';
import { schemas } from './prospect/schema.ts';
import { createCrmState, rowOf } from './prospect/state.ts';
import { createDice, guidFrom, hash128 } from './random.ts';
import { secondWrite } from './second-writer.ts';
import { defaultSwitches } from './switches.ts';
import type { ApiRequest, ApiResponse, Change, Side, WriteContext } from './types.ts';
import { serveUnleashed } from './unleashed/api.ts';
import { createUnleashedState } from './unleashed/state.ts';
import { apiNowMs, type HeldRequest, type Workspace } from './workspace-state.ts';

/** What a workspace is made from. */
export type WorkspaceOptions = {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  /** Seed of all ids, secrets and chance in it. */
  readonly seed: string;
  /** Base currency of the Unleashed account. */
  readonly currency: string;
  /** Unleashed calls a month. */
  readonly monthlyCalls: number;
  readonly pollSeconds: number;
};

/** Late writes that a workspace holds at most. */
export const maxHeld = 1000;

/** An empty workspace with its credentials; records come from people, the API or a seed. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { id, name, timeZone, pollSeconds } = options;
  const seed = `${options.seed} ${id}`;
  const unleashed = createUnleashedState({
    seed,
    apiId: `sandbox-${id}-id`,
    apiKey: `sandbox-${id}-key`,
    monthlyCalls: options.monthlyCalls,
    currency: options.currency,
  });
  const crm = createCrmState(seed);
  crm.tokens.push({ token: `sandbox-${id}-token`, userCode: 'API', revoked: false });
  return {
    id,
    name,
    timeZone,
    seed,
    crm,
    unleashed,
    switches: defaultSwitches(),
    faults: [],
    faultCount: 0,
    dice: createDice(seed),
    webhookSecret: `sandbox-${id}-hook`,
    pollSeconds,
    outbox: new Map(),
    deliveryIds: 0,
    deliveryCount: 0,
    eventCount: 0,
    eventsDropped: 0,
    held: [],
  };
}

/** First step of a call: which faults strike it. */
export function planCall(workspace: Workspace, side: Side, request: ApiRequest, nowMs: number): CallPlan {
  const { faults, dice, switches } = workspace;
  const plan = planFor(faults, dice, switches, side, request, nowMs);
  if (plan.faults.length > 0) workspace.faults = withoutSpent(workspace.faults, nowMs);
  return plan;
}

/** What a call came to. `response` undefined: the connection is destroyed. */
export type CallResult = { response: ApiResponse | undefined; changes: Change[] };

/** Second step of a call, after the plan's `delayBeforeMs`: the effect and the answer. Queues events. */
export function runCall(
  workspace: Workspace,
  side: Side,
  request: ApiRequest,
  plan: CallPlan,
  nowMs: number,
): CallResult {
  if (plan.lose === 'before') return { response: undefined, changes: [] };
  if (plan.instead && !plan.effectBeforeInstead) return { response: plan.instead, changes: [] };
  if (plan.holdMs !== undefined && workspace.held.length < maxHeld) {
    workspace.held.push({ side, request, dueMs: nowMs + plan.holdMs });
    return { response: undefined, changes: [] };
  }
  const { response, changes } = serve(workspace, side, request, nowMs);
  const second =
    plan.secondWriter && response.status === 200 ? secondWrite(workspace, side, request, plan.secondWriter, nowMs) : [];
  const all = [...changes, ...second];
  queueEvents(workspace, all, nowMs);
  return { response: plan.lose === 'after' ? undefined : (plan.instead ?? response), changes: all };
}

/** Applies late writes that are due, in order. Queues events. */
export function applyHeld(workspace: Workspace, nowMs: number): { request: HeldRequest; changes: Change[] }[] {
  const due = workspace.held.filter((held) => held.dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
  if (due.length === 0) return [];
  workspace.held = workspace.held.filter((held) => held.dueMs > nowMs);
  return due.map((held) => {
    const { changes } = serve(workspace, held.side, held.request, nowMs);
    queueEvents(workspace, changes, nowMs);
    return { request: held, changes };
  });
}

function serve(
  workspace: Workspace,
  side: Side,
  request: ApiRequest,
  nowMs: number,
): { response: ApiResponse; changes: Change[] } {
  const clock = apiNowMs(workspace, side, nowMs);
  if (side === 'unleashed') return serveUnleashed(workspace.unleashed, workspace.switches.unleashed, request, clock);
  const served = serveCrm(workspace.crm, workspace.switches.crm, request, clock);
  const filled = served.changes.flatMap((change) => fillAccountsId(workspace, change, clock));
  return { response: served.response, changes: [...served.changes, ...filled] };
}

/** The platform's own feed fills a ledger's blank AccountsId (switch `accountsIdWrittenByServer`, P8.6). */
function fillAccountsId(workspace: Workspace, change: Change, nowMs: number): Change[] {
  const { crm, unleashed, switches } = workspace;
  if (change.entity !== 'ledger' || !switches.crm.accountsIdWrittenByServer) return [];
  const ledger = rowOf(crm, 'SalesLedgers', change.id);
  const guid = unleashed.codes.get(String(ledger?.CustomerCode));
  if (!ledger || guid === undefined || (ledger.AccountsId ?? '') !== '') return [];
  const context: WriteContext = { by: 'server', userId: 'SYS', nowMs };
  return updateRow(crm, switches.crm, schemas.SalesLedgers, ledger, { AccountsId: guid }, context).changes;
}

/**
 * Puts a fault in force.
 * @returns the fault, or undefined when there are too many
 */
export function addFault(workspace: Workspace, order: FaultOrder, nowMs: number): Fault | undefined {
  workspace.faults = withoutSpent(workspace.faults, nowMs);
  if (workspace.faults.length >= maxFaults) return undefined;
  workspace.faultCount += 1;
  const fault = createFault(`fault-${workspace.faultCount}`, order);
  workspace.faults.push(fault);
  return fault;
}

/** Clears one fault, or all of a side, or all. */
export function clearFaults(workspace: Workspace, which: { id?: string; side?: Side }): void {
  workspace.faults = workspace.faults.filter(
    (fault) =>
      (which.id !== undefined && fault.id !== which.id) || (which.side !== undefined && fault.side !== which.side),
  );
}

/**
 * Points the CRM's change events of this workspace at a receiver; creates the webhook rows when there are none.
 * @param url receiver; '' for none: no events are sent until there is one
 */
export function setHookUrl(workspace: Workspace, url: string): void {
  const { crm } = workspace;
  if (crm.tables.Webhooks.size === 0) seedHooks(workspace);
  for (const [key, hook] of crm.tables.Webhooks) {
    if (hook.Comments !== hookComment || hook.WebhookUrl === url) continue;
    crm.tables.Webhooks.set(key, { ...hook, WebhookUrl: url });
    crm.touched.add(`Webhooks ${key}`);
  }
}

/**
 * Points a webhook subscription of the Unleashed account at a receiver, as if it had been registered by hand; its
 * signature key is always the same, so that it can stand in a configuration.
 * @param url receiver; '' for none: the subscription is removed
 */
export function setWebhookUrl(workspace: Workspace, url: string): void {
  const { unleashed } = workspace;
  const subscriptionId = guidFrom(`${workspace.seed} first subscription`);
  if ((unleashed.subscriptions.get(subscriptionId)?.notificationUrl ?? '') === url) return;
  unleashed.touched.add(`subscriptions ${subscriptionId}`);
  if (url === '') {
    unleashed.subscriptions.delete(subscriptionId);
    return;
  }
  unleashed.subscriptions.set(subscriptionId, {
    subscriptionId,
    description: hookComment,
    notificationUrl: url,
    eventTypes: ['customer.created', 'customer.updated', 'customer.deleted'],
    signatureKey: firstSignatureKey(workspace),
    failures: 0,
    active: true,
  });
}

/** Signature key of the subscription that {@link setWebhookUrl} makes. */
export function firstSignatureKey(workspace: Workspace): string {
  return hash128(`${workspace.seed} first signature key`);
}

const hookComment = 'Two-way sync';

function seedHooks(workspace: Workspace): void {
  const { crm } = workspace;
  let id = 0;
  for (const EntityId of ['Division', 'Contact', 'Address', 'User', 'SalesLedger', 'Company']) {
    for (const Action of ['Insert', 'Update', 'Delete']) {
      id += 1;
      const row = { Id: id, EntityId, Action, ActionParameters: null, MaxTimeToLive: 60, WebhookUrl: '' };
      crm.tables.Webhooks.set(String(id), { ...row, ErrorEmail: null, StatusFlag: 'A', Comments: hookComment });
      crm.touched.add(`Webhooks ${id}`);
      crm.lastKeys.Webhooks = id;
    }
  }
}
