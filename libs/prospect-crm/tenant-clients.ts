/** One client of the CRM per tenant. */
import { createClientsByTenant, type TenantClients, type TenantClientsOptions } from '#http-api';
import { type CrmClient, createCrmClient } from './client.ts';

/** Clients by tenant. */
export type CrmClients = TenantClients<CrmClient>;

/** Makes the collection; no connection is opened yet. */
export function createCrmClients(options: TenantClientsOptions): CrmClients {
  return createClientsByTenant(options, {
    side: 'crm',
    accessOf: ({ prospect }) => JSON.stringify([prospect.baseUrl, prospect.token.reveal()]),
    make: ({ prospect }, common) =>
      createCrmClient({
        ...common,
        baseUrl: prospect.baseUrl,
        token: prospect.token.reveal(),
        userAgent: options.caller,
      }),
  });
}
