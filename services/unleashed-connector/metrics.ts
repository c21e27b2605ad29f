/** What the connector counts. */
import { createFeedMetrics, type FeedMetrics } from '#feed';
import type { Metrics } from '#runtime';

/** The counters, as calls. */
export interface ConnectorMetrics extends FeedMetrics {
  /** A read of a tenant ended: kind of job, and ok or the code of what went wrong. */
  read(tenantId: string, job: string, code: string): void;
  /** A webhook delivery was answered: taken, repeated, other, refused or not-ready. */
  delivery(tenantId: string, result: string): void;
  /** Milliseconds between polls now, and whether the budget stretched them. */
  pace(tenantId: string, pollMs: number): void;
}

/** Registers the counters. */
export function createConnectorMetrics(metrics: Metrics): ConnectorMetrics {
  const feed = createFeedMetrics(metrics, 'unleashed', 'Unleashed');
  const reads = metrics.counter({
    name: 'twoway_unleashed_reads_total',
    help: 'Reads of Unleashed, by kind and how they ended.',
    labels: ['tenant', 'job', 'code'],
  });
  const deliveries = metrics.counter({
    name: 'twoway_unleashed_webhooks_total',
    help: 'Webhook deliveries, by how they were answered.',
    labels: ['tenant', 'result'],
  });
  const pace = metrics.gauge({
    name: 'twoway_unleashed_poll_interval_seconds',
    help: 'Time between polls: as configured, or longer so that the calls last through the month.',
    labels: ['tenant'],
  });
  return {
    ...feed,
    read: (tenant, job, code) => reads.inc({ tenant, job, code }),
    delivery: (tenant, result) => deliveries.inc({ tenant, result }),
    pace: (tenant, pollMs) => pace.set({ tenant }, pollMs / 1000),
    forget(tenant) {
      feed.forget(tenant);
      pace.remove({ tenant });
    },
  };
}
