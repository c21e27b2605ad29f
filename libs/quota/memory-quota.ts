/** A quota for one process, counted in memory: for simulations on simulated time, and the model that Redis is tested against. */
import { type Clock, systemClock } from '#runtime';
import { type BlockState, blockAfter429 } from './block.ts';
import { CRM_WINDOW } from './limits.ts';
import {
  budgetMonthOf,
  budgetResetMs,
  giveBackToMonth,
  type MonthState,
  monthByIndex,
  takeFromMonth,
} from './month.ts';
import type { QuotaOptions } from './options.ts';
import type { Quota, QuotaSide } from './quota.ts';
import { checkRequest, refuse, unknownTenant } from './request.ts';
import { giveBackToWindow, slotOf, takeFromWindow, type WindowState } from './window.ts';

/** Keeps all counts in memory; same answers as the quota on Redis. */
export function createMemoryQuota(options: QuotaOptions): Quota {
  const clock: Clock = options.clock ?? systemClock;
  const shape = options.crmWindow ?? CRM_WINDOW;
  const windows = new Map<string, WindowState>();
  const months = new Map<string, MonthState>();
  const blocks = new Map<string, BlockState>();
  const blockKey = (tenantId: string, side: QuotaSide) => `${tenantId} ${side}`;

  function budgetOf(tenantId: string, side: QuotaSide): number | undefined {
    return side === 'crm' ? shape.limitCalls : options.monthlyCallsOf(tenantId);
  }

  function take(tenantId: string, side: QuotaSide, calls: number, limitCalls: number) {
    const nowMs = clock.now();
    if (side === 'crm') {
      const answer = takeFromWindow(windows.get(tenantId) ?? new Map(), { nowMs, calls, limitCalls }, shape);
      windows.set(tenantId, answer.state);
      return { ...answer, slot: slotOf(nowMs, shape) };
    }
    const answer = takeFromMonth(months.get(tenantId), { nowMs, calls, limitCalls });
    months.set(tenantId, answer.state);
    return { ...answer, slot: answer.state.month };
  }

  function setMonth(tenantId: string, change: (state: MonthState) => number): void {
    const { index } = budgetMonthOf(clock.now());
    const stored = months.get(tenantId);
    if (stored !== undefined && stored.month > index) return;
    const state = stored?.month === index ? stored : { month: index, usedCalls: 0, sinceMs: clock.now() };
    months.set(tenantId, { ...state, usedCalls: change(state) });
  }

  return {
    async acquire(request) {
      const { tenantId, side, calls } = request;
      const checked = checkRequest(request, budgetOf(tenantId, side));
      const untilMs = blocks.get(blockKey(tenantId, side))?.untilMs ?? 0;
      if (untilMs > clock.now()) {
        return refuse(request, checked, { retryAtMs: untilMs, usedCalls: 0, blocked: true });
      }
      const answer = take(tenantId, side, calls, checked.limitCalls);
      if (answer.granted) return { granted: true, grant: { tenantId, side, calls, slot: answer.slot } };
      const retryAtMs = clock.now() + answer.waitMs;
      return refuse(request, checked, { retryAtMs, usedCalls: answer.usedCalls, blocked: false });
    },

    async giveBack(grant, calls) {
      const back = Math.min(calls, grant.calls);
      const window = windows.get(grant.tenantId);
      const month = months.get(grant.tenantId);
      if (grant.side === 'crm' && window) windows.set(grant.tenantId, giveBackToWindow(window, grant.slot, back));
      if (grant.side === 'unleashed' && month) months.set(grant.tenantId, giveBackToMonth(month, grant.slot, back));
    },

    async report429({ tenantId, side, retryAfterMs }) {
      const key = blockKey(tenantId, side);
      const state = blockAfter429(blocks.get(key), { nowMs: clock.now(), retryAfterMs });
      blocks.set(key, state);
      return { blockedUntilMs: state.untilMs };
    },

    async reportMonthSpent(tenantId) {
      const budgetCalls = options.monthlyCallsOf(tenantId);
      if (budgetCalls === undefined) throw unknownTenant(tenantId);
      setMonth(tenantId, ({ usedCalls }) => Math.max(usedCalls, budgetCalls));
    },

    async correctMonth(tenantId, usedCalls) {
      setMonth(tenantId, () => usedCalls);
    },

    async usage(tenantId, side) {
      const limitCalls = budgetOf(tenantId, side);
      if (limitCalls === undefined) throw unknownTenant(tenantId);
      const { usedCalls } = take(tenantId, side, 0, Number.MAX_SAFE_INTEGER);
      const untilMs = blocks.get(blockKey(tenantId, side))?.untilMs ?? 0;
      const month = side === 'unleashed' ? months.get(tenantId) : undefined;
      return {
        usedCalls,
        limitCalls,
        blockedUntilMs: untilMs > clock.now() ? untilMs : undefined,
        resetsAtMs: month === undefined ? undefined : budgetResetMs(monthByIndex(month.month)),
        countedSinceMs: month?.sinceMs,
      };
    },
  };
}
