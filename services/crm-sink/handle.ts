/** From a record of the command topic to an outcome: what the CRM adds to what both sinks share. */
import { type CrmClients, createOwnEvents, createUnreadWrites } from '#prospect-crm';
import { answersByKind, createBegunWrites, createCommandHandler, type Handle, type HandlerParts } from '#sink';
import { execute } from './core/execute.ts';
import { createCreationClaims } from './creation-claims.ts';

/** Makes the handler; see createCommandHandler for what it rejects with. */
export function createHandler(parts: HandlerParts & { clients: CrmClients }): Handle {
  const { clients, redis, clock, log } = parts;
  // None is read back to sample: crm-capture looks at every row that was written.
  const answersOf = answersByKind(null, parts.provedAfter);
  const claimsOf = createCreationClaims(redis, clock);
  const begunOf = createBegunWrites(redis, 'crm');
  return createCommandHandler(parts, {
    topic: 'sync.command.crm.v1',
    execute: (command, tenant, ports) =>
      execute(command, {
        ...ports,
        ...begunOf(tenant.id),
        ...claimsOf(tenant.id),
        ownEvents: createOwnEvents(redis, tenant.id),
        answers: answersOf(command),
        unread: createUnreadWrites(redis, tenant.id),
        onWrongAnswer: (fields) =>
          log.warn({ tenantId: tenant.id, fields }, 'a write did not store what it was sent; every write is read back'),
        api: clients.of(tenant),
      }),
  });
}
