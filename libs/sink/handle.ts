/** From a record of a command topic to an outcome on the outcome topic. */
import { type Codec, type Command, linkKey, type Outcome, type Setting, settingKey } from '#contracts';
import type { ConsumedRecord, GlobalTable, Hold, SerialProducer } from '#kafka';
import {
  type Clock,
  inSpan,
  type Log,
  type RedisStore,
  recordFacts,
  type Tenant,
  type TenantsWatch,
  type TraceSpan,
  TwoWayError,
  traced,
} from '#runtime';
import type { BegunWrites } from './begun.ts';
import type { CommandPorts } from './context.ts';
import type { SinkMetrics } from './metrics.ts';
import { isTrouble } from './verdict.ts';

/** A command for a tenant that the tenants file does not have. */
export class UnknownTenantError extends TwoWayError<'TENANT_UNKNOWN'> {
  constructor(tenantId: string) {
    super('TENANT_UNKNOWN', `No tenant ${tenantId} in the tenants file`, { retriable: false });
    this.name = 'UnknownTenantError';
  }
}

/** What handling needs of the rest of the service. */
export interface HandlerParts {
  codec: Codec;
  producer: Pick<SerialProducer, 'send'>;
  settings: Pick<GlobalTable<Setting>, 'get'>;
  tenants: TenantsWatch;
  redis: RedisStore;
  clock: Clock;
  log: Log;
  metrics: SinkMetrics;
  /** Writes of a field that must have proved right before an answer may stand for a read-back; see createWriteAnswers. */
  provedAfter?: number;
}

/** What differs from API to API. */
export interface Execution {
  /** Topic of the commands. */
  topic: 'sync.command.crm.v1' | 'sync.command.unleashed.v1';
  /** Carries out one command; `ports` is all of the outside world that the API has not to do with. */
  execute(command: Command, tenant: Tenant, ports: Omit<CommandPorts, keyof BegunWrites>): Promise<Outcome>;
}

/** Handles one record of the command topic. */
export type Handle = (record: ConsumedRecord, hold: Hold) => Promise<void>;

/**
 * Makes the handler. It rejects with CodecError for what cannot be decoded, UnknownTenantError, and retriable errors of
 * Redis and Kafka, or NotOursError, upon which the record is to be handed in again.
 */
export function createCommandHandler(parts: HandlerParts, { topic, execute }: Execution): Handle {
  const { codec, producer, tenants, clock, metrics } = parts;
  const failures = new Map<string, number>();

  async function tenantOf({ tenantId }: Command): Promise<Tenant> {
    if (tenants.tenant(tenantId) === undefined) await tenants.reread();
    const tenant = tenants.tenant(tenantId);
    if (tenant === undefined) throw new UnknownTenantError(tenantId);
    return tenant;
  }

  return (record, hold) => {
    const facts = recordFacts(record);
    return inSpan(`process ${topic}`, { kind: 'consumer', from: record.headers, facts }, (span) =>
      handle(record, hold, span),
    );
  };

  async function handle(record: ConsumedRecord, hold: Hold, span: TraceSpan): Promise<void> {
    const value = record.value ?? Buffer.alloc(0);
    const command = codec.decodeKnown(topic, value) ?? (await codec.decode(topic, value));
    const { tenantId } = command;
    span.add(factsOf(command));
    const outcome = await execute(command, await tenantOf(command), {
      setting: () => parts.settings.get(settingKey(tenantId)) ?? null,
      now: () => clock.now(),
      isOurs: () => hold.isOurs(),
      sleep: (ms) => clock.sleep(ms, hold.signal),
      failuresInARow: () => failures.get(tenantId) ?? 0,
    });
    if (isTrouble(outcome.code)) failures.set(tenantId, (failures.get(tenantId) ?? 0) + 1);
    else if (outcome.calls > 0) failures.delete(tenantId);
    span.add({ 'twoway.result': outcome.result, 'twoway.code': outcome.code, 'twoway.calls': outcome.calls });
    await producer.send(
      traced({
        topic: 'sync.outcome.v1',
        partition: record.partition,
        key: linkKey(outcome.tenantId, outcome.entity, outcome.linkId),
        value: codec.encode('sync.outcome.v1', outcome),
      }),
    );
    metrics.outcome(outcome);
    report(parts.log, command, outcome);
  }
}

function factsOf({ tenantId, commandId, entity, op, targetId }: Command) {
  const facts = { 'twoway.tenant': tenantId, 'twoway.command': commandId, 'twoway.entity': entity, 'twoway.op': op };
  // Blank for a record that is to be made.
  return targetId === '' ? facts : { ...facts, 'twoway.record': targetId };
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
