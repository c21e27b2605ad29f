/** The pure core: what is decided, without a clock, random numbers or I/O. */
export { crmEssence, toCrmAddress, toUnleashedAddress, unleashedEssence } from './address.ts';
export type { CoreEvent, Effects, ObservedRecord } from './events.ts';
export { contactGuid, markerOf } from './identity.ts';
export { LIMITS } from './options.ts';
export { REASONS, type Reason, type ReasonCode, reasonOf } from './reasons.ts';
export { resume, step } from './step.ts';
export { createTenantState, type TenantState } from './tenant-state.ts';
