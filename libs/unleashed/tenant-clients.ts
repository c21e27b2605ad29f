/** One client of Unleashed per tenant. */
import { createClientsByTenant, type TenantClients, type TenantClientsOptions } from '#http-api';
import { createUnleashedClient, type UnleashedClient } from './client.ts';

/** Clients by tenant. */
export type UnleashedClients = TenantClients<UnleashedClient>;

/** Makes the collection; no connection is opened yet. */
export function createUnleashedClients(options: TenantClientsOptions): UnleashedClients {
  return createClientsByTenant(options, {
    side: 'unleashed',
    accessOf: ({ unleashed }) => JSON.stringify([unleashed.baseUrl, unleashed.apiId, unleashed.apiKey.reveal()]),
    make: ({ unleashed }, common) =>
      createUnleashedClient({
        ...common,
        baseUrl: unleashed.baseUrl,
        apiId: unleashed.apiId,
        apiKey: unleashed.apiKey.reveal(),
        clientType: options.caller,
      }),
  });
}
