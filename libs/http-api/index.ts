/** What the clients of both APIs share: calls, answers, errors, the call budget, a client per tenant. */
export { type AnswerReader, type Asked, createAnswerReader, type Dialect, usualCode } from './answers.ts';
export { BudgetError, budgetHooks } from './budget.ts';
export type { ApiClientOptions, CallInfo, CallOptions, CallResult } from './call-options.ts';
export { type CallAnswer, createCaller } from './caller.ts';
export { ApiError, type ApiErrorCode, type ApiErrorDetails } from './errors.ts';
export { createClientsByTenant, type TenantClients, type TenantClientsOptions } from './tenant-clients.ts';
