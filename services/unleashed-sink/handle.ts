/** From a record of the command topic to an outcome: what Unleashed adds to what both sinks share. */
import { answersByKind, createBegunWrites, createCommandHandler, type Handle, type HandlerParts } from '#sink';
import { createEchoes, DEFAULT_CONTACT_PHONE_KEY, type UnleashedClients } from '#unleashed';
import { execute } from './core/execute.ts';
import { createShownRecords } from './shown-records.ts';

/** One answer in so many is read back although it would count. */
const SAMPLE_EVERY = 16;

/** Makes the handler; see createCommandHandler for what it rejects with. */
export function createHandler(parts: HandlerParts & { clients: UnleashedClients }): Handle {
  const { clients, redis, log } = parts;
  const answersOf = answersByKind(SAMPLE_EVERY, parts.provedAfter);
  const begunOf = createBegunWrites(redis, 'unleashed');
  return createCommandHandler(parts, {
    topic: 'sync.command.unleashed.v1',
    execute: (command, tenant, ports) =>
      execute(command, {
        ...ports,
        ...begunOf(tenant.id),
        ...createShownRecords(redis, tenant.id),
        noteWrite: createEchoes(redis, tenant.id).noteWrite,
        answers: answersOf(command),
        onWrongAnswer: (fields) =>
          log.warn({ tenantId: tenant.id, fields }, 'a write answered what was not stored; every write is read back'),
        phoneKey: DEFAULT_CONTACT_PHONE_KEY,
        api: clients.of(tenant),
      }),
  });
}
