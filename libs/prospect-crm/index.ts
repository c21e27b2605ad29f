/** The CRM's API: client, errors, and the mapping between its records and the pipeline. */
export { type CrmChange, type CrmEntity, type ParsedEvents, parseChangeEvents } from './change-events.ts';
export {
  type CrmClient,
  type CrmPage,
  type CrmQuery,
  type CrmRead,
  type CrmSet,
  createCrmClient,
  isNumericKey,
} from './client.ts';
export type { CrmCallInfo, CrmCallOptions, CrmCallResult, CrmClientOptions } from './client-options.ts';
export { CrmApiError, type CrmErrorCode, type CrmErrorDetails } from './errors.ts';
export {
  addressBody,
  COMPANY_EXPAND,
  COMPANY_PROPERTIES,
  CONTACT_PROPERTIES,
  companySnapshot,
  companyValues,
  contactSnapshot,
  contactValues,
  type ReadInfo,
  updatedAtMs,
  userSnapshot,
} from './snapshots.ts';
