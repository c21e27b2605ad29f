/** What every feed counts. */
import type { Side } from '#contracts';
import type { CallInfo, CallResult } from '#http-api';
import type { Metrics } from '#runtime';

/** The counters, as calls. */
export interface FeedMetrics {
  /** Snapshots were written. */
  published(tenantId: string, kind: string, count: number): void;
  /** An HTTP call ended. */
  call(tenantId: string, info: CallInfo, result: CallResult): void;
  /** Something was put aside. */
  quarantined(tenantId: string, code: string): void;
  /** Everything up to this time is published: the start of the last complete read, our clock. */
  fresh(tenantId: string, atMs: number): void;
  /** Forgets a tenant that is served no longer. */
  forget(tenantId: string): void;
}

/** Registers the counters; `side` stands in their names, `api` in their help. */
export function createFeedMetrics(metrics: Metrics, side: Side, api: string): FeedMetrics {
  const published = metrics.counter({
    name: `twoway_${side}_snapshots_total`,
    help: 'Snapshots published.',
    labels: ['tenant', 'kind'],
  });
  const calls = metrics.counter({
    name: `twoway_${side}_calls_total`,
    help: `HTTP calls to ${api} for reading.`,
    labels: ['tenant', 'operation', 'code'],
  });
  const callSeconds = metrics.histogram({
    name: `twoway_${side}_call_seconds`,
    help: `Time of an HTTP call to ${api} for reading.`,
    labels: ['operation'],
  });
  const quarantined = metrics.counter({
    name: `twoway_${side}_quarantined_total`,
    help: 'Answers and records that made no sense and were put aside.',
    labels: ['tenant', 'code'],
  });
  const fresh = metrics.gauge({
    name: `twoway_${side}_fresh_timestamp_seconds`,
    help: 'Start of the last read that was complete and published completely.',
    labels: ['tenant'],
  });
  return {
    published: (tenant, kind, count) => published.inc({ tenant, kind }, count),
    call(tenant, { operation }, { code, durationMs }) {
      calls.inc({ tenant, operation, code });
      callSeconds.observe({ operation }, durationMs / 1000);
    },
    quarantined: (tenant, code) => quarantined.inc({ tenant, code }),
    fresh: (tenant, atMs) => fresh.set({ tenant }, atMs / 1000),
    forget: (tenant) => fresh.remove({ tenant }),
  };
}
