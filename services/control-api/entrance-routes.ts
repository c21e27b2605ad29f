/** How people get in: links with a code that works once, sessions that are renewed, and tokens for the panel of a contact. */
import type { FastifyInstance } from 'fastify';
import type { Tenant } from '#contracts';
import { notTaken } from './authority/refusals.ts';
import type { IssuedToken, SessionTokens } from './authority/session-tokens.ts';
import type { SignInCodes } from './authority/sign-in-codes.ts';
import { BODY_BYTES_MAX, check } from './bodies.ts';
import { panelTokenBody, signInBody } from './entrance-schemas.ts';
import { principalOf, type TenantLookup, tenantOf } from './request-scope.ts';
import { requireMay } from './roles.ts';

/** Who gives tokens. */
export interface Entrance {
  readonly sessions: SessionTokens;
  readonly codes: SignInCodes;
}

/** What these routes need of the rest of the service. */
export interface EntranceServices extends TenantLookup {
  readonly entrance: Entrance;
}

/** Adds the routes. Only that which takes a code is open: the code is its authority. */
export function addEntranceRoutes(app: FastifyInstance, services: EntranceServices): void {
  app.post('/sign-in', { config: { open: true }, bodyLimit: BODY_BYTES_MAX }, async (request) => {
    const { code } = check(signInBody, request.body, 'body');
    const { sessions, codes } = services.entrance;
    return tokenView(await sessions.issue(codes.redeem(code)));
  });
  app.post('/session/renew', { config: { panel: true } }, async (request) =>
    tokenView(await services.entrance.sessions.renew(principalOf(request))),
  );
  app.post('/sign-in-links', (request) => {
    const who = principalOf(request);
    // A token that ends must not turn into a session that outlives it.
    if (who.expiresAtMs !== undefined) throw notTaken('Only the token of a program may make sign-in links.', 403);
    const { code, expiresAtMs } = services.entrance.codes.issue(who);
    return { code, path: `/#code=${code}`, expiresAt: new Date(expiresAtMs).toISOString() };
  });
  app.post('/tenants/:tenantId/embed-tokens', { bodyLimit: BODY_BYTES_MAX }, async (request) => {
    const maker = principalOf(request);
    requireMay(maker, 'embed-token');
    const tenant: Tenant = tenantOf(request, services);
    const { contactId, user } = check(panelTokenBody, request.body, 'body');
    const { tenantId } = tenant;
    const issued = await services.entrance.sessions.issue({
      // Whoever reads who ordered something sees that a program said who it was.
      subject: `${user} (panel)`,
      role: 'sales',
      tenants: new Set([tenantId]),
      panel: { tenantId, contactId },
    });
    const page = `/embed/contact/${tenantId}/${encodeURIComponent(contactId)}`;
    return { ...tokenView(issued), path: `${page}#token=${issued.token}` };
  });
}

function tokenView({ token, expiresAtMs }: IssuedToken) {
  return { token, expiresAt: new Date(expiresAtMs).toISOString() };
}
