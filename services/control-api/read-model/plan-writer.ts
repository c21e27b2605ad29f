/**
 * Plans as they come from the topic of requests: their parts, and what people ordered about them, in the tenant's order. So
 * two people who approve and cancel at once have one answer, and whoever reads the topic again has the same.
 */
import { v5 } from 'uuid';
import type { PlanItem, Request } from '#contracts';
import type { Connection } from './database.ts';

/** Namespace of the ids of a plan's orders; not to be changed. */
const ITEM_NAMESPACE = '0d2f6c1e-8a35-4c0b-9f27-5b1e7a94d3c8';

/** The id of the request that carries an item out: the same whoever gives the order, and however often. */
export function itemRequestId(planId: string, number: number): string {
  return v5(`${planId}/${number}`, ITEM_NAMESPACE);
}

/** What an order about a plan makes of it: states that it is taken in, and the one that follows. */
const TRANSITIONS: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>> = {
  'approve-plan': { from: ['draft'], to: 'running' },
  'pause-plan': { from: ['running'], to: 'paused' },
  'resume-plan': { from: ['paused'], to: 'running' },
  'cancel-plan': { from: ['draft', 'running', 'paused'], to: 'cancelled' },
};

/** Whether an order about a plan is taken in a state. */
export function isTaken(kind: string, state: string): boolean {
  return TRANSITIONS[kind]?.from.includes(state) ?? false;
}

interface PlanRow {
  readonly id: number;
  readonly state: string;
  readonly here: number;
}

/**
 * Takes a request in, as far as it is about a plan.
 *
 * @param place where on Kafka it is: see `place.ts`
 * @returns true for orders that a plan gives, and parts but the first: people did not order these one by one
 */
export function putPlanRequest(connection: Connection, tenantNo: number, request: Request, place: number): boolean {
  const { planId, kind, plan: part } = request;
  if (planId === null) return false;
  const sql = 'SELECT id, state, here FROM plans WHERE tenant_no = ? AND plan_id = ?';
  const plan = connection.get<PlanRow>(sql, tenantNo, planId);
  if (kind === 'plan') {
    if (part !== null && part.part === (plan?.here ?? 0))
      putPart(connection, tenantNo, request, part.items, place, plan);
    return part !== null && part.part > 0;
  }
  const transition = TRANSITIONS[kind];
  if (transition === undefined) {
    const update = 'UPDATE plan_items SET request = ? WHERE plan = ? AND request_id = ? AND request IS NULL';
    return plan !== undefined && connection.run(update, place, plan.id, request.requestId) > 0;
  }
  if (plan === undefined || !transition.from.includes(plan.state)) return false;
  connection.run(
    'UPDATE plans SET state = ?, changed_by = ?, changed_ms = ? WHERE id = ?',
    ...[transition.to, request.requestedBy, request.requestedAtMs, plan.id],
  );
  if (kind === 'approve-plan' && request.leftOut.length > 0) {
    const leave = 'UPDATE plan_items SET left_out = 1 WHERE plan = ? AND number IN (SELECT value FROM json_each(?))';
    connection.run(leave, plan.id, JSON.stringify(request.leftOut));
  }
  return false;
}

function putPart(
  connection: Connection,
  tenantNo: number,
  { planId, plan: part, requestedBy, requestedAtMs }: Request,
  items: readonly PlanItem[],
  place: number,
  known: PlanRow | undefined,
): void {
  const id = known?.id ?? place;
  if (known === undefined) {
    connection.run(
      'INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[id, tenantNo, planId, part!.kind, part!.title, requestedBy, requestedAtMs, part!.parts, 0, 'draft'],
      ...[requestedBy, requestedAtMs],
    );
  }
  const first = connection.get<{ n: number }>('SELECT count(*) AS n FROM plan_items WHERE plan = ?', id)?.n ?? 0;
  for (const [index, item] of items.entries()) {
    const { kind, entity, side, recordId, field, value, seen, code } = item;
    connection.run(
      'INSERT INTO plan_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL)',
      ...[id, first + index, itemRequestId(planId ?? '', first + index), kind, entity, side, recordId, field, value],
      ...[seen, code, item.crmWrites, item.unleashedWrites, item.crmCalls, item.unleashedCalls],
    );
  }
  connection.run('UPDATE plans SET here = here + 1 WHERE id = ?', id);
}

/** Takes away plans whose first part is in a range of places that the topic no longer holds. */
export function prunePlans(connection: Connection, from: number, to: number): void {
  connection.run('DELETE FROM plan_items WHERE plan >= ? AND plan < ?', from, to);
  connection.run('DELETE FROM plans WHERE id >= ? AND id < ?', from, to);
}
