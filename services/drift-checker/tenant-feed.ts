/**
 * The checks of one tenant: one at a time, those that were ordered first, one each night besides.
 *
 *   waiting ─(order, night)─▶ checking ─(finished or failed)─▶ waiting
 *
 * How a check stands is on its topic. One that was under way when its instance ended begins anew with the next.
 */
import type { Feed } from '#feed';
import { type Clock, describeError, type Log, type Tenant } from '#runtime';
import { type CheckResult, runCheck } from './core/check.ts';
import type { CheckPorts } from './core/ports.ts';
import { type NightlyCheck, nextCheck } from './core/schedule.ts';
import { type CheckOrder, queuedReport } from './core/tally.ts';
import type { DriftMetrics } from './metrics.ts';
import type { Reports } from './reports.ts';

/** Wait before the topic is written again after it could not be, milliseconds. */
const WRITE_PAUSE_MS = 5_000;
/** Longest sleep, milliseconds: clocks are set. */
const LONGEST_SLEEP_MS = 600_000;

/** What a feed needs. */
export interface TenantFeedOptions {
  tenant: Tenant;
  /** As it is now; the feed is woken when it changes. */
  nightly: () => NightlyCheck;
  reports: Reports;
  /** The world of a check. */
  portsOf: (order: CheckOrder, signal: AbortSignal) => CheckPorts;
  /** Runs a check when there is room for one more tenant. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  clock: Clock;
  log: Log;
  metrics: DriftMetrics;
}

/** Starts the feed of a tenant. */
export function startTenantFeed(options: TenantFeedOptions): Required<Feed> {
  const { tenant, reports, clock, log, metrics } = options;
  const { id: tenantId } = tenant;
  const stopping = new AbortController();
  const { signal } = stopping;
  const sinceMs = clock.now();
  const done = new Set<string>();
  let night = options.nightly();
  let changedMs: number | null = null;
  let wakeUp: (() => void) | null = null;
  let isWoken = false;

  async function carryOut(order: CheckOrder): Promise<void> {
    let result: CheckResult;
    try {
      result = await runCheck(options.portsOf(order, signal), order);
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = describeError(error);
      log.warn({ tenantId, checkId: order.checkId, code, reason: message }, 'a check for drift could not be finished');
      result = { report: failed(order, code, message), differences: [] };
    }
    await reports.finish(tenantId, order.checkId, result);
    done.add(order.checkId);
    metrics.report(tenantId, result.report);
    const { state, differences, inFlight, crmCalls, unleashedCalls } = result.report;
    log.info({ tenantId, checkId: order.checkId, state, differences, inFlight, crmCalls, unleashedCalls }, 'checked');
  }

  function failed(order: CheckOrder, code: string, message: string) {
    const nowMs = clock.now();
    const known = reports.of(tenantId).find(({ checkId }) => checkId === order.checkId)?.report;
    const report = known ?? queuedReport(order, nowMs);
    return { ...report, state: 'failed', code, message, confirmAtMs: null, finishedAtMs: nowMs, updatedAtMs: nowMs };
  }

  async function step(): Promise<void> {
    const { timeZone, unleashed } = tenant;
    const driftCheck = options.nightly();
    if (driftCheck.nightly !== night.nightly || driftCheck.hour !== night.hour) changedMs = clock.now();
    night = driftCheck;
    const next = nextCheck({
      ...{ known: reports.of(tenantId), done, timeZone, driftCheck, changedMs, sinceMs },
      monthlyCalls: unleashed.monthlyCalls,
      nowMs: clock.now(),
    });
    metrics.due(tenantId, next.kind === 'wait' ? next.untilMs : null);
    if (next.kind === 'wait') {
      return sleep(Math.min((next.untilMs ?? Number.POSITIVE_INFINITY) - clock.now(), LONGEST_SLEEP_MS));
    }
    if (next.kind === 'check') return options.inTurn(() => (signal.aborted ? Promise.resolve() : carryOut(next.order)));
    const report = failed(next.order, 'ORDER_TOO_OLD', 'It waited for more than a day; order another one.');
    await reports.finish(tenantId, next.order.checkId, { report, differences: [] });
    done.add(next.order.checkId);
  }

  async function sleep(ms: number): Promise<void> {
    if (isWoken) return;
    const napping = new AbortController();
    wakeUp = () => napping.abort();
    await clock.sleep(ms, AbortSignal.any([napping.signal, signal])).catch(() => undefined);
    wakeUp = null;
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      isWoken = false;
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        log.error({ tenantId, err: error }, 'how a check stands cannot be written');
        await clock.sleep(WRITE_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  const running = run();
  return {
    wake() {
      isWoken = true;
      wakeUp?.();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
