/** Wires what reads Unleashed: the hints of its webhooks and the feeds of the tenants. */
import PQueue from 'p-queue';
import type { FeedLogic, FeedParts } from '#feed';
import { advisePoll, pollScheduleOf } from '#quota';
import { DEFAULT_CONTACT_PHONE_KEY, type UnleashedClients } from '#unleashed';
import type { readConfig } from './config.ts';
import { createHints } from './hints.ts';
import { registerHooks } from './hooks.ts';
import { createTenantMemory } from './memory.ts';
import type { ConnectorMetrics } from './metrics.ts';
import { createPublisher } from './publish.ts';
import { startTenantFeed } from './tenant-feed.ts';

/** Makes the logic; nothing is read before a feed is started. */
export function createLogic(
  parts: FeedParts<ReturnType<typeof readConfig>, UnleashedClients, ConnectorMetrics>,
): FeedLogic {
  const { clients, metrics, redis, quota, clock, log, tenants, progress } = parts;
  const { own } = parts.config;
  const publisher = createPublisher(parts);
  const hints = createHints(redis, log, parts.wake);
  const turns = new PQueue({ concurrency: own.tenantsAtOnce });

  return {
    startFeed(tenant) {
      const { id: tenantId, unleashed } = tenant;
      const memory = createTenantMemory(redis, tenantId);
      return startTenantFeed({
        memory,
        hints,
        hintDebounceMs: own.hintDebounceMs,
        monthlyCalls: unleashed.monthlyCalls,
        async advise(lastPollAtMs) {
          const { usedCalls, limitCalls } = await quota.usage(tenantId, 'unleashed');
          const schedule = pollScheduleOf(tenant);
          return advisePoll({ nowMs: clock.now(), lastPollAtMs, schedule, callsPerPoll: 1, usedCalls, limitCalls });
        },
        inTurn: (work) => turns.add(work),
        clock,
        log,
        metrics,
        progress,
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
    async routes(app) {
      if (!own.webhooks) return;
      const { hintDebounceMs: debounceMs } = own;
      await registerHooks(app, { tenant: (id) => tenants.tenant(id), hints, debounceMs, clock, metrics });
    },
    close: () => hints.close(),
  };
}
