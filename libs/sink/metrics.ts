/** What the sink counts. */
import type { Outcome, Side } from '#contracts';
import type { Metrics } from '#runtime';

/** The counters, as calls. */
export interface SinkMetrics {
  /** Counts an outcome, and how long it took. */
  outcome(outcome: Outcome): void;
  /** Counts an HTTP call. */
  call(tenantId: string, info: { operation: string }, result: { code: string; durationMs: number }): void;
  /** Counts a record that was put aside. */
  quarantined(code: string): void;
}

/** Registers the counters; `side` stands in their names, `api` in their help. */
export function createSinkMetrics(metrics: Metrics, side: Side, api: string): SinkMetrics {
  const outcomes = metrics.counter({
    name: `twoway_${side}_sink_outcomes_total`,
    help: 'Commands answered, by result and reason code; other-field-drift means a field that is not synced changed.',
    labels: ['tenant', 'result', 'code'],
  });
  const seconds = metrics.histogram({
    name: `twoway_${side}_sink_command_seconds`,
    help: 'Time from taking a command to its outcome.',
    labels: ['result'],
  });
  const calls = metrics.counter({
    name: `twoway_${side}_sink_calls_total`,
    help: `HTTP calls to ${api}.`,
    labels: ['tenant', 'operation', 'code'],
  });
  const callSeconds = metrics.histogram({
    name: `twoway_${side}_sink_call_seconds`,
    help: `Time of an HTTP call to ${api}.`,
    labels: ['operation'],
  });
  const quarantined = metrics.counter({
    name: `twoway_${side}_sink_quarantined_total`,
    help: 'Commands that could not be carried out and were put aside.',
    labels: ['code'],
  });
  return {
    outcome({ tenantId, result, code, startedAtMs, finishedAtMs }) {
      outcomes.inc({ tenant: tenantId, result, code });
      seconds.observe({ result }, Math.max(0, finishedAtMs - startedAtMs) / 1000);
    },
    call(tenantId, { operation }, { code, durationMs }) {
      calls.inc({ tenant: tenantId, operation, code });
      callSeconds.observe({ operation }, durationMs / 1000);
    },
    quarantined: (code) => quarantined.inc({ code }),
  };
}
