/** control-api: tenants out of their file onto the topic, and the switches of each tenant over HTTP. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCodec } from '#contracts';
import { createPartitionAssignment, createSerialProducer, demandPartitionCount } from '#kafka';
import {
  createTenantStore,
  kafkaClientConfig,
  kafkaConfig,
  loadConfig,
  outboundConfig,
  registryClientConfig,
  registryConfig,
  retry,
  runService,
  Secret,
  type ServiceContext,
  serviceConfig,
  startHttpServer,
  tenantsConfig,
  watchTenants,
} from '#runtime';
import { checkTenant } from '#tenant-check';
import { createTokenAuth } from './auth.ts';
import { createOidcTokens } from './authority/oidc.ts';
import { createOidcSignIn, type OidcSignIn } from './authority/oidc-sign-in.ts';
import { createSessionTokens } from './authority/session-tokens.ts';
import { createSignInAttempts } from './authority/sign-in-attempts.ts';
import { createSignInCodes } from './authority/sign-in-codes.ts';
import { type ControlApiConfig, controlApiConfig } from './config.ts';
import { serveConsole } from './console.ts';
import { createChanges } from './live/changes.ts';
import { createOrderDesk, type OrderDesk } from './order-desk.ts';
import { createPlanRunner } from './plans/run-plans.ts';
import { Problem } from './problem.ts';
import { createReadModel } from './read-model/read-model.ts';
import { registerRoutes } from './routes.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import { createTables } from './tables.ts';
import { createTenantPublisher, type TenantPublisher } from './tenant-publisher.ts';
import { createTenantDesk, type TenantDesk } from './tenants/desk.ts';
import { createWatch } from './watch/watch.ts';
import { webhooksOf } from './watch/webhook.ts';

/** How long Kafka and the registry may be away at the start, milliseconds; then the supervisor's restart is the better wait. */
const START_DEADLINE_MS = 5 * 60_000;

async function main(service: ServiceContext): Promise<void> {
  const { log, metrics, signal } = service;
  const config = loadConfig(
    {
      service: serviceConfig,
      kafka: kafkaConfig,
      registry: registryConfig,
      tenants: tenantsConfig,
      outbound: outboundConfig,
      own: controlApiConfig,
    },
    process.env,
  );
  const { topicPrefix, partitionCount } = config.service;
  const sessionKey = config.own.sessionKey ?? new Secret(randomUUID() + randomUUID());
  const sessions = createSessionTokens(sessionKey, Date.now);
  const codes = createSignInCodes(Date.now);
  const oidc = config.own.oidc === null ? null : createOidcTokens(config.own.oidc, Date.now);
  const auth = createTokenAuth(config.own, { own: sessions, oidc });
  const changes = createChanges(randomUUID());
  const kafka = kafkaClientConfig(config.kafka, { clientId: service.name, log });
  const codec = createCodec({ registry: registryClientConfig(config.registry), topicPrefix });
  const tables = createTables({ kafka, codec, topicPrefix, log, metrics, signal, changes });
  service.closeWith('tables', () => tables.stop());
  const readModelFolder = config.own.readModelFolder ?? temporaryFolder(service);
  const readModel = createReadModel({
    ...{ folder: readModelFolder, kafka, codec, topicPrefix, log, metrics },
    ...{ settings: tables.settings, lanes: tables.lanes, changes },
  });
  service.closeWith('read model', () => readModel.stop());
  let desk: OrderDesk | undefined;
  const orderDesk = (): OrderDesk => {
    if (desk !== undefined) return desk;
    throw new Problem(503, 'NOT_READY', 'The service is just starting.', { headers: { 'retry-after': '1' } });
  };
  let publisher: TenantPublisher | undefined;
  let tenantDesk: TenantDesk | undefined;

  // Listens first: whoever asks while the rest comes up hears what is missing.
  const http = await startHttpServer({
    config: config.service,
    log,
    metrics,
    checks: {
      tables: () => tables.check(),
      requests: () => {
        if (desk === undefined) throw new Error('requests cannot be written yet');
      },
    },
    routes: async (app) => {
      serveConsole(app, config.own.consoleFolder, config.own.embedOrigins);
      const provider = signInProvider(config.own, sessionKey);
      addSignInRoutes(app, { provider, codes, auth, log, limits: config.own.limits });
      await registerRoutes(app, {
        auth,
        changes,
        entrance: { sessions, codes },
        ...tables,
        ask: (tenantId) => readModel.ask(tenantId),
        submit: (request, timeoutMs) => orderDesk().submit(request, timeoutMs),
        send: (request) => orderDesk().send(request),
        tenantDesk: () => {
          if (tenantDesk !== undefined) return tenantDesk;
          throw new Problem(503, 'NOT_READY', 'The service is just starting.', { headers: { 'retry-after': '1' } });
        },
        nowMs: Date.now,
        limits: config.own.limits,
        answerTimeoutMs: config.own.answerTimeoutMs,
      });
    },
  });
  service.closeWith('http', () => http.close());
  log.info({ url: http.url }, 'listening');

  const patiently = <T>(work: () => Promise<T>): Promise<T> =>
    retry(work, {
      triesMax: 10_000,
      deadlineMs: START_DEADLINE_MS,
      signal,
      onRetry: ({ error }) => log.warn({ err: error }, 'not started yet, trying again'),
    });
  const watch = await watchTenants({
    ...config.tenants,
    log,
    metrics,
    // Before it is there, the state at that time is published anyway.
    onChange: (merged) =>
      publisher?.publish(
        merged,
        merged.changed.map(({ after }) => after.id),
      ),
  });
  service.closeWith('tenants file', () => watch.close());
  await patiently(() =>
    codec.prepare(['sync.tenant.v1', 'sync.request.v1', 'sync.freshness.v1', 'sync.alert.v1', 'sync.sample.v1']),
  );
  await patiently(() => demandPartitionCount(kafka, [`${topicPrefix}sync.tenant.v1`], partitionCount));
  const producer = createSerialProducer({ kafka, topicPrefix });
  service.closeWith('producer', () => producer.close());
  publisher = createTenantPublisher({
    codec,
    partitionCount,
    send: (record) => producer.send(record),
    published: () => tables.tenants.all(),
    log,
    signal,
    nowMs: Date.now,
  });
  await tables.start();
  readModel.start();
  const orders = createOrderDesk({ kafka, codec, topicPrefix, partitionCount, log, producer });
  service.closeWith('requests', () => orders.close());
  desk = orders;
  await publisher.publish(watch);
  const { store } = config.tenants;
  tenantDesk = createTenantDesk({
    ...{ watch, outbound: config.outbound, log, nowMs: Date.now },
    store: store === undefined || watch.store === null ? null : createTenantStore(store.folder, watch.store),
    tryOut: (tenant) => checkTenant(tenant, { outbound: config.outbound }),
    note: (request) => orders.submit(request, 0),
  });
  const tenantsWatch = createWatch({
    ...{ kafka, codec, topicPrefix, partitionCount, tables, readModel, log, metrics },
    send: (record) => producer.send(record),
    everyMs: config.own.watchMs,
    alertTimes: config.own.alertTimes,
    webhookOf: webhooksOf({ ...config.own, outbound: config.outbound, tenantOf: (id) => watch.tenant(id) }),
    submit: (request) => orders.submit(request, config.own.answerTimeoutMs),
  });
  service.closeWith('watch', () => tenantsWatch.stop());
  tenantsWatch.start();
  const runner = createPlanRunner({
    ...{ ask: (tenantId) => readModel.ask(tenantId), connection: () => readModel.connection() },
    ...{ send: (request) => orders.send(request), endOf: (partition) => orders.endOf(partition) },
    ...{ partitionCount, log, nowMs: Date.now },
  });
  service.closeWith('plans', () => runner.stop());
  const assignment = createPartitionAssignment({
    kafka,
    groupId: `${topicPrefix}control-api-plans`,
    topics: ['sync.request.v1'],
    topicPrefix,
    onAssigned: (partitions) => runner.assign(partitions),
    onRevoked: (partitions) => runner.revoke(partitions),
  });
  service.closeWith('plan assignment', () => assignment.stop());
  assignment.start();
  runner.start();
}

/** The identity provider with which people sign in; null when none is set up for them. */
function signInProvider({ oidc, signIn }: ControlApiConfig, key: Secret): OidcSignIn | null {
  if (oidc === null || signIn === null) return null;
  const tokens = createOidcTokens({ ...oidc, audience: signIn.clientId }, Date.now);
  return createOidcSignIn(signIn, tokens, createSignInAttempts(key, Date.now));
}

/** A folder that goes with this process. */
function temporaryFolder(service: ServiceContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'twoway-read-model-'));
  service.closeWith('temporary folder', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

await runService('control-api', main);
