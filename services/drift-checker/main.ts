/** drift-checker: compares both sides with what the sync knows, on request and nightly, and looks at records on order. */
import PQueue from 'p-queue';
import { createCodec, partitionOf, settingKey, tenantOfKey } from '#contracts';
import { createFeedPublisher, createFeeds } from '#feed';
import {
  createGroupOffsets,
  createPartitionAssignment,
  createPartitionReader,
  createSerialProducer,
  createSinkConsumer,
  demandPartitionCount,
} from '#kafka';
import { createCrmClients } from '#prospect-crm';
import { createRedisQuota } from '#quota';
import {
  createRedis,
  DRIFT_CHECK_DEFAULT,
  demand,
  kafkaClientConfig,
  registryClientConfig,
  retry,
  runService,
  startHttpServer,
  systemClock,
  type Tenant,
  watchTenants,
} from '#runtime';
import { createQuarantine } from '#sink';
import { createTopicTable } from '#tables';
import { createUnleashedClients, DEFAULT_CONTACT_PHONE_KEY } from '#unleashed';
import { readConfig } from './config.ts';
import { createPace } from './core/pace.ts';
import type { ReadPorts } from './core/reads.ts';
import { nightlyCheck } from './core/schedule.ts';
import { createDriftMetrics } from './metrics.ts';
import { createOrders } from './orders.ts';
import { createReports } from './reports.ts';
import { createTenantReader, processorGroup } from './state-reader.ts';
import { startTenantFeed } from './tenant-feed.ts';

/** Longest wait for the schemas to be registered, milliseconds. */
const SCHEMAS_DEADLINE_MS = 60_000;
/** What this service writes. */
const WRITTEN = [
  'sync.drift.v1',
  'crm.company.v1',
  'crm.contact.v1',
  'unleashed.customer.v1',
  'unleashed.contact.v1',
  'sync.quarantine.v1',
] as const;

await runService('drift-checker', async (service) => {
  const { log, signal } = service;
  const config = readConfig(process.env);
  const { topicPrefix, partitionCount } = config.service;
  const metrics = createDriftMetrics(service.metrics);
  const clock = systemClock;

  const redis = createRedis(config.redis, log, { name: service.name });
  service.closeWith('redis', () => redis.close());
  const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
  await retry(() => codec.prepare(WRITTEN), { triesMax: 1_000, deadlineMs: SCHEMAS_DEADLINE_MS, signal });
  const kafka = kafkaClientConfig(config.kafka, { clientId: service.name, log });
  await demandPartitionCount(kafka, [`${topicPrefix}sync.tenant.v1`], partitionCount);
  const producer = await createSerialProducer({ kafka, topicPrefix });
  service.closeWith('producer', () => producer.close());
  const reader = createPartitionReader(kafka);
  service.closeWith('reader', () => reader.close());
  const offsets = createGroupOffsets(kafka, processorGroup(topicPrefix));
  service.closeWith('positions', () => offsets.close());

  const tenants = await watchTenants({
    ...config.tenants,
    log,
    metrics: service.metrics,
    async onChange({ changed, removed }) {
      await feeds.takeUp([...changed.map(({ after }) => after.id), ...removed.map(({ id }) => id)]);
      for (const { id } of removed) await Promise.all([crm.remove(id), unleashed.remove(id)]);
    },
  });
  service.closeWith('tenants file', () => tenants.close());
  const quota = createRedisQuota({ redis, monthlyCallsOf: (id) => tenants.tenant(id)?.unleashed.monthlyCalls });
  const clientParts = {
    quota,
    caller: `two-way-sync/${service.name}`,
    outbound: config.outbound,
    onCall: metrics.call,
    onBudgetError: (tenantId: string, error: unknown) =>
      log.warn({ tenantId, err: error }, 'the call budget could not be told'),
  };
  const crm = createCrmClients(clientParts);
  const unleashed = createUnleashedClients(clientParts);
  service.closeWith('connections to both APIs', () =>
    Promise.all([crm.close(), unleashed.close()]).then(() => undefined),
  );

  const readsOf = (tenant: Tenant, until: AbortSignal): ReadPorts => ({
    tenantId: tenant.id,
    phoneKey: DEFAULT_CONTACT_PHONE_KEY,
    crm: crm.of(tenant),
    unleashed: unleashed.of(tenant),
    signal: until,
    now: () => clock.now(),
  });
  const reports = createReports({
    ...{ kafka, codec, producer, topicPrefix, partitionCount, log, signal },
    onChange: (tenantId) => feeds.wake(tenantId),
  });
  service.closeWith('reports', () => reports.stop());
  const hours = createTopicTable({
    ...{ topic: 'sync.setting.v1', kafka, codec, topicPrefix, log, signal },
    hold: ({ driftHour }) => driftHour,
    onChange: (tenantId, { value, previous }) => {
      if (value !== previous) feeds.wake(tenantId);
    },
  });
  service.closeWith('settings', () => hours.stop());
  const turns = new PQueue({ concurrency: config.own.checksAtOnce });
  const feeds = createFeeds({
    partitionCount,
    tenants: () => tenants.tenants,
    onStopped: (tenantId) => metrics.forget(tenantId),
    log,
    startFeed: (tenant) =>
      startTenantFeed({
        ...{ tenant, reports, clock, log, metrics },
        nightly: () => nightlyCheck(tenant.driftCheck ?? DRIFT_CHECK_DEFAULT, hours.get(settingKey(tenant.id))),
        inTurn: (work) => turns.add(work),
        portsOf({ checkId }, until) {
          const known = createTenantReader(
            { reader, offsets, codec, topicPrefix, clock },
            tenant.id,
            partitionOf(tenant.id, partitionCount),
          );
          return {
            ...readsOf(tenant, until),
            loadState: () => known.load(until),
            patienceMs: createPace({ tenant, quota, clock, confirmMs: config.own.confirmMs }),
            report: (report) => reports.write(tenant.id, checkId, report),
            sleep: (ms) => clock.sleep(ms, until),
          };
        },
      }),
  });
  const share = createPartitionAssignment({
    kafka,
    groupId: `${topicPrefix}${service.name}`,
    topics: ['sync.tenant.v1'],
    topicPrefix,
    onAssigned: (partitions) => feeds.assign(partitions),
    onRevoked: (partitions) => feeds.revoke(partitions),
  });
  const takeOrder = createOrders({
    ...{ codec, reports, readsOf, clock, metrics },
    publisher: createFeedPublisher(service.name, {
      ...{ codec, producer, partitionCount, clock, log },
      metrics: { quarantined: (_tenantId, code) => metrics.quarantined(code) },
    }),
    tenant: (tenantId) => tenants.tenant(tenantId),
  });
  const orders = createSinkConsumer({
    kafka,
    groupId: `${topicPrefix}${service.name}-orders`,
    topicPrefix,
    topics: ['sync.request.v1'],
    laneOf: (record) => tenantOfKey(record.key) ?? '',
    handle: (record, context) => takeOrder(record, context.signal),
    onPoison: createQuarantine({ service: service.name, codec, producer, clock, log, metrics }),
    maxTries: 20,
    registry: service.metrics.registry,
  });

  const http = await startHttpServer({
    config: config.service,
    log,
    metrics: service.metrics,
    checks: {
      redis: () => redis.ping(),
      reports: () => demand(reports.ready(), 'the reports are not read yet'),
      settings: () => demand(hours.status().ready, 'the settings are not read yet'),
      partitions: () => demand(share.ready().ready, share.ready().reasons.join('; ')),
      orders: () => demand(orders.ready().ready, orders.ready().reasons.join('; ')),
    },
  });
  service.closeWith('http', () => http.close());
  service.closeWith('checks', () => feeds.stop());
  service.closeWith('partitions', () => share.stop());
  service.closeWith('orders', () => orders.stop());
  await Promise.all([reports.start(), hours.start()]);
  share.start();
  orders.start();
  log.info({ url: http.url }, 'ready to compare both sides');
});
