/** What the connector counts. */

import type { CallInfo, CallResult } from '#http-api';
import type { Metrics } from '#runtime';
import type { RecordKind } from './core/known.ts';

/** The counters, as calls. */
export interface ConnectorMetrics {
  /** A read of a tenant ended: kind of job, and ok or the code of what went wrong. */
  read(tenantId: string, job: string, code: string): void;
  /** Snapshots were written. */
  published(tenantId: string, kind: RecordKind, count: number): void;
  /** An HTTP call ended. */
  call(tenantId: string, info: CallInfo, result: CallResult): void;
  /** Something was put aside. */
  quarantined(tenantId: string, code: string): void;
  /** A webhook delivery was answered: taken, repeated, other, refused or not-ready. */
  delivery(tenantId: string, result: string): void;
  /** Everything up to this time is published: the start of the last complete read, our clock. */
  fresh(tenantId: string, atMs: number): void;
  /** Milliseconds between polls now, and whether the budget stretched them. */
  pace(tenantId: string, pollMs: number): void;
  /** Forgets a tenant that is served no longer. */
  forget(tenantId: string): void;
}

/** Registers the counters. */
export function createConnectorMetrics(metrics: Metrics): ConnectorMetrics {
  const reads = metrics.counter({
    name: 'twoway_unleashed_reads_total',
    help: 'Reads of Unleashed, by kind and how they ended.',
    labels: ['tenant', 'job', 'code'],
  });
  const published = metrics.counter({
    name: 'twoway_unleashed_snapshots_total',
    help: 'Snapshots published because something in them was new.',
    labels: ['tenant', 'kind'],
  });
  const calls = metrics.counter({
    name: 'twoway_unleashed_calls_total',
    help: 'HTTP calls of the connector to Unleashed.',
    labels: ['tenant', 'operation', 'code'],
  });
  const callSeconds = metrics.histogram({
    name: 'twoway_unleashed_call_seconds',
    help: 'Time of an HTTP call of the connector to Unleashed.',
    labels: ['operation'],
  });
  const quarantined = metrics.counter({
    name: 'twoway_unleashed_quarantined_total',
    help: 'Answers and records that made no sense and were put aside.',
    labels: ['tenant', 'code'],
  });
  const deliveries = metrics.counter({
    name: 'twoway_unleashed_webhooks_total',
    help: 'Webhook deliveries, by how they were answered.',
    labels: ['tenant', 'result'],
  });
  const fresh = metrics.gauge({
    name: 'twoway_unleashed_fresh_timestamp_seconds',
    help: 'Start of the last poll that was read and published completely.',
    labels: ['tenant'],
  });
  const pace = metrics.gauge({
    name: 'twoway_unleashed_poll_interval_seconds',
    help: 'Time between polls: as configured, or longer so that the calls last through the month.',
    labels: ['tenant'],
  });
  return {
    read: (tenant, job, code) => reads.inc({ tenant, job, code }),
    published: (tenant, kind, count) => published.inc({ tenant, kind }, count),
    call(tenant, { operation }, { code, durationMs }) {
      calls.inc({ tenant, operation, code });
      callSeconds.observe({ operation }, durationMs / 1000);
    },
    quarantined: (tenant, code) => quarantined.inc({ tenant, code }),
    delivery: (tenant, result) => deliveries.inc({ tenant, result }),
    fresh: (tenant, atMs) => fresh.set({ tenant }, atMs / 1000),
    pace: (tenant, pollMs) => pace.set({ tenant }, pollMs / 1000),
    forget(tenant) {
      fresh.remove({ tenant });
      pace.remove({ tenant });
    },
  };
}
