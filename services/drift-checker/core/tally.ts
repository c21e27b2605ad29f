/** Counts of a check, and the report that they make. */
import type { DriftReport } from '#contracts';
import type { Comparison } from '#sync-core';

/** What was ordered. */
export interface CheckOrder {
  readonly checkId: string;
  readonly cause: 'request' | 'nightly';
  /** Who ordered it; empty for nightly. */
  readonly requestedBy: string;
  readonly requestedAtMs: number;
}

/** The report of a check that waits for its turn. */
export function queuedReport({ cause, requestedBy, requestedAtMs }: CheckOrder, nowMs: number): DriftReport {
  return {
    state: 'queued',
    cause,
    requestedBy,
    requestedAtMs,
    startedAtMs: null,
    updatedAtMs: nowMs,
    confirmAtMs: null,
    finishedAtMs: null,
    code: 'ok',
    message: '',
    companies: 0,
    contacts: 0,
    expected: 0,
    equal: 0,
    inFlight: 0,
    explained: {},
    differences: 0,
    unconfirmed: 0,
    kinds: {},
    crmCalls: 0,
    unleashedCalls: 0,
  };
}

/** The report with what a comparison came to; candidates are not counted yet. */
export function withComparison(report: DriftReport, comparison: Comparison): DriftReport {
  const explained = { ...report.explained };
  for (const reason of comparison.explained) explained[reason] = (explained[reason] ?? 0) + 1;
  return {
    ...report,
    equal: report.equal + comparison.equal,
    inFlight: report.inFlight + comparison.inFlight,
    explained,
  };
}
