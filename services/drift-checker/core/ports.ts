/** What a check needs of the world around it. */
import type { DriftReport, Side } from '#contracts';
import type { CrmReadApi } from '#prospect-crm';
import type { TenantState } from '#sync-core';
import type { ContactPhoneKey, UnleashedClient } from '#unleashed';

/** Outside world of one check. */
export interface CheckPorts {
  readonly tenantId: string;
  /** Where the tenant keeps the phone number of a contact. */
  readonly phoneKey: ContactPhoneKey;
  readonly crm: CrmReadApi;
  readonly unleashed: Pick<UnleashedClient, 'list' | 'getCustomer'>;
  /**
   * What the sync knows, with everything decided that was published before this was called. Rejects with a retriable error
   * while the processor is behind.
   */
  loadState(): Promise<TenantState>;
  /** How long a read of the sync itself may take to bring an edit; `pages`: of the customers' list. */
  patienceMs(side: Side, entity: 'company' | 'contact', pages: number): Promise<number>;
  /** Writes how the check stands; resolves when it is written. */
  report(report: DriftReport): Promise<void>;
  /** Aborted when the check is to end. */
  readonly signal: AbortSignal;
  /** Our clock, milliseconds. */
  now(): number;
  /** Rejects when the check is to end. */
  sleep(ms: number): Promise<void>;
}

/** What all calls of a check are for, to the call budget: after people's edits, before first alignments. */
export const PURPOSE = 'reconciliation';
