/** What the service counts. */
import { createFeedMetrics, type FeedMetrics } from '#feed';
import type { Metrics } from '#runtime';

/** The counters, as calls. */
export interface CaptureMetrics extends FeedMetrics {
  /** A delivery of change events was answered: taken, refused, unreadable or full. */
  delivery(tenantId: string, result: string): void;
  /** A record that an event named was read: published, nothing, absent, or the code of what went wrong. */
  eventRead(tenantId: string, entity: string, result: string): void;
  /** Milliseconds from an event to its snapshot on the topic. */
  eventPublished(ms: number): void;
  /** A step of catching up ended: ok or the code of what went wrong. */
  caughtUp(tenantId: string, set: string, code: string): void;
}

/** Registers the counters. */
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
  return {
    ...createFeedMetrics(metrics, 'crm', 'the CRM'),
    delivery: (tenant, result) => deliveries.inc({ tenant, result }),
    eventRead: (tenant, entity, result) => eventReads.inc({ tenant, entity, result }),
    eventPublished: (ms) => eventSeconds.observe({}, Math.max(0, ms) / 1000),
    caughtUp: (tenant, set, code) => catchUps.inc({ tenant, set, code }),
  };
}
