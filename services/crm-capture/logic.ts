/** Wires what reads the CRM: the reader of change events and the catch-ups of the tenants. */
import PQueue from 'p-queue';
import type { FeedLogic, FeedParts } from '#feed';
import { type CrmClients, createOwnEvents } from '#prospect-crm';
import type { Tenant } from '#runtime';
import { createChangeReader } from './change-reader.ts';
import type { readConfig } from './config.ts';
import type { CatchUpPace } from './core/catch-up.ts';
import type { CapturePorts } from './core/ports.ts';
import { readChange } from './core/read-change.ts';
import { registerHooks } from './hooks.ts';
import { createTenantMemory } from './memory.ts';
import type { CaptureMetrics } from './metrics.ts';
import { createPublisher } from './publish.ts';
import { startTenantFeed } from './tenant-feed.ts';

/** Pages that one tenant reads before others have their turn. */
const PAGES_PER_TURN = 20;

/** Makes the logic; nothing is read before a feed is started or an event comes. */
export function createLogic(parts: FeedParts<ReturnType<typeof readConfig>, CrmClients, CaptureMetrics>): FeedLogic {
  const { clients, metrics, redis, clock, log, tenants, progress } = parts;
  const { own } = parts.config;
  const publisher = createPublisher(parts);
  const onError = (tenantId: string, error: unknown): void => void publisher.keepNonsense(tenantId, error);

  function portsOf(tenant: Tenant): CapturePorts {
    const { id: tenantId } = tenant;
    const { known, unread } = createTenantMemory(redis, tenantId);
    return {
      tenantId,
      api: clients.of(tenant),
      known,
      unread,
      ownEvents: createOwnEvents(redis, tenantId),
      onNotStored: (fields) =>
        log.warn(
          { tenantId, fields },
          'the CRM shows what a write of ours had replaced; every write is read back for an hour',
        ),
      publish: (snapshots) => publisher.publish(tenantId, snapshots),
      quarantine: (misfit) => publisher.quarantine(tenantId, misfit),
      published: (kind, count) => metrics.published(tenantId, kind, count),
      now: () => clock.now(),
    };
  }

  const reader = createChangeReader({
    async read(tenantId, change, events) {
      const tenant = tenants.tenant(tenantId);
      return tenant === undefined ? 'nothing' : readChange(portsOf(tenant), change, events);
    },
    async leave(tenantId, change) {
      await createTenantMemory(redis, tenantId).left.leave({ ...change, leftAtMs: clock.now() });
    },
    onError,
    debounceMs: own.debounceMs,
    restMs: own.restMs,
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

  return {
    startFeed: (tenant) =>
      startTenantFeed({
        ports: portsOf(tenant),
        memory: createTenantMemory(redis, tenant.id),
        pace,
        visibleWithinMs: pace.overlapMs,
        intervalMs: own.catchUpSeconds * 1_000,
        inTurn: (work) => turns.add(work),
        onError,
        clock,
        log,
        metrics,
        progress,
      }),
    routes: (app) => registerHooks(app, { tenant: (id) => tenants.tenant(id), reader, metrics }),
    stop: () => reader.stop(),
  };
}
