/**
 * A quota shared by all processes through Redis. Each request is one Lua script, so that two processes never get the same
 * call; the rules are those of `window.ts`, `month.ts` and `block.ts`.
 *
 * Keys, all of one tenant on one node: `quota:{tenant}:crm`, `…:crm:spenders`, `…:crm:block`, `…:unleashed`,
 * `…:unleashed:block`. All expire by themselves.
 */
import { randomUUID } from 'node:crypto';
import { describeError, RuntimeError, systemClock } from '#runtime';
import { QuotaError } from './errors.ts';
import { BLOCK_FIRST_MS, BLOCK_MAX_MS, BLOCK_MEMORY_MS, CRM_WINDOW, MONTH_GUARD_MS } from './limits.ts';
import { budgetMonthOf, monthByIndex } from './month.ts';
import type { RedisQuotaOptions } from './options.ts';
import type { Quota, QuotaSide } from './quota.ts';
import { type CheckedRequest, checkRequest, refuse, unknownTenant } from './request.ts';
import { createSpending } from './spending.ts';

/** A month's count is kept this long after its last use, milliseconds: past the month's end in any case. */
const MONTH_LIFE_MS = 70 * 86_400_000;
/** No limit: for a look without a request. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** What both acquire scripts answer. */
interface Taken {
  readonly granted: boolean;
  readonly waitMs: number;
  readonly usedCalls: number;
  readonly slot: number;
  readonly blockedForMs: number;
  /** Months only: until the next one's budget begins. */
  readonly resetsInMs: number | undefined;
  /** Months only: how long calls have been counted. */
  readonly countedForMs: number | undefined;
}

/** Counts in Redis. Throws nothing but QuotaError (and RangeError for a request that makes no sense). */
export function createRedisQuota(options: RedisQuotaOptions): Quota {
  const { redis, clock = systemClock } = options;
  const shape = options.crmWindow ?? CRM_WINDOW;
  const spender = randomUUID();
  const spending = createSpending(shape);
  const scripts = {
    acquireWindow: script('acquire-window'),
    acquireMonth: script('acquire-month'),
    block: script('block-side'),
    giveBackWindow: script('give-back-window'),
    giveBackMonth: script('give-back-month'),
    correctMonth: script('correct-month'),
  };

  function script(name: string) {
    return redis.script(new URL(`./lua/${name}.lua`, import.meta.url));
  }

  function keys(tenantId: string, side: QuotaSide) {
    const count = redis.key('quota', `{${tenantId}}`, side);
    return { count, block: `${count}:block`, spenders: `${count}:spenders` };
  }

  /** The scripts' `nowMs`: nothing, for Redis' own time, unless a test brings its clock. */
  function scriptTime(): number | string {
    return options.time === 'clock' ? clock.now() : '';
  }

  function budgetOf(tenantId: string, side: QuotaSide): number | undefined {
    return side === 'crm' ? shape.limitCalls : options.monthlyCallsOf(tenantId);
  }

  async function takeFromWindow(tenantId: string, calls: number, limitCalls: number): Promise<Taken> {
    const { count, block, spenders } = keys(tenantId, 'crm');
    const own = spending.window(tenantId, clock.now());
    const answer = await scripts.acquireWindow(
      [count, block, spenders],
      [scriptTime(), calls, limitCalls, shape.windowMs, shape.bucketMs, spender, own.totalCalls, own.recentCalls],
    );
    const taken = readTaken(answer);
    if (taken.granted && calls > 0) spending.noteWindow(tenantId, clock.now(), calls);
    return taken;
  }

  async function takeFromMonth(tenantId: string, calls: number, limitCalls: number): Promise<Taken> {
    const { count, block } = keys(tenantId, 'unleashed');
    const own = spending.month(tenantId);
    // Last month, this one and the next, by our clock: Redis' clock decides among them.
    const first = budgetMonthOf(clock.now()).index - 1;
    const begins = [0, 1, 2, 3].map((offset) => monthByIndex(first + offset).startMs + MONTH_GUARD_MS);
    const answer = await scripts.acquireMonth(
      [count, block],
      [scriptTime(), calls, limitCalls, spender, own.month, own.totalCalls, MONTH_LIFE_MS, first, ...begins],
    );
    const taken = readTaken(answer);
    if (taken.granted && calls > 0) spending.noteMonth(tenantId, taken.slot, calls);
    return taken;
  }

  function take(tenantId: string, side: QuotaSide, calls: number, limitCalls: number): Promise<Taken> {
    const taking = side === 'crm' ? takeFromWindow : takeFromMonth;
    return orStoreDown(taking(tenantId, calls, limitCalls));
  }

  async function correct(tenantId: string, usedCalls: number, how: 'exactly' | 'at-least'): Promise<void> {
    const { index } = budgetMonthOf(clock.now());
    await orStoreDown(
      scripts.correctMonth([keys(tenantId, 'unleashed').count], [index, usedCalls, MONTH_LIFE_MS, how]),
    );
  }

  return {
    async acquire(request) {
      const { tenantId, side, calls } = request;
      const checked: CheckedRequest = checkRequest(request, budgetOf(tenantId, side));
      const taken = await take(tenantId, side, calls, checked.limitCalls);
      if (taken.granted) return { granted: true, grant: { tenantId, side, calls, slot: taken.slot } };
      return refuse(request, checked, {
        retryAtMs: clock.now() + taken.waitMs,
        usedCalls: taken.usedCalls,
        blocked: taken.blockedForMs > 0,
      });
    },

    async giveBack(grant, calls) {
      const giveBack = grant.side === 'crm' ? scripts.giveBackWindow : scripts.giveBackMonth;
      const back = Math.min(calls, grant.calls);
      await orStoreDown(giveBack([keys(grant.tenantId, grant.side).count], [grant.slot, back]));
    },

    async report429({ tenantId, side, retryAfterMs }) {
      const answer = await orStoreDown(
        scripts.block(
          [keys(tenantId, side).block],
          [scriptTime(), retryAfterMs ?? '', BLOCK_FIRST_MS, BLOCK_MAX_MS, BLOCK_MEMORY_MS],
        ),
      );
      return { blockedUntilMs: clock.now() + readNumber(answer) };
    },

    async reportMonthSpent(tenantId) {
      const budgetCalls = options.monthlyCallsOf(tenantId);
      if (budgetCalls === undefined) throw unknownTenant(tenantId);
      await correct(tenantId, budgetCalls, 'at-least');
    },

    async correctMonth(tenantId, usedCalls) {
      await correct(tenantId, usedCalls, 'exactly');
    },

    async usage(tenantId, side) {
      const limitCalls = budgetOf(tenantId, side);
      if (limitCalls === undefined) throw unknownTenant(tenantId);
      const taken = await take(tenantId, side, 0, NO_LIMIT);
      const nowMs = clock.now();
      return {
        usedCalls: taken.usedCalls,
        limitCalls,
        blockedUntilMs: taken.blockedForMs > 0 ? nowMs + taken.blockedForMs : undefined,
        resetsAtMs: taken.resetsInMs === undefined ? undefined : nowMs + taken.resetsInMs,
        countedSinceMs: taken.countedForMs === undefined ? undefined : nowMs - taken.countedForMs,
      };
    },
  };
}

/** Gives what Redis gave, or says that the counts cannot be had. */
async function orStoreDown<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof QuotaError) throw error;
    const { code, message, hint } = describeError(error);
    const ours = error instanceof RuntimeError && code === 'REDIS_SCRIPT_FAILED';
    throw new QuotaError(ours ? 'QUOTA_STORE_NONSENSE' : 'QUOTA_STORE_DOWN', message, { cause: error, hint });
  }
}

function readTaken(answer: unknown): Taken {
  if (!Array.isArray(answer)) throw nonsense();
  const [granted, waitMs, usedCalls, slot, blockedForMs, resetsInMs, countedForMs] = answer as unknown[];
  return {
    granted: readNumber(granted) === 1,
    waitMs: readNumber(waitMs),
    usedCalls: readNumber(usedCalls),
    slot: readNumber(slot),
    blockedForMs: readNumber(blockedForMs),
    resetsInMs: resetsInMs === undefined ? undefined : readNumber(resetsInMs),
    countedForMs: countedForMs === undefined ? undefined : readNumber(countedForMs),
  };
}

function readNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw nonsense();
  return value;
}

function nonsense(): QuotaError {
  return new QuotaError('QUOTA_STORE_NONSENSE', 'A quota script in Redis gave no usable answer.', {
    hint: 'Check that nothing else writes under the same REDIS_PREFIX.',
  });
}
