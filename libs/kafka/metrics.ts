/**
 * Metrics of this library. They go into the registry of whoever calls; without one they are counted and forgotten. Names
 * and labels are part of the interface: dashboards read them.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Latencies from a millisecond to ten seconds. */
const LATENCY_BUCKETS_S = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What stream tasks report; label `task` is the partition number. */
export interface StreamMetrics {
  records: Counter<'task' | 'topic'>;
  outputs: Counter<'task' | 'topic'>;
  transactions: Counter<'task'>;
  commitSeconds: Histogram<'task'>;
  restarts: Counter<'task' | 'code'>;
  lag: Gauge<'task' | 'topic'>;
  restored: Counter<'task'>;
  restoreSeconds: Gauge<'task'>;
  jumps: Counter<'topic'>;
}

/** What sink consumers report; label `group` is the consumer group. */
export interface SinkMetrics {
  handled: Counter<'group'>;
  inFlight: Gauge<'group'>;
  retries: Counter<'group'>;
  poison: Counter<'group'>;
}

type Metric<T> = new (configuration: { name: string; help: string; labelNames: never[]; registers: Registry[] }) => T;

/** Makes a metric, or finds the one that an earlier app of this process made in the same registry. */
function metric<T extends object>(
  kind: Metric<T>,
  registry: Registry,
  name: string,
  help: string,
  labels: string[],
  more: object = {},
): T {
  const existing = registry.getSingleMetric(name);
  if (existing !== undefined) return existing as unknown as T;
  return new kind({ name, help, labelNames: labels as never[], registers: [registry], ...more });
}

/** @param registry of the caller; undefined for metrics that nobody reads */
export function createStreamMetrics(registry: Registry = new Registry()): StreamMetrics {
  const counter = (name: string, help: string, labels: string[]) =>
    metric(Counter<string> as Metric<Counter<string>>, registry, name, help, labels);
  const gauge = (name: string, help: string, labels: string[]) =>
    metric(Gauge<string> as Metric<Gauge<string>>, registry, name, help, labels);
  return {
    records: counter('stream_records_total', 'Input records processed and committed', ['task', 'topic']),
    outputs: counter('stream_outputs_total', 'Output records committed', ['task', 'topic']),
    transactions: counter('stream_transactions_total', 'Transactions committed', ['task']),
    commitSeconds: metric(
      Histogram<string> as Metric<Histogram<string>>,
      registry,
      'stream_commit_seconds',
      'From the begin of a transaction to its commit',
      ['task'],
      { buckets: LATENCY_BUCKETS_S },
    ),
    restarts: counter('stream_restarts_total', 'Failures of a task, by error code; each is followed by a fence', [
      'task',
      'code',
    ]),
    lag: gauge('stream_lag_records', 'Offsets between what is processed and the end of the input', ['task', 'topic']),
    restored: counter('stream_restored_records_total', 'Changelog records read while restoring', ['task']),
    restoreSeconds: gauge('stream_restore_seconds', 'Duration of the last restore', ['task']),
    jumps: counter('stream_offset_jumps_total', 'Times that input records were missing', ['topic']),
  };
}

/** @param registry of the caller; undefined for metrics that nobody reads */
export function createSinkMetrics(registry: Registry = new Registry()): SinkMetrics {
  const counter = (name: string, help: string) =>
    metric(Counter<string> as Metric<Counter<string>>, registry, name, help, ['group']);
  return {
    handled: counter('sink_handled_total', 'Records handled to the end'),
    inFlight: metric(
      Gauge<string> as Metric<Gauge<string>>,
      registry,
      'sink_in_flight',
      'Records being handled or waiting in a lane',
      ['group'],
    ),
    retries: counter('sink_retries_total', 'Tries after a retriable failure'),
    poison: counter('sink_poison_total', 'Records given up and passed to onPoison'),
  };
}
