/** What the service counts. */
import type { CallInfo, CallResult } from '#http-api';
import type { Metrics } from '#runtime';
import type { RecordKind } from './core/ports.ts';

/** The counters, as calls. */
export interface CaptureMetrics {
  /** A delivery of change events was answered: taken, refused, unreadable or full. */
  delivery(tenantId: string, result: string): void;
  /** A record that an event named was read: published, nothing, absent, or the code of what went wrong. */
  eventRead(tenantId: string, entity: string, result: string): void;
  /** Milliseconds from an event to its snapshot on the topic. */
  eventPublished(ms: number): void;
  /** A step of catching up ended: ok or the code of what went wrong. */
  caughtUp(tenantId: string, set: string, code: string): void;
  /** Snapshots were written. */
  published(tenantId: string, kind: RecordKind, count: number): void;
  /** An HTTP call ended. */
  call(tenantId: string, info: CallInfo, result: CallResult): void;
  /** Something was put aside. */
  quarantined(tenantId: string, code: string): void;
  /** Every change up to this time is published: the begin of the last complete round, our clock. */
  fresh(tenantId: string, atMs: number): void;
  /** Forgets a tenant that is served no longer. */
  forget(tenantId: string): void;
}

/** Registers the counters. `pending` gives the records that wait to be read. */
export function createCaptureMetrics(metrics: Metrics): CaptureMetrics {
  const deliveries = metrics.counter({
    name: 'twoway_crm_deliveries_total',
    help: 'Deliveries of change events, by how they were answered.',
    labels: ['tenant', 'result'],
  });
  const eventReads = metrics.counter({
    name: 'twoway_crm_event_reads_total',
    help: 'Reads of records that change events named, by how they ended.',
    labels: ['tenant', 'entity', 'result'],
  });
  const eventSeconds = metrics.histogram({
    name: 'twoway_crm_event_to_snapshot_seconds',
    help: 'Time from a change event to its snapshot on the topic.',
    labels: [],
  });
  const catchUps = metrics.counter({
    name: 'twoway_crm_catch_ups_total',
    help: 'Steps of catching up by time stamp, by set and how they ended.',
    labels: ['tenant', 'set', 'code'],
  });
  const published = metrics.counter({
    name: 'twoway_crm_snapshots_total',
    help: 'Snapshots published.',
    labels: ['tenant', 'kind'],
  });
  const calls = metrics.counter({
    name: 'twoway_crm_calls_total',
    help: 'HTTP calls to the CRM for reading.',
    labels: ['tenant', 'operation', 'code'],
  });
  const callSeconds = metrics.histogram({
    name: 'twoway_crm_call_seconds',
    help: 'Time of an HTTP call to the CRM for reading.',
    labels: ['operation'],
  });
  const quarantined = metrics.counter({
    name: 'twoway_crm_quarantined_total',
    help: 'Answers and records that made no sense and were put aside.',
    labels: ['tenant', 'code'],
  });
  const fresh = metrics.gauge({
    name: 'twoway_crm_fresh_timestamp_seconds',
    help: 'Begin of the last catch-up that was read and published completely.',
    labels: ['tenant'],
  });
  return {
    delivery: (tenant, result) => deliveries.inc({ tenant, result }),
    eventRead: (tenant, entity, result) => eventReads.inc({ tenant, entity, result }),
    eventPublished: (ms) => eventSeconds.observe({}, Math.max(0, ms) / 1000),
    caughtUp: (tenant, set, code) => catchUps.inc({ tenant, set, code }),
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
