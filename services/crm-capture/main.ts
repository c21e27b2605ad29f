/** crm-capture: takes change events of the CRM, reads what they name and publishes full snapshots; catches up by time stamp. */
import PQueue from 'p-queue';
import { createCodec } from '#contracts';
import { createPartitionAssignment, createSerialProducer } from '#kafka';
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
  type Tenant,
  watchTenants,
} from '#runtime';
import { createChangeReader } from './change-reader.ts';
import { readConfig } from './config.ts';
import type { CatchUpPace } from './core/catch-up.ts';
import type { CapturePorts } from './core/ports.ts';
import { readChange } from './core/read-change.ts';
import { createFeeds } from './feeds.ts';
import { registerHooks } from './hooks.ts';
import { createTenantMemory } from './memory.ts';
import { createCaptureMetrics } from './metrics.ts';
import { createPublisher } from './publish.ts';
import { startTenantFeed } from './tenant-feed.ts';

const SERVICE = 'crm-capture';
/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;
/** Time that reads under way may take when the service stops, milliseconds. */
const STOP_GRACE_MS = 3_000;
/** Pages that one tenant reads before others have their turn. */
const PAGES_PER_TURN = 20;
const TOPICS = ['crm.company.v1', 'crm.contact.v1', 'crm.user.v1', 'sync.quarantine.v1'] as const;

await runService(SERVICE, async (service) => {
  const { log, signal } = service;
  const config = readConfig(process.env);
  const { own } = config;
  const { topicPrefix, partitionCount } = config.service;
  const metrics = createCaptureMetrics(service.metrics);
  const clock = systemClock;

  const redis = createRedis(config.redis, log, { name: SERVICE });
  service.closeWith('redis', () => redis.close());
  const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
  await retry(() => codec.prepare(TOPICS), { triesMax: 1_000, deadlineMs: SCHEMAS_DEADLINE_MS, signal });
  const kafka = kafkaClientConfig(config.kafka, { clientId: SERVICE, log });
  const producer = await createSerialProducer({ kafka, topicPrefix });
  service.closeWith('producer', () => producer.close());
  const publisher = createPublisher({ codec, producer, partitionCount, clock, log, metrics });
  const onError = (tenantId: string, error: unknown): void => void publisher.keepNonsense(tenantId, error);

  const tenants = await watchTenants({
    path: config.tenants.path,
    log,
    metrics: service.metrics,
    async onChange({ changed, removed }) {
      await feeds.takeUp([...changed.map(({ after }) => after.id), ...removed.map(({ id }) => id)]);
      for (const { id } of removed) await clients.remove(id);
    },
  });
  service.closeWith('tenants file', () => tenants.close());
  const quota = createRedisQuota({ redis, monthlyCallsOf: (id) => tenants.tenant(id)?.unleashed.monthlyCalls });
  const clients = createCrmClients({
    quota,
    caller: `two-way-sync/${SERVICE}`,
    onCall: metrics.call,
    onBudgetError: (tenantId, error) => log.warn({ tenantId, err: error }, 'the call budget could not be told'),
  });

  function portsOf(tenant: Tenant): CapturePorts {
    const { id: tenantId } = tenant;
    return {
      tenantId,
      api: clients.of(tenant),
      known: createTenantMemory(redis, tenantId).known,
      publish: (snapshots) => publisher.publish(tenantId, snapshots),
      quarantine: (misfit) => publisher.quarantine(tenantId, misfit),
      published: (kind, count) => metrics.published(tenantId, kind, count),
      now: () => clock.now(),
    };
  }

  const reader = createChangeReader({
    async read(tenantId, change) {
      const tenant = tenants.tenant(tenantId);
      return tenant === undefined ? 'nothing' : readChange(portsOf(tenant), change);
    },
    onError,
    debounceMs: own.debounceMs,
    readsAtOnce: own.readsAtOnce,
    clock,
    log,
    metrics,
  });

  const pace: CatchUpPace = {
    overlapMs: own.overlapSeconds * 1_000,
    sweepMs: own.sweepHours * 3_600_000,
    usersMs: own.usersSeconds * 1_000,
    maxPages: PAGES_PER_TURN,
  };
  const turns = new PQueue({ concurrency: own.tenantsAtOnce });
  const feeds = createFeeds({
    partitionCount,
    tenants: () => tenants.tenants,
    onStopped: (tenantId) => metrics.forget(tenantId),
    log,
    startFeed: (tenant) =>
      startTenantFeed({
        ports: portsOf(tenant),
        memory: createTenantMemory(redis, tenant.id),
        pace,
        intervalMs: own.catchUpSeconds * 1_000,
        inTurn: (work) => turns.add(work),
        onError,
        clock,
        log,
        metrics,
      }),
  });
  const share = createPartitionAssignment({
    kafka,
    groupId: `${topicPrefix}${SERVICE}`,
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
    routes: (app) => registerHooks(app, { tenant: (id) => tenants.tenant(id), reader, metrics }),
  });
  service.closeWith('reads', async () => {
    // A call that hangs is cut off with its connection, so that stopping never waits for the CRM.
    const ended = Promise.all([reader.stop(), feeds.stop()]);
    await Promise.race([ended, clock.sleep(STOP_GRACE_MS)]);
    await clients.close();
    await ended;
  });
  service.closeWith('partitions', () => share.stop());
  service.closeWith('http', () => http.close());
  share.start();
  log.info({ url: http.url }, 'ready to take change events of the CRM');
});

function demand(condition: boolean, reason: string): void {
  if (!condition) throw new Error(reason);
}
