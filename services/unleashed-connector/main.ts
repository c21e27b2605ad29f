/** unleashed-connector: reads Unleashed and publishes full snapshots of what is new. */

import PQueue from 'p-queue';
import { createCodec } from '#contracts';
import { createPartitionAssignment, createSerialProducer } from '#kafka';
import { advisePoll, createRedisQuota } from '#quota';
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
import { createUnleashedClients, DEFAULT_CONTACT_PHONE_KEY } from '#unleashed';
import { readConfig } from './config.ts';
import { createFeeds } from './feeds.ts';
import { createHints } from './hints.ts';
import { registerHooks } from './hooks.ts';
import { createTenantMemory } from './memory.ts';
import { createConnectorMetrics } from './metrics.ts';
import { createPublisher } from './publish.ts';
import { startTenantFeed } from './tenant-feed.ts';

const SERVICE = 'unleashed-connector';
/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;
const TOPICS = [
  'unleashed.customer.v1',
  'unleashed.contact.v1',
  'unleashed.salesperson.v1',
  'sync.quarantine.v1',
] as const;

await runService(SERVICE, async (service) => {
  const { log, signal } = service;
  const config = readConfig(process.env);
  const { topicPrefix, partitionCount } = config.service;
  const metrics = createConnectorMetrics(service.metrics);
  const clock = systemClock;

  const redis = createRedis(config.redis, log, { name: SERVICE });
  service.closeWith('redis', () => redis.close());
  const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
  await retry(() => codec.prepare(TOPICS), { triesMax: 1_000, deadlineMs: SCHEMAS_DEADLINE_MS, signal });
  const kafka = kafkaClientConfig(config.kafka, { clientId: SERVICE, log });
  const producer = await createSerialProducer({ kafka, topicPrefix });
  service.closeWith('producer', () => producer.close());
  const publisher = createPublisher({ codec, producer, partitionCount, clock, log, metrics });

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
  const clients = createUnleashedClients({
    quota,
    caller: `two-way-sync/${SERVICE}`,
    onCall: metrics.call,
    onBudgetError: (tenantId, error) => log.warn({ tenantId, err: error }, 'the call budget could not be told'),
  });
  service.closeWith('connections to Unleashed', () => clients.close());

  const hints = createHints(redis, log, (tenantId) => feeds.wake(tenantId));
  service.closeWith('hints', () => hints.close());
  const turns = new PQueue({ concurrency: config.own.tenantsAtOnce });
  const feeds = createFeeds({
    partitionCount,
    tenants: () => tenants.tenants,
    onStopped: (tenantId) => metrics.forget(tenantId),
    log,
    startFeed(tenant) {
      const { id: tenantId, unleashed } = tenant;
      const memory = createTenantMemory(redis, tenantId);
      return startTenantFeed({
        memory,
        hints,
        monthlyCalls: unleashed.monthlyCalls,
        async advise(lastPollAtMs) {
          const { usedCalls, limitCalls } = await quota.usage(tenantId, 'unleashed');
          const { pollSeconds } = unleashed;
          return advisePoll({ nowMs: clock.now(), lastPollAtMs, pollSeconds, callsPerPoll: 1, usedCalls, limitCalls });
        },
        inTurn: (work) => turns.add(work),
        clock,
        log,
        metrics,
        ports: {
          tenantId,
          phoneKey: DEFAULT_CONTACT_PHONE_KEY,
          api: clients.of(tenant),
          store: memory.store,
          publish: (snapshots) => publisher.publish(tenantId, snapshots),
          quarantine: (misfit) => publisher.quarantine(tenantId, misfit),
          published: (kind, count) => metrics.published(tenantId, kind, count),
          now: () => clock.now(),
        },
      });
    },
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
    async routes(app) {
      if (!config.own.webhooks) return;
      const { hintDebounceMs: debounceMs } = config.own;
      await registerHooks(app, { tenant: (id) => tenants.tenant(id), hints, debounceMs, clock, metrics });
    },
  });
  service.closeWith('feeds', () => feeds.stop());
  service.closeWith('partitions', () => share.stop());
  service.closeWith('http', () => http.close());
  share.start();
  log.info({ url: http.url }, 'ready to read Unleashed');
});

function demand(condition: boolean, reason: string): void {
  if (!condition) throw new Error(reason);
}
