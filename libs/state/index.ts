/** The view of the processor's changelogs in Redis. */
export type { StateEvents, StateViewOptions } from './options.ts';
export type { ChangedEntry, StateEntry } from './packed.ts';
export { StateError, type StateErrorCode } from './state-error.ts';
export {
  type ChangelogEnds,
  createStateView,
  type IndexedTenant,
  type StateChange,
  type StateView,
  type StoredState,
  type TenantChange,
} from './state-view.ts';
