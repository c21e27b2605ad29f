/** What the sink's logic needs from outside. Everything that it does to the world goes through here, time included. */
import type { Command, Setting } from '#contracts';
import type { ContactPhoneKey, UnleashedClient } from '#unleashed';

/** The calls of the API that a command may use. */
export type SinkApi = Pick<UnleashedClient, 'list' | 'getCustomer' | 'postCustomer' | 'postContact' | 'putContact'>;

/** Outside world of one command. */
export interface SinkPorts {
  /** API of the command's tenant. Its errors are UnleashedApiError, BudgetError and those of the budget's store. */
  api: SinkApi;
  /** Where this tenant keeps the phone number of a contact. */
  phoneKey: ContactPhoneKey;
  /** Settings of the tenant in force now; null when there are none yet. */
  setting(): Setting | null;
  /** Our clock, milliseconds since the epoch. */
  now(): number;
  /** Waits; used for short back-offs within a command only. */
  sleep(ms: number): Promise<void>;
  /** Notes that a write is about to be sent for a command; true when it was noted for the first time. */
  beginWrite(commandId: string): Promise<boolean>;
  /** Whether an earlier delivery of the command came so far that its write may have been sent. */
  hasBegun(commandId: string): Promise<boolean>;
  /**
   * Notes that a record was shown by an outcome, so that the connector publishes it again even if it finds there what it had
   * published before. Called before each outcome with `shown`.
   */
  noteShown(kind: 'customer' | 'contact', guid: string, readStartedAtMs: number): Promise<void>;
  /** Commands in a row, before this one, that failed because Unleashed did not answer this tenant properly. */
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
