/** crm-capture and unleashed-connector in the simulation: the production feeds, readers and receivers. */

import type { Side, Topic } from '#contracts';
import { createProgress, type Progress } from '#feed';
import { createCrmClients, createOwnEvents } from '#prospect-crm';
import { advisePoll } from '#quota';
import { createUnleashedClients, DEFAULT_CONTACT_PHONE_KEY } from '#unleashed';
import { createChangeReader } from '../../../services/crm-capture/change-reader.ts';
import type { CapturePorts } from '../../../services/crm-capture/core/ports.ts';
import { readChange } from '../../../services/crm-capture/core/read-change.ts';
import { receive as receiveFromCrm } from '../../../services/crm-capture/hooks.ts';
import { createTenantMemory as createCaptureMemory } from '../../../services/crm-capture/memory.ts';
import { createPublisher as createCapturePublisher } from '../../../services/crm-capture/publish.ts';
import { startTenantFeed as startCaptureFeed } from '../../../services/crm-capture/tenant-feed.ts';
import { createHints } from '../../../services/unleashed-connector/hints.ts';
import { receive as receiveFromUnleashed } from '../../../services/unleashed-connector/hooks.ts';
import { createTenantMemory as createConnectorMemory } from '../../../services/unleashed-connector/memory.ts';
import { createPublisher as createConnectorPublisher } from '../../../services/unleashed-connector/publish.ts';
import { startTenantFeed as startConnectorFeed } from '../../../services/unleashed-connector/tenant-feed.ts';
import type { SimProcess } from '../engine/process.ts';
import { connectRedis } from '../engine/redis-client.ts';
import { clusterMs, logOf, type Outside, producerOf, quietMetrics, type Service, tenantsOf } from './parts.ts';

/** As in production, milliseconds. */
const CATCH_UP_MS = 60_000;
/** Time that two catch-ups have in common, milliseconds. */
export const OVERLAP_MS = 120_000;
const USERS_MS = 300_000;
const SWEEP_MS = 86_400_000;
const DEBOUNCE_MS = 50;
const REST_MS = 400;
const HINT_DEBOUNCE_MS = 250;
const PAGES_PER_TURN = 20;
const READS_AT_ONCE = 4;

/** Starts crm-capture in a process. */
export function startCapture(outside: Outside, process: SimProcess): Service {
  const { codec, quota, wire, tenant, defects } = outside;
  const { clock } = process;
  const log = logOf(outside, process);
  const redis = connectRedis(process, outside.redis);
  const metrics = quietMetrics<Parameters<typeof createChangeReader>[0]['metrics']>();
  const producer = producerOf(outside, process);
  const publisher = createCapturePublisher({ codec, producer, partitionCount: 1, clock, log, metrics });
  const transport = { now: () => clock.now(), exchange: wire.exchangeOf(process, 'crm') };
  const clients = createCrmClients({ quota, caller: 'simulation', transport });
  const memory = createCaptureMemory(redis, tenant.id);
  const onError = (tenantId: string, error: unknown): void => void publisher.keepNonsense(tenantId, error);
  const ports: CapturePorts = {
    tenantId: tenant.id,
    api: clients.of(tenant),
    known: memory.known,
    ownEvents: createOwnEvents(redis, tenant.id),
    unread: memory.unread,
    onNotStored: () => undefined,
    publish: (snapshots) => publisher.publish(tenant.id, snapshots),
    quarantine: (misfit) => publisher.quarantine(tenant.id, misfit),
    published: () => undefined,
    now: () => clock.now(),
  };
  const progress = progressOf(outside, process, 'crm', ['crm.company.v1', 'crm.contact.v1', 'crm.user.v1']);
  const reader = createChangeReader({
    read: (_tenantId, change, events) => readChange(ports, change, events),
    leave: (_tenantId, change) => memory.left.leave({ ...change, leftAtMs: clock.now() }),
    onError,
    debounceMs: DEBOUNCE_MS,
    restMs: REST_MS,
    readsAtOnce: READS_AT_ONCE,
    clock,
    log,
    metrics,
  });
  let feed: ReturnType<typeof startCaptureFeed> | null = null;
  return {
    assign() {
      const pace = { overlapMs: OVERLAP_MS, sweepMs: SWEEP_MS, usersMs: USERS_MS, maxPages: PAGES_PER_TURN };
      const inTurn = <T>(work: () => Promise<T>) => work();
      feed = startCaptureFeed({
        ports,
        memory,
        pace: defects.capturePace(pace),
        visibleWithinMs: 0,
        intervalMs: CATCH_UP_MS,
        inTurn,
        onError,
        clock,
        log,
        metrics,
        progress,
      });
    },
    revoke() {
      void feed?.stop();
      feed = null;
    },
    async deliver(headers, body) {
      const request = { params: { tenantId: tenant.id }, query: {}, headers: { ...headers }, body: Buffer.from(body) };
      return receiveFromCrm({ tenant: tenantsOf(outside).tenant, reader, metrics }, request);
    },
  };
}

/** Starts unleashed-connector in a process. */
export function startConnector(outside: Outside, process: SimProcess): Service {
  const { codec, quota, wire, tenant, defects } = outside;
  const { id: tenantId, unleashed } = tenant;
  const { clock } = process;
  const log = logOf(outside, process);
  const redis = connectRedis(process, outside.redis);
  const metrics = quietMetrics<Parameters<typeof startConnectorFeed>[0]['metrics']>();
  const producer = producerOf(outside, process);
  const publisher = createConnectorPublisher({ codec, producer, partitionCount: 1, clock, log, metrics });
  const transport = { now: () => clock.now(), exchange: wire.exchangeOf(process, 'unleashed') };
  const clients = createUnleashedClients({ quota, caller: 'simulation', transport });
  const progress = progressOf(outside, process, 'unleashed', [
    'unleashed.customer.v1',
    'unleashed.contact.v1',
    'unleashed.salesperson.v1',
  ]);
  let feed: ReturnType<typeof startConnectorFeed> | null = null;
  const hints = createHints(redis, log, () => feed?.wake());
  return {
    assign() {
      const memory = createConnectorMemory(redis, tenantId);
      feed = startConnectorFeed({
        memory,
        hints,
        hintDebounceMs: HINT_DEBOUNCE_MS,
        monthlyCalls: unleashed.monthlyCalls,
        async advise(lastPollAtMs) {
          const { usedCalls, limitCalls } = await quota.usage(tenantId, 'unleashed');
          const { pollSeconds } = unleashed;
          return advisePoll({
            nowMs: clock.now(),
            lastPollAtMs,
            schedule: { pollSeconds },
            callsPerPoll: 1,
            usedCalls,
            limitCalls,
          });
        },
        inTurn: (work) => work(),
        clock,
        log,
        metrics,
        progress,
        ports: {
          tenantId,
          phoneKey: DEFAULT_CONTACT_PHONE_KEY,
          api: clients.of(tenant),
          store: defects.recordStore(memory.store),
          publish: (snapshots) => publisher.publish(tenantId, snapshots),
          quarantine: (misfit) => publisher.quarantine(tenantId, misfit),
          published: () => undefined,
          now: () => clock.now(),
        },
      });
    },
    revoke() {
      void feed?.stop();
      feed = null;
    },
    async deliver(headers, body) {
      const request = { headers: { ...headers }, body: Buffer.from(body) };
      const tenants = tenantsOf(outside);
      return receiveFromUnleashed(
        { tenant: (id) => tenants.tenant(id), hints, debounceMs: HINT_DEBOUNCE_MS, clock, metrics },
        tenantId,
        request,
      );
    },
  };
}

/** What tells how far a side was read. */
function progressOf(outside: Outside, process: SimProcess, side: Side, topics: Topic[]): Progress {
  const { codec, quota, log, dice } = outside;
  const producer = producerOf(outside, process);
  return createProgress({
    ...{ side, topics, codec, partitionCount: 1, clock: process.clock, log: logOf(outside, process) },
    send: (record) => producer.send(record),
    ends: (topic) => process.step('ask for ends', clusterMs(dice), () => new Map([[0, BigInt(log.end(topic))]])),
    usage: (tenantId) => quota.usage(tenantId, side),
  });
}
