/** Who asks, and about which tenant: what every route begins with. */
import type { FastifyRequest } from 'fastify';
import type { Tenant } from '#contracts';
import { noSuchTenant, requireTenant } from './auth.ts';
import type { Principal } from './authority/principal.ts';
import { check, tenantIdSchema } from './bodies.ts';

/** Tenants as published. */
export interface TenantLookup {
  readonly tenants: { get(tenantId: string): Tenant | undefined };
}

/** Who asks; set by the hook that lets nobody in without a token. */
export function principalOf(request: FastifyRequest): Principal {
  return request.getDecorator<Principal>('principal');
}

/** The tenant of the path. Throws Problem 404 when there is none, or none that the principal may know of. */
export function tenantOf(request: FastifyRequest, { tenants }: TenantLookup): Tenant {
  const { tenantId: given } = request.params as { tenantId: string };
  const tenantId = check(tenantIdSchema, given, 'tenantId');
  requireTenant(principalOf(request), tenantId);
  const tenant = tenants.get(tenantId);
  if (tenant === undefined) throw noSuchTenant(tenantId);
  return tenant;
}
