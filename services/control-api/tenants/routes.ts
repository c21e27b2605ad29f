/** The routes about tenants' configuration. Looking is open to all who may see the tenant; everything else is an admin's. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireTenant } from '../auth.ts';
import { BODY_BYTES_MAX, check, tenantIdSchema } from '../bodies.ts';
import { Problem } from '../problem.ts';
import { principalOf } from '../request-scope.ts';
import { requireMay } from '../roles.ts';
import { addBody, changeBody, checkBody, removalBody } from './bodies.ts';
import type { TenantDesk } from './desk.ts';

/** What these routes need of the rest of the service. */
export interface TenantServices {
  /** Orders about tenants. Throws Problem 503 while the service is starting. */
  tenantDesk(): TenantDesk;
}

/** Adds the routes; tokens have been looked at before. */
export function addTenantConfigurationRoutes(app: FastifyInstance, { tenantDesk }: TenantServices): void {
  const limits = { bodyLimit: BODY_BYTES_MAX };
  app.get('/tenant-configurations', async (request) => {
    const { tenants } = principalOf(request);
    return await tenantDesk().list((tenantId) => tenants === null || tenants.has(tenantId));
  });
  app.post('/tenant-checks', limits, async (request) => {
    adminOfAll(request, 'try credentials');
    return await tenantDesk().tryOut(check(checkBody, request.body, 'body').tenant);
  });
  app.post('/tenants', limits, async (request, reply) => {
    const by = adminOfAll(request, 'add tenants');
    const answer = await tenantDesk().add(check(addBody, request.body, 'body'), by);
    return await reply.code(answer.status === 'accepted' ? 200 : 202).send(answer);
  });
  app.get('/tenants/:tenantId/configuration', (request) => tenantDesk().show(mayKnow(request)));
  app.post('/tenants/:tenantId/check', limits, async (request) => {
    requireMay(principalOf(request), 'tenants');
    return await tenantDesk().tryAgain(mayKnow(request));
  });
  app.put('/tenants/:tenantId/configuration', limits, async (request, reply) => {
    requireMay(principalOf(request), 'tenants');
    const tenantId = mayKnow(request);
    const body = check(changeBody, request.body, 'body');
    const answer = await tenantDesk().change(tenantId, body, principalOf(request).subject);
    return await reply.code(answer.status === 'accepted' ? 200 : 202).send(answer);
  });
  app.post('/tenants/:tenantId/removal', limits, async (request, reply) => {
    requireMay(principalOf(request), 'tenants');
    const tenantId = mayKnow(request);
    const body = check(removalBody, request.body, 'body');
    const answer = await tenantDesk().remove(tenantId, body, principalOf(request).subject);
    return await reply.code(answer.status === 'accepted' ? 200 : 202).send(answer);
  });
}

/** The tenant of the path; it may be one that was removed. Throws Problem 404 for one that the principal may not know of. */
function mayKnow(request: FastifyRequest): string {
  const { tenantId } = request.params as { tenantId: string };
  const known = check(tenantIdSchema, tenantId, 'tenantId');
  requireTenant(principalOf(request), known);
  return known;
}

/** The subject, if it is an admin of all tenants: a new tenant is nobody's yet. */
function adminOfAll(request: FastifyRequest, what: string): string {
  const principal = principalOf(request);
  requireMay(principal, 'tenants');
  if (principal.tenants === null) return principal.subject;
  const message = `${principal.subject} may see certain tenants only and may not ${what}.`;
  throw new Problem(403, 'FORBIDDEN', message, { hint: 'Ask an admin of all tenants.' });
}
