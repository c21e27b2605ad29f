/** The routes about plans. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v4 as randomId, v5 } from 'uuid';
import type { Decision, Request, Tenant } from '#contracts';
import { requireAccepted } from '../answer.ts';
import { check } from '../bodies.ts';
import { Problem } from '../problem.ts';
import { isTaken } from '../read-model/plan-writer.ts';
import { findPlan, listPlanItems, listPlans, showPlan } from '../read-model/plans.ts';
import type { Asked } from '../read-model/question.ts';
import { pageQuery } from '../read-queries.ts';
import { problemOf } from '../read-routes.ts';
import type { RequestHead } from '../request-record.ts';
import { principalOf, type TenantLookup, tenantOf } from '../request-scope.ts';
import { requireMay } from '../roles.ts';
import { planRequest, planRequests, titleOf } from './make-plan.ts';
import { PLAN_BODY_BYTES_MAX, planBody, planItemsQuery, planOrderBody, planPath } from './plan-body.ts';
import { selectOrders } from './select-orders.ts';

/** What these routes need of the rest of the service. */
export interface PlanServices extends TenantLookup {
  /** What questions about a tenant are asked with; throws NotBuiltError. */
  ask(tenantId: string): Asked;
  /** Writes a request and waits for the decision on it; null when that does not come within `timeoutMs`. */
  submit(request: Request, timeoutMs: number): Promise<Decision | null>;
  /** Writes a request without waiting for what becomes of it. */
  send(request: Request): Promise<void>;
  nowMs(): number;
  readonly answerTimeoutMs: number;
}

/** Namespace of ids of plans that came with a key; not to be changed. */
const PLAN_NAMESPACE = 'b7e4a9f2-3d6c-4e18-a05b-6c2f9d1e7a34';
/** How often it is looked whether what was ordered shows, milliseconds. */
const LOOK_EVERY_MS = 50;

/** Adds the routes; tokens have been looked at before. `headOf`: what every request has. */
export function addPlanRoutes(
  app: FastifyInstance,
  services: PlanServices,
  headOf: (request: FastifyRequest, tenantId: string) => RequestHead,
): void {
  /** A route of a tenant: what cannot be answered becomes a problem. */
  const answering =
    (answer: (request: FastifyRequest, tenant: Tenant, reply: FastifyReply) => unknown) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const tenant = tenantOf(request, services);
      try {
        return await answer(request, tenant, reply);
      } catch (error) {
        throw problemOf(error);
      }
    };
  const pathOf = (request: FastifyRequest): string => check(planPath, request.params, 'path').planId;
  const shown = (tenant: Tenant, planId: string) =>
    showPlan(services.ask(tenant.tenantId), planId, tenant.monthlyCalls) ?? noSuchPlan(planId);

  app.get(
    '/tenants/:tenantId/plans',
    answering((request, { tenantId }) => listPlans(services.ask(tenantId), check(pageQuery, request.query, 'query'))),
  );
  app.get(
    '/tenants/:tenantId/plans/:planId',
    answering((request, tenant) => shown(tenant, pathOf(request))),
  );
  app.get(
    '/tenants/:tenantId/plans/:planId/items',
    answering(async (request, { tenantId }) => {
      const query = check(planItemsQuery, request.query, 'query');
      const planId = pathOf(request);
      return (await listPlanItems(services.ask(tenantId), planId, query, services.nowMs())) ?? noSuchPlan(planId);
    }),
  );

  app.post(
    '/tenants/:tenantId/plans',
    { bodyLimit: PLAN_BODY_BYTES_MAX },
    answering(async (request, tenant, reply) => {
      const body = check(planBody, request.body, 'body');
      requireMay(principalOf(request), body.kind);
      const asked = services.ask(tenant.tenantId);
      const { requestId, requestedBy, nowMs } = headOf(request, tenant.tenantId);
      const planId = request.headers['idempotency-key'] === undefined ? randomId() : v5(requestId, PLAN_NAMESPACE);
      if (findPlan(asked, planId) !== undefined) return shown(tenant, planId);
      const { orders, more } = await selectOrders(asked, body);
      const wanted = { planId, kind: body.kind, title: titleOf(body.kind, body.reason, more), requestedBy, orders };
      const parts = await planRequests(asked, wanted, nowMs);
      const last = parts.pop();
      if (last === undefined) {
        throw new Problem(409, 'NOTHING_TO_DO', 'There is nothing that such a plan would order.', {
          hint: 'Look again: what it was about is settled, or gone.',
        });
      }
      for (const part of parts) await services.send(part);
      return await carryOut(
        reply,
        tenant,
        planId,
        last,
        () => findPlan(services.ask(tenant.tenantId), planId) !== undefined,
      );
    }),
  );
  app.post(
    '/tenants/:tenantId/plans/:planId/orders',
    { bodyLimit: PLAN_BODY_BYTES_MAX },
    answering(async (request, tenant, reply) => {
      const body = check(planOrderBody, request.body, 'body');
      const planId = pathOf(request);
      const plan = findPlan(services.ask(tenant.tenantId), planId) ?? noSuchPlan(planId);
      requireMay(principalOf(request), plan.kind as Parameters<typeof requireMay>[1]);
      const kind = `${body.kind}-plan`;
      // As it is shown: the last order of a plan ends it without anybody saying so.
      const { state } = shown(tenant, planId);
      if (!isTaken(kind, state)) {
        throw new Problem(409, 'REFUSED', `The plan is ${state}: there is nothing to ${body.kind}.`, {
          hint: 'Look again: it is further than you have seen.',
        });
      }
      const { requestId, requestedBy, nowMs } = headOf(request, tenant.tenantId);
      const order = planRequest(tenant.tenantId, { planId, requestedBy }, kind, requestId, nowMs);
      const leftOut = body.kind === 'approve' ? [...new Set(body.leaveOut ?? [])] : [];
      const isShown = (): boolean => !isTaken(kind, findPlan(services.ask(tenant.tenantId), planId)?.state ?? '');
      return await carryOut(reply, tenant, planId, { ...order, leftOut }, isShown);
    }),
  );

  /** Orders it, and waits within bounds until it shows; it is looked for at least once. */
  async function carryOut(
    reply: FastifyReply,
    tenant: Tenant,
    planId: string,
    order: Request,
    isShown: () => boolean,
  ): Promise<unknown> {
    const endsAtMs = performance.now() + services.answerTimeoutMs;
    const decision = await services.submit(order, services.answerTimeoutMs);
    if (decision !== null) requireAccepted(decision);
    for (;;) {
      if (isShown()) return shown(tenant, planId);
      if (performance.now() >= endsAtMs) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    reply.code(202);
    return findPlan(services.ask(tenant.tenantId), planId) === undefined ? { planId } : shown(tenant, planId);
  }
}

function noSuchPlan(planId: string): never {
  throw new Problem(404, 'NOT_FOUND', `There is no plan ${planId}.`, { hint: 'Choose one from the list of plans.' });
}
