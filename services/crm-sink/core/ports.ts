/** What the sink's logic needs from outside. Everything that it does to the world goes through here, time included. */
import type { Command, Setting } from '#contracts';
import type { CrmClient } from '#prospect-crm';

/** The calls of the API that a command may use. */
export type SinkApi = Pick<CrmClient, 'get' | 'pages' | 'patch' | 'post'>;

/** Who may make a record now. */
export interface CreationClaim {
  /** True when nobody tried within the time that a lost request may come late: the caller may try. */
  isOurs: boolean;
  /** Until when nobody else may try, our clock, milliseconds. */
  untilMs: number;
  /** Before when the request must go out, so that others may rely on `untilMs`; 0 when it is not ours. */
  sendBeforeMs: number;
}

/** Outside world of one command. Its stores reject with retriable errors when they cannot be asked. */
export interface SinkPorts {
  /** API of the command's tenant. Its errors are CrmApiError, CrmBudgetError and those of the budget's store. */
  api: SinkApi;
  /** Settings of the tenant in force now; null when there are none yet. */
  setting(): Setting | null;
  /** Our clock, milliseconds since the epoch. */
  now(): number;
  /** Waits; used for short back-offs within a command only. */
  sleep(ms: number): Promise<void>;
  /** Notes that a write is about to be sent for a command. */
  beginWrite(commandId: string): Promise<void>;
  /** Whether an earlier delivery of the command came so far that its write may have been sent. */
  hasBegun(commandId: string): Promise<boolean>;
  /**
   * Claims the right to make the record with this marker. It is refused while an earlier request to make it, whose fate is
   * not known, may still take effect.
   */
  claimCreation(marker: string): Promise<CreationClaim>;
  /** Gives the right back: the request was surely not carried out. */
  releaseCreation(marker: string): Promise<void>;
  /** Commands in a row, before this one, that failed because the CRM did not answer this tenant properly. */
  failuresInARow(): number;
}

/** A command on its way. */
export interface Context {
  readonly command: Command;
  readonly ports: SinkPorts;
  /** When the sink began, our clock. */
  readonly startedAtMs: number;
  /** Calls used so far. */
  calls: number;
  /** What calls are made for: the command's priority; once a write has begun live, so that it can be read back. */
  purpose: string;
}
