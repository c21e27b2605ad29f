/** The routes under /v1. Each answers problem+json for anything but success, and nothing without a token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v4 as randomId } from 'uuid';
import type { Alert, Decision, Freshness, Lane, Progress, Request, Setting, Side, Tenant } from '#contracts';
import { isRetriable } from '#runtime';
import { requireAccepted } from './answer.ts';
import type { Authenticator } from './auth.ts';
import { notTaken } from './authority/refusals.ts';
import { BODY_BYTES_MAX, check, idempotencyKeySchema, optionsQuery, requestBody, settingsBody } from './bodies.ts';
import { addEntranceRoutes, type EntranceServices } from './entrance-routes.ts';
import { addGuards, identify, type RequestLimits } from './guard.ts';
import { type HealthView, healthOf } from './health.ts';
import { addEventRoutes, type EventServices } from './live/event-routes.ts';
import { openApiDocument } from './openapi.ts';
import { addPanelRoutes } from './panel-routes.ts';
import { addPlanRoutes } from './plans/plan-routes.ts';
import { Problem, problemBody } from './problem.ts';
import { NotBuiltError } from './read-model/read-model.ts';
import { overviewOf } from './read-model/summary.ts';
import { dayOf } from './read-model/trends.ts';
import { addReadRoutes, askReadModel, type ReadServices } from './read-routes.ts';
import { requestIdOf } from './request-id.ts';
import { orderRequest, type RequestHead, settingsRequest } from './request-record.ts';
import { principalOf, tenantOf } from './request-scope.ts';
import { actionsOf, requireMay } from './roles.ts';
import { findOptions } from './setting-options.ts';
import { addTenantConfigurationRoutes, type TenantServices } from './tenants/routes.ts';
import { settingsView, tenantView } from './views.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    readonly open?: boolean;
    /** The panel of a contact may use it. */
    readonly panel?: boolean;
  }
}

/** What the routes need of the rest of the service. */
export interface RouteServices extends ReadServices, TenantServices, EntranceServices, EventServices {
  readonly auth: Authenticator;
  /** All tenants as published, and one. */
  readonly tenants: { all(): Tenant[]; get(tenantId: string): Tenant | undefined };
  /** Present settings, and a wait for settings to come; null when they do not come in time. */
  readonly settings: {
    get(tenantId: string): Setting | undefined;
    until(tenantId: string, condition: (setting: Setting) => boolean, timeoutMs: number): Promise<Setting | null>;
  };
  /** The lanes of a tenant that ever changed. */
  readonly lanes: { of(tenantId: string): Lane[] };
  /** How far the sides of a tenant were read, how fresh its directions are, and its incidents. */
  readonly progress: { of(tenantId: string, side: Side): Progress | undefined };
  readonly freshness: { of(tenantId: string, side: Side): Freshness | undefined };
  readonly alerts: { of(tenantId: string): Alert[] };
  /** Writes a request and waits for the decision on it; null when that does not come within `timeoutMs`. */
  submit(request: Request, timeoutMs: number): Promise<Decision | null>;
  /** Writes a request without waiting for what becomes of it. */
  send(request: Request): Promise<void>;
  /** Our clock, milliseconds since the epoch. */
  nowMs(): number;
  /** How often somebody may ask. */
  readonly limits: RequestLimits;
  /** How long a request may wait for the processor's answer before 202 is given, milliseconds. */
  readonly answerTimeoutMs: number;
}

/** Adds the routes to a server. */
export async function registerRoutes(server: FastifyInstance, services: RouteServices): Promise<void> {
  await server.register(
    (app, _options, done) => {
      app.setErrorHandler((error, _request, reply) => answerError(error, reply));
      addGuards(app, services.auth, services.limits);
      // Guards are put on routes that are added after them.
      void app.after(() => addRoutes(app, services));
      done();
    },
    { prefix: '/v1' },
  );
}

function addRoutes(app: FastifyInstance, services: RouteServices): void {
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) =>
    sendProblem(reply, new Problem(404, 'NOT_FOUND', `There is nothing at ${request.method} ${pathOf(request)}.`)),
  );
  app.decorateRequest('principal', null);
  // After the limits, before the body is read.
  app.addHook('preParsing', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { open = false, panel = false } = request.routeOptions.config;
    if (open) return;
    const who = await identify(request, services.auth);
    if (who.panel !== undefined && !panel)
      throw notTaken('The panel of a contact may do nothing but show its button.', 403);
    request.setDecorator('principal', who);
  });
  addOwnRoutes(app);
  addTenantRoutes(app, services);
  addOrderRoutes(app, services);
  addReadRoutes(app, services);
  addTenantConfigurationRoutes(app, services);
  addEntranceRoutes(app, services);
  addEventRoutes(app, services);
  addPanelRoutes(app, {
    tenants: services.tenants,
    ask: (tenantId) => services.ask(tenantId),
    order: (request, reply, tenantId, body) =>
      carryOut(reply, services, orderRequest(headOf(request, tenantId, services), body), {
        mustHold: false,
        aboutRecord: true,
      }),
  });
  addPlanRoutes(app, services, (request, tenantId) => headOf(request, tenantId, services));
}

/** What is about the API itself. */
function addOwnRoutes(app: FastifyInstance): void {
  app.get('/openapi.json', () => openApiDocument());
  app.get('/me', (request) => {
    const { subject, role, tenants } = principalOf(request);
    return { subject, role, tenants: tenants === null ? null : [...tenants], may: actionsOf(role) };
  });
}

function addTenantRoutes(app: FastifyInstance, services: RouteServices): void {
  app.get('/tenants', (request) => ({
    tenants: seenBy(request, services).map((tenant) => viewOf(tenant, services)),
  }));
  app.get('/overview', (request) => ({
    tenants: seenBy(request, services).map((tenant) => healthViewOf(tenant, services)),
  }));
  app.get('/trends', (request) => {
    const ids = seenBy(request, services).map(({ tenantId }) => tenantId);
    const [first] = ids;
    if (first === undefined) return { day: [] };
    return askReadModel(() => ({ day: dayOf(services.ask(first).connection, ids, services.nowMs()) }));
  });
  app.get('/tenants/:tenantId/health', (request) => healthViewOf(tenantOf(request, services), services));
  app.get('/tenants/:tenantId', (request) => viewOf(tenantOf(request, services), services));
  app.get('/tenants/:tenantId/settings', (request) => settingsView(settingOf(request, services)));
  app.get('/tenants/:tenantId/settings/options', (request) => {
    const setting = settingOf(request, services);
    const { search } = check(optionsQuery, request.query, 'query');
    return { options: findOptions(search, setting) };
  });
}

/** The settings of the tenant that the path names. Throws Problem 503 while they are not there yet. */
function settingOf(request: FastifyRequest, services: RouteServices): Setting {
  const { tenantId } = tenantOf(request, services);
  const setting = services.settings.get(tenantId);
  if (setting !== undefined) return setting;
  throw new Problem(503, 'NOT_READY', 'The tenant is new and its settings are not there yet.', {
    headers: { 'retry-after': '1' },
  });
}

function addOrderRoutes(app: FastifyInstance, services: RouteServices): void {
  app.put('/tenants/:tenantId/settings', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    requireMay(principalOf(request), 'settings');
    const { tenantId } = tenantOf(request, services);
    const body = check(settingsBody, request.body, 'body');
    const order = settingsRequest(headOf(request, tenantId, services), body);
    return await carryOut(reply, services, order, { mustHold: body.enabled === false, aboutRecord: false });
  });
  app.post('/tenants/:tenantId/requests', { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const { tenantId } = tenantOf(request, services);
    const body = check(requestBody, request.body, 'body');
    requireMay(principalOf(request), body.kind);
    const order = orderRequest(headOf(request, tenantId, services), body);
    const aboutRecord = 'recordId' in body && body.recordId !== undefined;
    return await carryOut(reply, services, order, { mustHold: body.kind === 'pause' && !aboutRecord, aboutRecord });
  });
}

/** Writes the request and waits for what becomes of it, within bounds. */
async function carryOut(
  reply: FastifyReply,
  services: RouteServices,
  order: Request,
  options: { mustHold: boolean; aboutRecord: boolean },
): Promise<unknown> {
  const endsAtMs = performance.now() + services.answerTimeoutMs;
  const decision = await services.submit(order, services.answerTimeoutMs);
  const { requestId } = order;
  if (decision === null) {
    reply.code(202);
    return {
      requestId,
      status: 'pending',
      detail: 'The request is kept and will be decided; it takes longer than usual.',
    };
  }
  requireAccepted(decision);
  if (options.aboutRecord) return { requestId, status: 'accepted' };
  const { settingVersion } = decision;
  const isThere = (setting: Setting): boolean =>
    setting.version >= settingVersion && (setting.holds || !options.mustHold);
  const leftMs = Math.max(0, endsAtMs - performance.now());
  const setting = await services.settings.until(order.tenantId, isThere, leftMs);
  if (setting !== null) return { requestId, status: 'accepted', settings: settingsView(setting) };
  reply.code(202);
  return {
    requestId,
    status: 'accepted-not-in-force',
    detail: 'The request was accepted. Writes that began before it may still end; ask again for when it holds.',
  };
}

/** The tenants that somebody may see, by their ids. */
function seenBy(request: FastifyRequest, { tenants }: RouteServices): Tenant[] {
  const { tenants: allowed } = principalOf(request);
  const seen = tenants.all().filter(({ tenantId }) => allowed === null || allowed.has(tenantId));
  return seen.sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
}

function healthViewOf(tenant: Tenant, services: RouteServices): HealthView {
  const { tenantId } = tenant;
  const setting = services.settings.get(tenantId);
  const closed = services.lanes.of(tenantId).filter(({ state }) => state !== 'open');
  return healthOf({
    tenant,
    setting,
    states: statesOf(tenantId, services),
    closed: new Set([...closed.map(({ side }) => side), ...(setting?.pausedSides ?? [])]),
    progressOf: (side) => services.progress.of(tenantId, side),
    freshnessOf: (side) => services.freshness.of(tenantId, side),
    alerts: services.alerts.of(tenantId),
    nowMs: services.nowMs(),
  });
}

function statesOf(tenantId: string, { ask }: RouteServices): HealthView['states'] {
  try {
    return overviewOf(ask(tenantId)).states;
  } catch (error) {
    if (error instanceof NotBuiltError) return null;
    throw error;
  }
}

function viewOf(tenant: Tenant, services: RouteServices): unknown {
  const { tenantId } = tenant;
  return tenantView(tenant, services.settings.get(tenantId), services.lanes.of(tenantId));
}

function headOf(request: FastifyRequest, tenantId: string, services: RouteServices): RequestHead {
  const key = request.headers['idempotency-key'];
  const { subject } = principalOf(request);
  return {
    requestId:
      key === undefined
        ? randomId()
        : requestIdOf(tenantId, subject, check(idempotencyKeySchema, key, 'Idempotency-Key')),
    tenantId,
    requestedBy: subject,
    nowMs: services.nowMs(),
  };
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 200);
}

/** What this API answers itself; everything else goes on to the server's own handler, which logs what was not foreseen. */
function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof Problem) return sendProblem(reply, error);
  const foreseen = error instanceof Error && 'statusCode' in error;
  if (foreseen || !isRetriable(error)) throw error;
  return sendProblem(
    reply,
    new Problem(503, 'NOT_READY', 'A server behind this one does not answer.', {
      hint: 'Try again; with the same Idempotency-Key nothing is done twice.',
      headers: { 'retry-after': '1' },
    }),
  );
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(problemBody(problem));
}
