/** From a record of the command topic to an outcome: what Unleashed adds to what both sinks share. */
import { createBegunWrites, createCommandHandler, type Handle, type HandlerParts } from '#sink';
import { DEFAULT_CONTACT_PHONE_KEY, type UnleashedClients } from '#unleashed';
import { execute } from './core/execute.ts';
import { createShownRecords } from './shown-records.ts';

/** Makes the handler; see createCommandHandler for what it rejects with. */
export function createHandler(parts: HandlerParts & { clients: UnleashedClients }): Handle {
  const { clients, redis } = parts;
  return createCommandHandler(parts, {
    topic: 'sync.command.unleashed.v1',
    execute: (command, tenant, ports) =>
      execute(command, {
        ...ports,
        ...createBegunWrites(redis, tenant.id, 'unleashed'),
        ...createShownRecords(redis, tenant.id),
        phoneKey: DEFAULT_CONTACT_PHONE_KEY,
        api: clients.of(tenant),
      }),
  });
}
