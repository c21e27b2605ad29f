/** All that one tenant's sandbox knows, and what follows from that alone. */
import type { Fault } from './faults.ts';
import type { CrmState } from './prospect/state.ts';
import type { Dice } from './random.ts';
import type { Switches } from './switches.ts';
import type { ApiRequest, Side } from './types.ts';
import type { UnleashedState } from './unleashed/state.ts';

/** One event on its way to a receiver. */
export type Delivery = {
  readonly id: number;
  readonly side: Side;
  readonly url: string;
  readonly body: string;
  /** Webhook row (CRM) or subscription (Unleashed) that ordered it. */
  readonly source: string;
  /** Next attempt, ms. */
  dueMs: number;
  attempts: number;
  /** No attempt begins at or after this time, ms. */
  readonly expiresMs: number;
  inFlight: boolean;
};

/** A write that the network delivers late (fault `lateWrite`). */
export type HeldRequest = { readonly side: Side; readonly request: ApiRequest; readonly dueMs: number };

/** All that one tenant's sandbox knows. */
export type Workspace = {
  readonly id: string;
  readonly name: string;
  /** IANA time zone of the tenant. */
  readonly timeZone: string;
  readonly seed: string;
  readonly crm: CrmState;
  readonly unleashed: UnleashedState;
  readonly switches: Switches;
  faults: Fault[];
  faultCount: number;
  readonly dice: Dice;
  /** Secret in the header x-hook-secret of CRM change events. */
  webhookSecret: string;
  /** Seconds between polls that the tenant's configuration asks for. */
  readonly pollSeconds: number;
  readonly outbox: Map<number, Delivery>;
  deliveryIds: number;
  deliveryCount: number;
  eventCount: number;
  eventsDropped: number;
  held: HeldRequest[];
};

/** The clock of one side's API: real time plus the faults `clockSkew` in force. */
export function apiNowMs(workspace: Workspace, side: Side, nowMs: number): number {
  let skewed = nowMs;
  for (const fault of workspace.faults) {
    if (fault.kind !== 'clockSkew' || fault.side !== side) continue;
    if (fault.untilMs === null || nowMs < fault.untilMs) skewed += fault.skewMs;
  }
  return skewed;
}
