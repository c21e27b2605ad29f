/** crm-sink: carries out commands on the CRM and answers each with one outcome. */
import { createCodec, tenantOfKey } from '#contracts';
import { createGlobalTable, createSerialProducer, createSinkConsumer } from '#kafka';
import { createCrmClients } from '#prospect-crm';
import { createRedisQuota } from '#quota';
import {
  createRedis,
  kafkaClientConfig,
  registryClientConfig,
  retry,
  runService,
  startHttpServer,
  systemClock,
  watchTenants,
} from '#runtime';

import { readConfig } from './config.ts';
import { createHandler } from './handle.ts';
import { createSinkMetrics } from './metrics.ts';
import { createQuarantine } from './quarantine.ts';

const SERVICE = 'crm-sink';
/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;

await runService(SERVICE, async (service) => {
  const { log, signal } = service;
  const config = readConfig(process.env);
  const { topicPrefix } = config.service;
  const metrics = createSinkMetrics(service.metrics);
  const clock = systemClock;

  const redis = createRedis(config.redis, log, { name: SERVICE });
  service.closeWith('redis', () => redis.close());
  const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
  await retry(() => codec.prepare(['sync.outcome.v1', 'sync.quarantine.v1']), {
    triesMax: 1_000,
    deadlineMs: SCHEMAS_DEADLINE_MS,
    signal,
  });

  const kafka = kafkaClientConfig(config.kafka, { clientId: SERVICE, log });
  const producer = await createSerialProducer({ kafka, topicPrefix });
  service.closeWith('producer', () => producer.close());

  const tenants = await watchTenants({
    path: config.tenants.path,
    log,
    metrics: service.metrics,
    onChange: async ({ removed }) => {
      for (const { id } of removed) await clients.remove(id);
    },
  });
  service.closeWith('tenants file', () => tenants.close());
  const quota = createRedisQuota({ redis, monthlyCallsOf: (id) => tenants.tenant(id)?.unleashed.monthlyCalls });
  const clients = createCrmClients({
    quota,
    userAgent: `two-way-sync/${SERVICE}`,
    onCall: metrics.call,
    onBudgetError: (tenantId, error) => log.warn({ tenantId, err: error }, 'the call budget could not be told'),
  });
  service.closeWith('connections to the CRM', () => clients.close());

  const settings = createGlobalTable({
    kafka,
    topic: 'sync.setting.v1',
    topicPrefix,
    decode: (record) => codec.decode('sync.setting.v1', record.value ?? Buffer.alloc(0)),
    onUndecodable: (record, error) =>
      log.error({ partition: record.partition, offset: String(record.offset), err: error }, 'settings not readable'),
  });
  service.closeWith('settings', () => settings.stop());

  const options = { codec, producer, settings, tenants, clients, redis, clock, log, metrics };
  const handle = createHandler(options);
  const sink = createSinkConsumer({
    kafka,
    groupId: `${topicPrefix}${SERVICE}`,
    topicPrefix,
    topics: ['sync.command.crm.v1'],
    laneOf: (record) => tenantOfKey(record.key?.toString() ?? '') ?? '',
    handle: (record, context) => handle(record, context.signal),
    onPoison: createQuarantine(options),
    // A store that is away is waited for: until then nothing is known of budgets, and the deadlines of commands decide.
    maxTries: Number.MAX_SAFE_INTEGER,
    retryBackoff: { firstMs: 200, maxMs: 5_000 },
    registry: service.metrics.registry,
  });
  const http = await startHttpServer({
    config: config.service,
    log,
    metrics: service.metrics,
    checks: {
      redis: () => redis.ping(),
      settings: () => demand(settings.status().ready, 'the settings are not read yet'),
      commands: () => demand(sink.ready().ready, sink.ready().reasons.join('; ')),
    },
  });
  service.closeWith('http', () => http.close());
  service.closeWith('commands', () => sink.stop());
  await settings.start();
  sink.start();
  log.info({ url: http.url }, 'ready to carry out commands');
});

function demand(condition: boolean, reason: string): void {
  if (!condition) throw new Error(reason);
}
