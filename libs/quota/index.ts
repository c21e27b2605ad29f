/** Budgets of API calls, shared through Redis: who may call now, who waits until when, and how a month is going. */
export { QuotaError, type QuotaErrorCode } from './errors.ts';
export { advisePoll, forecastMonth, type MonthForecast, type PollAdvice, sweepIntervalMs } from './forecast.ts';
export { CRM_LIMIT_CALLS, CRM_WINDOW, CRM_WINDOW_MS, limitFor, PRIORITY_SHARE, type WindowShape } from './limits.ts';
export { createMemoryQuota } from './memory-quota.ts';
export { budgetMonthOf, budgetResetMs, type Month, monthOf } from './month.ts';
export type { QuotaOptions, RedisQuotaOptions } from './options.ts';
export type {
  Quota,
  QuotaAnswer,
  QuotaGrant,
  QuotaPriority,
  QuotaRefusal,
  QuotaRequest,
  QuotaSide,
  QuotaUsage,
  TooManyRequests,
} from './quota.ts';
export { createRedisQuota } from './redis-quota.ts';
export { type PollSchedule, pollScheduleOf, pollsBetween } from './schedule.ts';
