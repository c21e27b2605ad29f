/** From a record of the command topic to an outcome on the outcome topic. */
import { type Codec, type Command, linkKey, type Outcome, type Setting, settingKey } from '#contracts';
import type { ConsumedRecord, GlobalTable, SerialProducer } from '#kafka';
import type { CrmClients } from '#prospect-crm';
import { type Clock, type Log, type RedisStore, type TenantsWatch, TwoWayError } from '#runtime';

import { execute } from './core/execute.ts';
import { isTrouble } from './core/failures.ts';
import type { SinkPorts } from './core/ports.ts';
import { createSinkMemory } from './memory.ts';
import type { SinkMetrics } from './metrics.ts';

/** A command for a tenant that the tenants file does not have. */
export class UnknownTenantError extends TwoWayError<'TENANT_UNKNOWN'> {
  constructor(tenantId: string) {
    super('TENANT_UNKNOWN', `No tenant ${tenantId} in the tenants file`, { retriable: false });
    this.name = 'UnknownTenantError';
  }
}

/** What handling needs. */
export interface HandlerOptions {
  codec: Codec;
  producer: SerialProducer;
  settings: Pick<GlobalTable<Setting>, 'get'>;
  tenants: TenantsWatch;
  clients: CrmClients;
  redis: RedisStore;
  clock: Clock;
  log: Log;
  metrics: SinkMetrics;
}

/**
 * Makes the handler. It rejects with CodecError for what cannot be decoded, UnknownTenantError, and retriable errors of
 * Redis and Kafka, upon which the record is to be handed in again.
 */
export function createHandler(options: HandlerOptions): (record: ConsumedRecord, signal: AbortSignal) => Promise<void> {
  const { codec, producer, tenants, clock, metrics } = options;
  const failures = new Map<string, number>();

  async function portsFor(command: Command, signal: AbortSignal): Promise<SinkPorts> {
    const { tenantId } = command;
    if (tenants.tenant(tenantId) === undefined) await tenants.reread();
    const tenant = tenants.tenant(tenantId);
    if (tenant === undefined) throw new UnknownTenantError(tenantId);
    return {
      api: options.clients.of(tenant),
      setting: () => options.settings.get(settingKey(tenantId)) ?? null,
      now: () => clock.now(),
      sleep: (ms) => clock.sleep(ms, signal),
      ...createSinkMemory(options.redis, tenantId, clock),
      failuresInARow: () => failures.get(tenantId) ?? 0,
    };
  }

  return async (record, signal) => {
    const command = await decode(codec, record);
    const outcome = await execute(command, await portsFor(command, signal));
    if (isTrouble(outcome.code)) failures.set(command.tenantId, (failures.get(command.tenantId) ?? 0) + 1);
    else if (outcome.calls > 0) failures.delete(command.tenantId);
    await producer.send({
      topic: 'sync.outcome.v1',
      partition: record.partition,
      key: linkKey(outcome.tenantId, outcome.entity, outcome.linkId),
      value: codec.encode('sync.outcome.v1', outcome),
    });
    metrics.outcome(outcome);
    report(options.log, command, outcome);
  };
}

async function decode(codec: Codec, record: ConsumedRecord): Promise<Command> {
  const value = record.value ?? Buffer.alloc(0);
  return codec.decodeKnown('sync.command.crm.v1', value) ?? (await codec.decode('sync.command.crm.v1', value));
}

/** Values stay out of the log: they are people's names and addresses. */
function report(log: Log, command: Command, outcome: Outcome): void {
  const { result, code, scope, calls, startedAtMs, finishedAtMs } = outcome;
  const fields = outcome.fields.map((field) => `${field.field}:${field.result}`);
  const line = {
    tenantId: command.tenantId,
    commandId: command.commandId,
    op: command.op,
    result,
    code,
    scope,
    fields,
    calls,
    durationMs: finishedAtMs - startedAtMs,
  };
  const isQuiet = result === 'applied' && code === 'ok';
  if (isQuiet) log.debug(line, 'command carried out');
  else if (code === 'other-field-drift')
    log.warn({ ...line, drift: outcome.message }, 'other fields changed during a write');
  else log.info(line, 'command answered');
}
