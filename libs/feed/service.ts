/** A service that reads an API and publishes snapshots, as a process: everything around the feeds of its tenants. */
import type { FastifyInstance } from 'fastify';
import { type Codec, createCodec, type Side } from '#contracts';
import type { CallInfo, CallResult } from '#http-api';
import { createPartitionAssignment, createPartitionReader, createSerialProducer, demandPartitionCount } from '#kafka';
import { createRedisQuota } from '#quota';
import {
  type Clock,
  createRedis,
  demand,
  type Env,
  type KafkaSettings,
  kafkaClientConfig,
  type Log,
  type Metrics,
  type OutboundPolicy,
  type RedisSettings,
  type RedisStore,
  type RegistrySettings,
  registryClientConfig,
  retry,
  runService,
  type ServiceConfig,
  startHttpServer,
  systemClock,
  type Tenant,
  type TenantsSettings,
  type TenantsWatch,
  watchTenants,
} from '#runtime';
import { createFeeds, type Feed } from './feeds.ts';
import type { FeedMetrics } from './metrics.ts';
import { createProgress, type Progress } from './progress.ts';
import type { FeedTopic, PublisherParts } from './publish.ts';

/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;
/** Time that reads under way may take when the service stops, milliseconds. */
const STOP_GRACE_MS = 3_000;

type Quota = ReturnType<typeof createRedisQuota>;

/** What the clients of an API are made of. */
export interface FeedClientParts {
  quota: Quota;
  /** Who calls, for the API's own log. */
  caller: string;
  onCall(tenantId: string, info: CallInfo, result: CallResult): void;
  onBudgetError(tenantId: string, error: unknown): void;
  /** Addresses that may be connected to although they are not public. */
  outbound: OutboundPolicy;
}

/** Configuration that every feed has. */
export interface FeedConfig {
  service: ServiceConfig;
  kafka: KafkaSettings;
  registry: RegistrySettings;
  redis: RedisSettings;
  tenants: TenantsSettings;
  outbound: OutboundPolicy;
}

/** What the feeds of an API are made of. */
export interface FeedParts<Config, Clients, Counters> extends Omit<PublisherParts, 'metrics'> {
  config: Config;
  clients: Clients;
  metrics: Counters;
  redis: RedisStore;
  quota: Quota;
  codec: Codec;
  clock: Clock;
  log: Log;
  tenants: TenantsWatch;
  /** Told how far tenants have been read. */
  progress: Progress;
  /** Wakes the feed of a tenant, if it is served here. */
  wake(tenantId: string): void;
}

/** What reads an API. */
export interface FeedLogic {
  /** Starts the feed of a tenant. */
  startFeed(tenant: Tenant): Feed;
  /** Registers the routes that take the API's events. */
  routes(app: FastifyInstance): Promise<void>;
  /** Ends what reads besides the feeds; resolves when nothing is read any more. */
  stop?(): Promise<void>;
  /** Lets go of what the feeds used; they have ended. */
  close?(): Promise<void> | void;
}

/** What makes a service that of one API. */
export interface FeedDefinition<
  Config extends FeedConfig,
  Clients extends { remove(tenantId: string): Promise<void>; close(): Promise<void> },
  Counters extends FeedMetrics,
> {
  name: 'crm-capture' | 'unleashed-connector';
  side: Side;
  /** What the API is called in logs. */
  api: string;
  /** Topics of its snapshots. */
  topics: readonly FeedTopic[];
  readConfig(env: Env): Config;
  createMetrics(metrics: Metrics): Counters;
  createClients(parts: FeedClientParts): Clients;
  createLogic(parts: FeedParts<Config, Clients, Counters>): FeedLogic;
}

/** Runs the service until it is told to stop. */
export async function runFeedService<
  Config extends FeedConfig,
  Clients extends { remove(tenantId: string): Promise<void>; close(): Promise<void> },
  Counters extends FeedMetrics,
>(definition: FeedDefinition<Config, Clients, Counters>): Promise<void> {
  const { name, api } = definition;
  await runService(name, async (service) => {
    const { log, signal } = service;
    const config = definition.readConfig(process.env);
    const { topicPrefix, partitionCount } = config.service;
    const metrics = definition.createMetrics(service.metrics);
    const clock = systemClock;

    const redis = createRedis(config.redis, log, { name });
    service.closeWith('redis', () => redis.close());
    const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
    const topics = [...definition.topics, 'sync.quarantine.v1', 'sync.progress.v1'] as const;
    await retry(() => codec.prepare(topics), { triesMax: 1_000, deadlineMs: SCHEMAS_DEADLINE_MS, signal });
    const kafka = kafkaClientConfig(config.kafka, { clientId: name, log });
    await demandPartitionCount(kafka, [`${topicPrefix}sync.tenant.v1`], partitionCount);
    const producer = await createSerialProducer({ kafka, topicPrefix });
    service.closeWith('producer', () => producer.close());

    const tenants = await watchTenants({
      ...config.tenants,
      log,
      metrics: service.metrics,
      async onChange({ changed, removed }) {
        await feeds.takeUp([...changed.map(({ after }) => after.id), ...removed.map(({ id }) => id)]);
        for (const { id } of removed) await clients.remove(id);
      },
    });
    service.closeWith('tenants file', () => tenants.close());
    const quota = createRedisQuota({ redis, monthlyCallsOf: (id) => tenants.tenant(id)?.unleashed.monthlyCalls });
    const clients = definition.createClients({
      quota,
      caller: `two-way-sync/${name}`,
      outbound: config.outbound,
      onCall: metrics.call,
      onBudgetError: (tenantId, error) => log.warn({ tenantId, err: error }, 'the call budget could not be told'),
    });

    const reader = createPartitionReader(kafka);
    service.closeWith('partition reader', () => reader.close());
    const progress = createProgress({
      ...{ side: definition.side, topics: definition.topics, partitionCount, codec, clock, log },
      send: (record) => producer.send(record),
      async ends(topic) {
        const named = topicPrefix + topic;
        const found = await reader.ends(named, await reader.partitions(named));
        return new Map([...found].map(([partition, { end }]) => [partition, end]));
      },
      usage: (tenantId) => quota.usage(tenantId, definition.side),
    });
    service.closeWith('progress', () => progress.stop());

    const logic = definition.createLogic({
      ...{ config, clients, metrics, redis, quota, codec, producer, partitionCount, clock, log, tenants, progress },
      wake: (tenantId) => feeds.wake(tenantId),
    });
    service.closeWith('what feeds use', async () => logic.close?.());
    const feeds = createFeeds({
      partitionCount,
      tenants: () => tenants.tenants,
      onStopped(tenantId) {
        metrics.forget(tenantId);
        progress.forget(tenantId);
      },
      log,
      startFeed: (tenant) => logic.startFeed(tenant),
    });
    const share = createPartitionAssignment({
      kafka,
      groupId: `${topicPrefix}${name}`,
      topics: ['sync.tenant.v1'],
      topicPrefix,
      onAssigned: (partitions) => feeds.assign(partitions),
      onRevoked: (partitions) => feeds.revoke(partitions),
    });

    const http = await startHttpServer({
      config: config.service,
      log,
      metrics: service.metrics,
      checks: {
        redis: () => redis.ping(),
        partitions: () => demand(share.ready().ready, share.ready().reasons.join('; ')),
      },
      routes: (app) => logic.routes(app),
    });
    service.closeWith('reads', async () => {
      // A call that hangs is cut off with its connection, so that stopping never waits for the API.
      const ended = Promise.all([logic.stop?.(), feeds.stop()]);
      await Promise.race([ended, clock.sleep(STOP_GRACE_MS)]);
      await clients.close();
      await ended;
    });
    service.closeWith('partitions', () => share.stop());
    service.closeWith('http', () => http.close());
    share.start();
    log.info({ url: http.url }, `ready to read ${api}`);
  });
}
