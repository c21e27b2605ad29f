/** Client of Unleashed's REST API, and the mapping between its records and the pipeline's. */

export * from './addresses.ts';
export * from './client.ts';
export * from './client-options.ts';
export * from './contact.ts';
export * from './customer.ts';
export * from './dates.ts';
export * from './drift.ts';
export { createEchoes, type Echoes, type TakenEchoes } from './echoes.ts';
export * from './errors.ts';
export * from './pages.ts';
export * from './shared-keys.ts';
export * from './signature.ts';
export * from './snapshots.ts';
export * from './subscriptions.ts';
export * from './tenant-clients.ts';
export * from './webhooks.ts';
