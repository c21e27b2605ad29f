/** The simulated systems as pure models; the HTTP server and a simulation drive the same functions. */
export type { CallPlan } from './call-plan.ts';
export { cloneWorkspace } from './clone.ts';
export { type Attempt, dueAttempts, nextDueMs, settleAttempt } from './events.ts';
export { type FaultKind, type FaultOrder, faultKinds } from './faults.ts';
export { collections, deskOf, listRecords, type PersonWrite, writeAsPerson } from './people.ts';
export { runAccountManagerJob } from './people-crm.ts';
export { defaultSwitches, setSwitch, switchDefinitions } from './switches.ts';
export type { ApiRequest, ApiResponse, Change, Json, Row, Side } from './types.ts';
export {
  addFault,
  applyHeld,
  type CallResult,
  clearFaults,
  createWorkspace,
  firstSignatureKey,
  planCall,
  runCall,
  setHookUrl,
  setWebhookUrl,
  type WorkspaceOptions,
} from './workspace.ts';
export { apiNowMs, type Workspace } from './workspace-state.ts';
