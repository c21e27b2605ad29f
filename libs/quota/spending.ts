/**
 * What this process itself was granted, remembered so that Redis can be emptied, or fall back to an old copy, without the
 * counts beginning anew: each request says what was granted here, and the store adds what it does not know of.
 */
import { LRUCache } from 'lru-cache';
import type { WindowShape } from './limits.ts';
import { slotOf, takeFromWindow, type WindowState } from './window.ts';

/** Tenants and sides that are remembered; the least used are forgotten, which only costs this protection. */
const REMEMBERED_MAX = 20_000;

interface WindowSpending {
  readonly totalCalls: number;
  readonly recent: WindowState;
}

interface MonthSpending {
  readonly month: number;
  readonly totalCalls: number;
}

/** The memory of one process. */
export function createSpending(shape: WindowShape) {
  const windows = new LRUCache<string, WindowSpending>({ max: REMEMBERED_MAX });
  const months = new LRUCache<string, MonthSpending>({ max: REMEMBERED_MAX });

  function recent(state: WindowState, nowMs: number, calls: number) {
    return takeFromWindow(state, { nowMs, calls, limitCalls: Number.MAX_SAFE_INTEGER }, shape);
  }

  return {
    /** Calls granted since this process began, and those of them within the window. */
    window(tenantId: string, nowMs: number) {
      const spent = windows.get(tenantId);
      if (spent === undefined) return { totalCalls: 0, recentCalls: 0 };
      return { totalCalls: spent.totalCalls, recentCalls: recent(spent.recent, nowMs, 0).usedCalls };
    },
    noteWindow(tenantId: string, nowMs: number, calls: number): void {
      const spent = windows.get(tenantId) ?? { totalCalls: 0, recent: new Map([[slotOf(nowMs, shape), 0]]) };
      windows.set(tenantId, {
        totalCalls: spent.totalCalls + calls,
        recent: recent(spent.recent, nowMs, calls).state,
      });
    },
    /** Calls granted in the last month in which any were. */
    month(tenantId: string): MonthSpending {
      return months.get(tenantId) ?? { month: 0, totalCalls: 0 };
    },
    noteMonth(tenantId: string, month: number, calls: number): void {
      const spent = months.get(tenantId);
      const totalCalls = (spent?.month === month ? spent.totalCalls : 0) + calls;
      months.set(tenantId, { month, totalCalls });
    },
  };
}
