/** Plans as text for people at a terminal. */
import { PLAN_KINDS } from '../../control-api/plans/plan-body.ts';
import type { PlanAnswer, PlanItemsAnswer, PlansAnswer } from '../../control-api/read-model/plan-answers.ts';
import { plainTable } from '../table.ts';

/** All plans of a tenant, and what waits for one. */
export function showPlans({ plans, waiting }: PlansAnswer, tenant: string): string {
  const groups = waiting.map(
    ({ kind, count, sentence }) => `${count} records wait: ${sentence} Plan it with: twoway plan ${tenant} ${kind}`,
  );
  const rows = plans.map(({ planId, title, state, given, toGive, by }) => [
    planId,
    title,
    state,
    `${given} of ${toGive}`,
    by,
  ]);
  const list =
    rows.length === 0
      ? `No plan yet. What can be planned: ${PLAN_KINDS.join(', ')}.`
      : plainTable(rows, ['Plan', 'What', 'State', 'Orders given', 'By']);
  return [...groups, list].join('\n');
}

/** One plan of a tenant: what it means, how far it is, why not all. */
export function showPlan(plan: PlanAnswer, tenant: string): string {
  const { planId, title, state, toGive, counts, writes, calls, minutes, reasons } = plan;
  const stand = Object.entries(counts).flatMap(([name, n]) => (n > 0 ? [`${n} ${name}`] : []));
  return [
    `${title} (${state}): ${planId}`,
    `${toGive} orders: ${stand.join(', ')}`,
    `${writes.crm} values to the CRM, ${writes.unleashed} to Unleashed; about ${calls.crm} and ${calls.unleashed} calls, ${minutes} minutes.`,
    ...reasons.map(({ state: how, sentence, count }) => `${count} ${how}: ${sentence}`),
    ...(state === 'draft' ? [`Nothing is ordered yet. Approve it with: twoway apply ${tenant} ${planId}`] : []),
  ].join('\n');
}

/** The orders of a plan. */
export function showPlanItems({ items, next }: PlanItemsAnswer): string {
  const rows = items.map(({ number, name, kind, state, writes, sentence }) => {
    const what = writes.map(
      ({ side, field, from, to }) => `${side} ${field}: ${from || '(blank)'} → ${to || '(blank)'}`,
    );
    return [`${number}`, name, kind, state, what.length > 0 ? what.join('; ') : sentence];
  });
  return `${plainTable(rows, ['No', 'Record', 'Order', 'State', 'What is written, or why not'])}${next === null ? '' : '\n… and more'}`;
}
