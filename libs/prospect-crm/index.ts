/** The CRM's API: client, errors, budget, and the mapping between its records and the pipeline. */
export * from './change-events.ts';
export {
  type CrmClient,
  type CrmKey,
  type CrmPage,
  type CrmQuery,
  type CrmRead,
  type CrmSet,
  createCrmClient,
  isNumericKey,
  PAGE_SIZE,
} from './client.ts';
export type { CrmClientOptions } from './client-options.ts';
export * from './errors.ts';
export * from './own-events.ts';
export * from './reads.ts';
export * from './snapshots.ts';
export * from './stamps.ts';
export * from './tenant-clients.ts';
export * from './unread-writes.ts';
export * from './widths.ts';
