/**
 * Makes plans. A plan is a set of orders that nobody has given yet, each with what it would write and cost and why it would
 * lead to nothing; it is kept on the topic of requests, in parts, so that whoever approves it approves what was shown. It is
 * carried out by `run-plans.ts`.
 */
import { blankRequest, type PlanItem, type Request } from '#contracts';
import { REASONS, type Reason } from '#sync-core';
import { createForecaster, type PossibleOrder } from '../read-model/order-forecast.ts';
import type { Asked } from '../read-model/question.ts';

/** Items in one record of the topic: some 60 kB. */
const ITEMS_PER_PART = 200;
/** Orders forecast between two looks at what else is to be done. */
const ORDERS_PER_TURN = 20;

/** A plan that is wanted. */
export interface WantedPlan {
  readonly planId: string;
  /** Kind of its orders. */
  readonly kind: string;
  /** What it is about, for people. */
  readonly title: string;
  readonly requestedBy: string;
  readonly orders: readonly PossibleOrder[];
}

/** Forecasts the orders of a plan. Those that would do nothing, because both sides show the same already, are left away. */
async function forecastItems(asked: Asked, orders: readonly PossibleOrder[], nowMs: number): Promise<PlanItem[]> {
  const forecast = await createForecaster(asked, nowMs);
  const items: PlanItem[] = [];
  for (const [index, order] of orders.entries()) {
    if (index % ORDERS_PER_TURN === ORDERS_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    const { calls: known, ...about } = order;
    const { code, seen, writes, calls: found } = await forecast(order);
    const calls = known ?? found;
    if (code === 'in-sync') continue;
    const fields = (side: string): number => writes.filter((write) => write.side === side).length;
    items.push({
      ...about,
      ...{ seen, code, crmWrites: fields('crm'), unleashedWrites: fields('unleashed') },
      ...{ crmCalls: calls.crm, unleashedCalls: calls.unleashed },
    });
  }
  return items;
}

/** The requests that make a plan; empty when there is nothing to do. */
export async function planRequests(asked: Asked, plan: WantedPlan, nowMs: number): Promise<Request[]> {
  const items = await forecastItems(asked, plan.orders, nowMs);
  const parts = Math.ceil(items.length / ITEMS_PER_PART);
  return Array.from({ length: parts }, (_, part) => ({
    ...planRequest(asked.tenant.id, plan, 'plan', `${plan.planId}/part/${part}`, nowMs),
    plan: {
      ...{ kind: plan.kind, title: plan.title, part, parts },
      items: items.slice(part * ITEMS_PER_PART, (part + 1) * ITEMS_PER_PART),
    },
  }));
}

/** A request about a plan as a whole. */
export function planRequest(
  tenantId: string,
  { planId, requestedBy }: Pick<WantedPlan, 'planId' | 'requestedBy'>,
  kind: string,
  requestId: string,
  nowMs: number,
): Request {
  return { ...blankRequest({ requestId, tenantId, kind, requestedBy, requestedAtMs: nowMs }), planId };
}

const TITLES: Readonly<Record<string, string>> = {
  retry: 'Retry all that fails',
  restore: 'Restore values that lost',
  release: 'Release what the breaker holds',
  refuse: 'Refuse what the breaker holds',
  align: 'Align records for the first time',
  'run-overnight': "Set account managers to Unleashed's",
  pause: 'Pause records',
  resume: 'Resume records',
  read: 'Look at records now',
  'repair-drift': 'Repair what a comparison found',
  'sync-contact': 'Make contacts in Unleashed',
};

/** What a plan is about, in words. */
export function titleOf(kind: string, reason: string | undefined, more: boolean): string {
  const known: Readonly<Record<string, Reason>> = REASONS;
  const what = kind === 'retry' && reason !== undefined ? `Retry: ${known[reason]?.sentence ?? reason}` : TITLES[kind];
  return `${what ?? kind}${more ? ' (the first of them)' : ''}`;
}
