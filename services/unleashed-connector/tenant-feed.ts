/**
 * The feed of one tenant: a loop that reads what is due, one thing after the other, and sleeps in between.
 *
 *   waiting ─(poll due, hint due, woken)─▶ reading ─(done)─▶ waiting
 *      ▲                                      │
 *      └──────────── backing off ◀─(error)────┘
 *
 * One read at a time per tenant, so a tenant that is slow or fails delays only itself; how many tenants read at the same time
 * is limited by whoever starts the feeds. After an error nothing is read until the wait is over, hints included: they are in
 * the same trouble. The trade: a tenant's hint waits while a page of its own sweep is being read.
 */
import { type Feed, type Progress, waitAfter } from '#feed';
import type { BudgetError } from '#http-api';
import type { PollAdvice } from '#quota';
import { type Clock, describeError, inSpan, type Log } from '#runtime';
import { UnleashedApiError } from '#unleashed';
import { type Cursor, withLargerPages, withSmallerPages } from './core/cursor.ts';
import { takeInGoneCustomer } from './core/intake.ts';
import { recordKey } from './core/known.ts';
import { completeEveryMs, jobsOf, nextPollMs, sweepMs } from './core/plan.ts';
import type { FeedPorts } from './core/ports.ts';
import { readCustomer, runJob } from './core/reads.ts';
import { PATIENCE, wasTooBig } from './core/trouble.ts';
import type { Hints } from './hints.ts';
import type { TenantMemory } from './memory.ts';
import type { ConnectorMetrics } from './metrics.ts';
import { watchMemory } from './watched-memory.ts';

/** Hints that are read in a row before the poll has its turn. */
const HINTS_AT_ONCE = 20;
/** Times that a hint is tried while the customer is not to be found (fact U6.11). */
const HINT_TRIES = 5;
/** Wait before a hint is tried again, milliseconds; doubled with each try. */
const HINT_RETRY_MS = 300;
/** The pace is looked at again after this time at the latest, milliseconds: calls can be bought at any time. */
const PACE_LOOK_MS = 600_000;
/** Code of the trouble that no poll can be paid any more; the same as of a call that the budget refuses. */
const BUDGET_SPENT: BudgetError['code'] = 'BUDGET_SPENT';
/** Hints are looked for at least this often, milliseconds: that one was added may not have been heard. */
const HINTS_LOOK_MS = 60_000;
/** What was saved is shown by the API within this time, milliseconds (fact U6.11: not always at once). */
const VISIBLE_WITHIN_MS = 10_000;
/** Why a sleep ends before its time. The default reason would be an error with a stack, made anew each time. */
const WOKEN = 'woken';

/** What a feed needs. */
export interface TenantFeedOptions {
  ports: FeedPorts;
  memory: TenantMemory;
  hints: Hints;
  /** A hint is due this long after it was noted, milliseconds. */
  hintDebounceMs: number;
  /** Calls of the month, as the plan allows. */
  monthlyCalls: number;
  /** How often to poll now, given when the last poll began. */
  advise: (lastPollAtMs: number | undefined) => Promise<PollAdvice>;
  /** Runs a read when there is room for one more tenant. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  clock: Clock;
  log: Log;
  metrics: ConnectorMetrics;
  /** Told how far the tenant has been read, and when it cannot be. */
  progress: Pick<Progress, 'reached' | 'waits' | 'failed'>;
}

/** Starts the feed of a tenant; the first poll is due at once. */
export function startTenantFeed(options: TenantFeedOptions): Required<Feed> {
  const { hints, clock, log, metrics, progress } = options;
  const { tenantId } = options.ports;
  const memory = watchMemory(
    { ...options.memory, store: options.ports.store },
    () => clock.now(),
    () => log.warn({ tenantId }, 'what was remembered went back to an older state; every record is told again'),
  );
  const stopping = new AbortController();
  const ports = stoppable({ ...options.ports, store: memory.store }, stopping.signal);
  const tries = new Map<string, number>();
  let endNap: (() => void) | null = null;
  let failures = 0;
  let notBeforeMs = 0;
  let pollDueMs = 0;
  /** When the next hint is due of those that were seen, or the next look at them. */
  let hintDueMs = 0;
  /** When the next is due of those that were added since the last look; whoever adds one wakes this feed. */
  let newHintDueMs = Number.POSITIVE_INFINITY;

  function expectHint(dueMs: number): void {
    newHintDueMs = Math.min(newHintDueMs, dueMs);
  }

  async function readHints(): Promise<void> {
    newHintDueMs = Number.POSITIVE_INFINITY;
    // Those that are not read for whatever reason stay due.
    const lookedAtMs = clock.now();
    hintDueMs = lookedAtMs;
    const { due, nextDueMs } = await hints.due(tenantId, lookedAtMs, HINTS_AT_ONCE);
    for (const guid of due) {
      if (stopping.signal.aborted) throw new Error('the feed is being stopped');
      const became = await hints.take(tenantId, guid);
      if (became === 'echo') metrics.read(tenantId, 'hint', 'echo');
      if (became === 'taken') await readHint(guid);
    }
    hintDueMs = Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, lookedAtMs + HINTS_LOOK_MS);
  }

  async function readHint(guid: string): Promise<void> {
    try {
      await lookAt(guid);
    } catch (error) {
      // What was taken and not read waits again, for whoever serves the tenant then.
      await hints.add(tenantId, guid, clock.now()).catch(() => undefined);
      throw error;
    }
  }

  async function lookAt(guid: string): Promise<void> {
    const readStartedAtMs = clock.now();
    const facts = { 'twoway.tenant': tenantId, 'twoway.record': guid };
    const isThere = await inSpan('read a hint', { from: {}, facts }, () => readCustomer(ports, guid, 'hint'));
    metrics.read(tenantId, 'hint', isThere ? 'ok' : 'NOT_FOUND');
    const count = (tries.get(guid) ?? 0) + 1;
    tries.delete(guid);
    if (isThere) return;
    if (count < HINT_TRIES) {
      tries.set(guid, count);
      const againMs = clock.now() + HINT_RETRY_MS * 2 ** count;
      expectHint(againMs);
      await hints.add(tenantId, guid, againMs);
    } else await goneByHint(ports, guid, readStartedAtMs);
  }

  async function poll(): Promise<void> {
    const startedAtMs = clock.now();
    let cursor = withLargerPages(await memory.readCursor(), startedAtMs);
    const lastPollAtMs = cursor.polledAtMs ?? undefined;
    const advice = await options.advise(lastPollAtMs);
    metrics.pace(tenantId, advice.intervalMs);
    // The pace is kept also by a feed that was just started, wherever the one before it ran. "At once" is advised as the
    // time at which it was asked, which is later than the beginning: only what is still to come is waited for.
    if (advice.pace === 'spent' || (advice.nextPollAtMs > clock.now() && cursor.sweep === null)) {
      pollDueMs = Math.min(advice.nextPollAtMs, startedAtMs + PACE_LOOK_MS);
      tellOfWait(cursor, advice);
      return;
    }
    const pace = { pollMs: advice.intervalMs, sweepMs: sweepMs(cursor, options.monthlyCalls) };
    for (const [index, job] of jobsOf(cursor, pace, startedAtMs).entries()) {
      // What the last one came to is kept with the time of this poll.
      if (index > 0) await memory.writeCursor(cursor);
      if (stopping.signal.aborted) return;
      try {
        const facts = { 'twoway.tenant': tenantId };
        const before = cursor;
        cursor = await inSpan(`read a ${job.kind}`, { from: {}, facts }, () => runJob(ports, before, job));
      } catch (error) {
        metrics.read(tenantId, job.kind, describeError(error).code);
        // Once may be nonsense; twice in a row, a page really is too big.
        if (wasTooBig(error) && failures > 0) await memory.writeCursor(withSmallerPages(cursor, clock.now()));
        throw error;
      }
      metrics.read(tenantId, job.kind, 'ok');
    }
    if (cursor.sweep === null) metrics.fresh(tenantId, startedAtMs);
    await memory.writeCursor({ ...cursor, polledAtMs: startedAtMs });
    // What was saved may be shown a moment later.
    if (cursor.completeAtMs !== null) {
      progress.reached(tenantId, cursor.completeAtMs - VISIBLE_WITHIN_MS, completeEveryMs(cursor, pace));
    }
    pollDueMs = nextPollMs(cursor, pace, startedAtMs);
  }

  /** Says that nothing is read for now; when no poll can be paid any more that is trouble. */
  function tellOfWait(cursor: Cursor, { pace, intervalMs }: PollAdvice): void {
    const isSpent = pace === 'spent';
    const every = { pollMs: intervalMs, sweepMs: sweepMs(cursor, options.monthlyCalls) };
    const untilMs = cursor.completeAtMs === null ? null : cursor.completeAtMs - VISIBLE_WITHIN_MS;
    progress.waits(tenantId, untilMs, isSpent ? null : completeEveryMs(cursor, every));
    if (isSpent) progress.failed(tenantId, BUDGET_SPENT);
  }

  async function step(): Promise<void> {
    await options.inTurn(async () => {
      if (stopping.signal.aborted) return;
      if (clock.now() >= Math.min(hintDueMs, newHintDueMs)) await readHints();
      if (clock.now() >= pollDueMs) await poll();
    });
    if (failures > 0) log.info({ tenantId, failures }, 'Unleashed can be read again');
    failures = 0;
  }

  async function failed(error: unknown): Promise<void> {
    if (stopping.signal.aborted) return;
    failures += 1;
    const waitMs = waitAfter(error, failures, clock.now(), PATIENCE);
    notBeforeMs = clock.now() + waitMs;
    const { code, message } = describeError(error);
    const line = { tenantId, code, reason: message, failures, waitMs };
    progress.failed(tenantId, code);
    // The first one and then each doubling: an outage of an hour is a few lines, not thousands.
    if ((failures & (failures - 1)) === 0) log.warn(line, 'Unleashed could not be read');
    if (error instanceof UnleashedApiError && error.sample !== null && failures === 1) {
      const { code: kind, message: text, sample } = error;
      const misfit = { topic: 'unleashed.customer.v1' as const, code: kind, message: text, value: sample };
      await ports.quarantine(misfit).catch(() => undefined);
    }
  }

  async function sleep(): Promise<void> {
    while (!stopping.signal.aborted) {
      const dueMs = Math.max(notBeforeMs, Math.min(pollDueMs, hintDueMs, newHintDueMs));
      const waitMs = dueMs - clock.now();
      if (waitMs <= 0) return;
      const napping = new AbortController();
      endNap = () => napping.abort(WOKEN);
      await clock.sleep(waitMs, napping.signal).catch(() => undefined);
      endNap = null;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await step().catch(failed);
      if (!stopping.signal.aborted) await sleep();
    }
  }

  const running = run();
  return {
    wake() {
      expectHint(clock.now() + options.hintDebounceMs);
      endNap?.();
    },
    async stop() {
      stopping.abort();
      endNap?.();
      await running;
    },
  };
}

/** Reads end when the feed is to end: they change nothing, so nothing is lost by giving them up. */
function stoppable(ports: FeedPorts, signal: AbortSignal): FeedPorts {
  const { api } = ports;
  return {
    ...ports,
    api: {
      list: (request, callOptions) => api.list(request, { ...callOptions, signal }),
      getCustomer: (guid, callOptions) => api.getCustomer(guid, { ...callOptions, signal }),
    },
  };
}

/** A customer that a hint named and that is still not there is gone, if it ever was. */
async function goneByHint(ports: FeedPorts, guid: string, readStartedAtMs: number): Promise<void> {
  const known = await ports.store.read([recordKey('customer', guid)]);
  if (known.size > 0) await takeInGoneCustomer(ports, guid, { readStartedAtMs, readCause: 'hint' });
}
