/** A sink as a process: everything around the carrying out of commands. */
import { createCodec, type Side, tenantOfKey } from '#contracts';
import { createSerialProducer, createSinkConsumer } from '#kafka';
import { createRedisQuota } from '#quota';
import {
  createRedis,
  demand,
  kafkaClientConfig,
  type OutboundPolicy,
  registryClientConfig,
  retry,
  runService,
  startHttpServer,
  systemClock,
  watchTenants,
} from '#runtime';
import { createTopicTable } from '#tables';
import { readConfig } from './config.ts';
import type { Handle, HandlerParts } from './handle.ts';
import { createSinkMetrics, type SinkMetrics } from './metrics.ts';
import { createQuarantine } from './quarantine.ts';

/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;

/** What the clients of an API are made of. */
export interface ClientParts {
  quota: ReturnType<typeof createRedisQuota>;
  /** Who calls, for the API's own log. */
  caller: string;
  onCall: SinkMetrics['call'];
  onBudgetError(tenantId: string, error: unknown): void;
  /** Addresses that may be connected to although they are not public. */
  outbound: OutboundPolicy;
}

/** What makes a sink that of one API. */
export interface SinkDefinition<C extends { remove(tenantId: string): Promise<void>; close(): Promise<void> }> {
  name: 'crm-sink' | 'unleashed-sink';
  side: Side;
  /** What the API is called in logs and metrics. */
  api: string;
  topic: 'sync.command.crm.v1' | 'sync.command.unleashed.v1';
  createClients(parts: ClientParts): C;
  createHandler(parts: HandlerParts & { clients: C }): Handle;
}

/** Runs the sink until it is told to stop. */
export async function runSink<C extends { remove(tenantId: string): Promise<void>; close(): Promise<void> }>(
  definition: SinkDefinition<C>,
): Promise<void> {
  const { name, side, api, topic } = definition;
  await runService(name, async (service) => {
    const { log, signal } = service;
    const config = readConfig(process.env);
    const { topicPrefix } = config.service;
    const metrics = createSinkMetrics(service.metrics, side, api);
    const clock = systemClock;

    const redis = createRedis(config.redis, log, { name });
    service.closeWith('redis', () => redis.close());
    const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
    await retry(() => codec.prepare(['sync.outcome.v1', 'sync.quarantine.v1']), {
      triesMax: 1_000,
      deadlineMs: SCHEMAS_DEADLINE_MS,
      signal,
    });

    const kafka = kafkaClientConfig(config.kafka, { clientId: name, log });
    const producer = await createSerialProducer({ kafka, topicPrefix });
    service.closeWith('producer', () => producer.close());

    const tenants = await watchTenants({
      ...config.tenants,
      log,
      metrics: service.metrics,
      onChange: async ({ removed }) => {
        for (const { id } of removed) await clients.remove(id);
      },
    });
    service.closeWith('tenants file', () => tenants.close());
    const clients = definition.createClients({
      quota: createRedisQuota({ redis, monthlyCallsOf: (id) => tenants.tenant(id)?.unleashed.monthlyCalls }),
      caller: `two-way-sync/${name}`,
      outbound: config.outbound,
      onCall: metrics.call,
      onBudgetError: (tenantId, error) => log.warn({ tenantId, err: error }, 'the call budget could not be told'),
    });
    service.closeWith(`connections to ${api}`, () => clients.close());

    const settings = createTopicTable({
      ...{ topic: 'sync.setting.v1', kafka, codec, topicPrefix, log, signal },
      hold: (setting) => setting,
    });
    service.closeWith('settings', () => settings.stop());

    const handle = definition.createHandler({
      codec,
      producer,
      settings,
      tenants,
      clients,
      redis,
      clock,
      log,
      metrics,
    });
    const sink = createSinkConsumer({
      kafka,
      groupId: `${topicPrefix}${name}`,
      topicPrefix,
      topics: [topic],
      laneOf: (record) => tenantOfKey(record.key) ?? '',
      handle,
      onPoison: createQuarantine({ service: name, codec, producer, clock, log, metrics }),
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
}
