/** What the service counts. */
import type { DriftReport } from '#contracts';
import type { CallInfo, CallResult } from '#http-api';
import type { Metrics } from '#runtime';

/** The counters, as calls. */
export interface DriftMetrics {
  /** How the last check of a tenant that ended stands. */
  report(tenantId: string, report: DriftReport): void;
  /** When the nightly check of a tenant is due next, our clock; null when there is none, or when one is under way. */
  due(tenantId: string, dueMs: number | null): void;
  /** A call of an API ended. */
  call(tenantId: string, info: CallInfo, result: CallResult): void;
  /** Records were published because somebody asked for them. */
  observed(tenantId: string, count: number): void;
  /** A record of a topic was put aside. */
  quarantined(code: string): void;
  /** Forgets a tenant that is served no longer. */
  forget(tenantId: string): void;
}

/** Registers the counters. */
export function createDriftMetrics(metrics: Metrics): DriftMetrics {
  const differences = metrics.gauge({
    name: 'twoway_drift_differences',
    help: 'Differences that the last check of a tenant confirmed: what one side shows and the sync does not know.',
    labels: ['tenant'],
  });
  const finishedAt = metrics.gauge({
    name: 'twoway_drift_check_timestamp_seconds',
    help: 'When the last check of a tenant finished.',
    labels: ['tenant'],
  });
  const seconds = metrics.gauge({
    name: 'twoway_drift_check_seconds',
    help: 'How long the last check of a tenant took, the time for confirming included.',
    labels: ['tenant'],
  });
  const due = metrics.gauge({
    name: 'twoway_drift_check_due_timestamp_seconds',
    help: 'When the nightly check of a tenant is due next.',
    labels: ['tenant'],
  });
  const checks = metrics.counter({
    name: 'twoway_drift_checks_total',
    help: 'Checks that ended, by cause and by ok or the code of what went wrong.',
    labels: ['tenant', 'cause', 'code'],
  });
  const calls = metrics.counter({
    name: 'twoway_drift_calls_total',
    help: 'HTTP calls to both APIs for checks and repairs.',
    labels: ['tenant', 'operation', 'code'],
  });
  const observed = metrics.counter({
    name: 'twoway_drift_observed_total',
    help: 'Snapshots that were published because somebody ordered a look at a record.',
    labels: ['tenant'],
  });
  const quarantined = metrics.counter({
    name: 'twoway_drift_quarantined_total',
    help: 'Orders that could not be carried out and were put aside.',
    labels: ['code'],
  });
  return {
    report(tenant, report) {
      const { state, cause, code, startedAtMs, finishedAtMs } = report;
      checks.inc({ tenant, cause, code });
      if (state !== 'finished' || startedAtMs === null || finishedAtMs === null) return;
      differences.set({ tenant }, report.differences);
      finishedAt.set({ tenant }, finishedAtMs / 1000);
      seconds.set({ tenant }, (finishedAtMs - startedAtMs) / 1000);
    },
    due(tenant, dueMs) {
      if (dueMs === null) due.remove({ tenant });
      else due.set({ tenant }, dueMs / 1000);
    },
    call: (tenant, { operation }, { code }) => calls.inc({ tenant, operation, code }),
    observed: (tenant, count) => observed.inc({ tenant }, count),
    quarantined: (code) => quarantined.inc({ code }),
    forget(tenant) {
      for (const gauge of [differences, finishedAt, seconds, due]) gauge.remove({ tenant });
    },
  };
}
