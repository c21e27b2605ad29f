/** How long the sync's own reads may take to bring an edit: what a difference has to outlast. */
import type { Side } from '#contracts';
import { advisePoll, pollScheduleOf, type Quota, sweepIntervalMs } from '#quota';
import type { Clock, Tenant } from '#runtime';

/** What it needs. */
export interface PaceOptions {
  tenant: Pick<Tenant, 'id' | 'timeZone' | 'unleashed'>;
  quota: Pick<Quota, 'usage'>;
  clock: Clock;
  /** At least, milliseconds: what the catch-up of the CRM takes. */
  confirmMs: number;
}

/** A poll may be under way already, and the next one be a little late. */
const POLLS = 2;

/**
 * The CRM is caught up with at an interval that does not depend on the tenant. Unleashed is polled as often as the tenant's
 * calls allow now; of an account of several pages a poll shows customers alone, and its contacts come with the next walk.
 */
export function createPace({ tenant, quota, clock, confirmMs }: PaceOptions) {
  return async (side: Side, entity: 'company' | 'contact', pages: number): Promise<number> => {
    if (side === 'crm') return confirmMs;
    const { usedCalls, limitCalls } = await quota.usage(tenant.id, 'unleashed');
    const schedule = pollScheduleOf(tenant);
    const nowMs = clock.now();
    const poll = { nowMs, lastPollAtMs: nowMs, schedule, callsPerPoll: 1, usedCalls, limitCalls };
    const pollMs = Math.max(confirmMs, POLLS * advisePoll(poll).intervalMs);
    if (entity === 'company' || pages <= 1) return pollMs;
    return pollMs + sweepIntervalMs(pages, tenant.unleashed.monthlyCalls) + pages * advisePoll(poll).intervalMs;
  };
}
