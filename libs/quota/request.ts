/** What both kinds of quota share: the check of a request before, and the wording of a refusal after. */
import { QuotaError } from './errors.ts';
import { limitFor } from './limits.ts';
import type { QuotaAnswer, QuotaRequest } from './quota.ts';

/** A request against its budget. */
export interface CheckedRequest {
  /** The whole budget, calls. */
  readonly budgetCalls: number;
  /** Up to how many calls this class is served. */
  readonly limitCalls: number;
}

/**
 * @param budgetCalls the whole budget; undefined when the tenant is not known
 * @throws QuotaError QUOTA_TENANT_UNKNOWN or QUOTA_REQUEST_TOO_LARGE; RangeError for a number of calls that is none
 */
export function checkRequest(request: QuotaRequest, budgetCalls: number | undefined): CheckedRequest {
  const { calls, priority, tenantId, side } = request;
  if (!Number.isSafeInteger(calls) || calls < 1) throw new RangeError(`Ask for 1 call or more, not for ${calls}.`);
  if (budgetCalls === undefined) throw unknownTenant(tenantId);
  const limitCalls = limitFor(priority, budgetCalls);
  if (calls > limitCalls) {
    throw new QuotaError(
      'QUOTA_REQUEST_TOO_LARGE',
      `Tenant ${tenantId}, ${side}: ${calls} calls at once, and ${priority} work may have ${limitCalls} of ${budgetCalls}.`,
      { hint: 'Ask for fewer calls at a time, or check monthlyCalls in the tenants file.' },
    );
  }
  return { budgetCalls, limitCalls };
}

/** The error for a tenant without a budget. */
export function unknownTenant(tenantId: string): QuotaError {
  return new QuotaError('QUOTA_TENANT_UNKNOWN', `No monthly budget is known for tenant ${tenantId}.`, {
    hint: 'Check that the tenants file has this tenant, with unleashed.monthlyCalls.',
  });
}

/** A refusal in words. */
export function refuse(
  request: QuotaRequest,
  checked: CheckedRequest,
  outcome: { readonly retryAtMs: number; readonly usedCalls: number; readonly blocked: boolean },
): QuotaAnswer {
  const { retryAtMs } = outcome;
  if (outcome.blocked) return { granted: false, retryAtMs, reason: 'told-to-wait' };
  const othersMay = outcome.usedCalls + request.calls <= limitFor('live', checked.budgetCalls);
  if (othersMay) return { granted: false, retryAtMs, reason: 'reserved' };
  return { granted: false, retryAtMs, reason: request.side === 'crm' ? 'window-full' : 'month-spent' };
}
