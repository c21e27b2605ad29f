/** From a record of the command topic to an outcome: what the CRM adds to what both sinks share. */
import type { CrmClients } from '#prospect-crm';
import { createBegunWrites, createCommandHandler, type Handle, type HandlerParts } from '#sink';
import { execute } from './core/execute.ts';
import { createCreationClaims } from './creation-claims.ts';

/** Makes the handler; see createCommandHandler for what it rejects with. */
export function createHandler(parts: HandlerParts & { clients: CrmClients }): Handle {
  const { clients, redis, clock } = parts;
  return createCommandHandler(parts, {
    topic: 'sync.command.crm.v1',
    execute: (command, tenant, ports) =>
      execute(command, {
        ...ports,
        ...createBegunWrites(redis, tenant.id, 'crm'),
        ...createCreationClaims(redis, tenant.id, clock),
        api: clients.of(tenant),
      }),
  });
}
