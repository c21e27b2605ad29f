/** Row 13 of the mission: where two-way sync is not available, it cannot be switched on, and does not stay on. */
import type { Setting } from '#contracts';
import type { ReasonCode } from './reasons.ts';
import { changeSetting } from './settings.ts';
import type { StepContext } from './step-context.ts';
import type { TenantState } from './tenant-state.ts';

/** Why the tenant cannot have two-way sync; null when it can. */
export function unavailability(state: TenantState): ReasonCode | null {
  // Nothing in the API is known that tells of advanced ledgers; the tenants file does.
  if (state.setting?.advancedLedgers === true) return 'advanced-ledgers';
  return state.index.byOperatingCompany.size > 1 ? 'several-operating-companies' : null;
}

/** Whether settings would switch on what is not available. */
export function refusedAsUnavailable(state: TenantState, change: Partial<Setting>): ReasonCode | null {
  return change.enabled === true && state.setting?.enabled !== true ? unavailability(state) : null;
}

/** Switches the sync off when it turns out not to be available, with a notice; true when it did. */
export function switchOffIfUnavailable(context: StepContext): boolean {
  const { setting } = context.state;
  const reason = unavailability(context.state);
  if (reason === null || setting === null || !setting.enabled) return false;
  changeSetting(context, { enabled: false, changedBy: 'sync-processor', requestId: '' });
  context.notices.push({ entity: 'setting', verdict: 'refused', reason });
  return true;
}
