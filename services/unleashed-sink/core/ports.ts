/** What the sink's logic needs from outside. Everything that it does to the world goes through here, time included. */
import type { CommandContext, CommandPorts, WriteAnswers } from '#sink';
import type { ContactPhoneKey, UnleashedClient } from '#unleashed';

/** The calls of the API that a command may use. */
export type SinkApi = Pick<UnleashedClient, 'list' | 'getCustomer' | 'postCustomer' | 'postContact' | 'putContact'>;

/** Outside world of one command. */
export interface SinkPorts extends CommandPorts {
  /** API of the command's tenant. Its errors are UnleashedApiError, BudgetError and those of the budget's store. */
  api: SinkApi;
  /** What this tenant's answers to writes of such records are worth. */
  answers: WriteAnswers;
  /** Told of fields that were stored otherwise than a write answered. */
  onWrongAnswer(fields: readonly string[]): void;
  /** Where this tenant keeps the phone number of a contact. */
  phoneKey: ContactPhoneKey;
  /**
   * Notes that a record was shown by an outcome, so that the connector publishes it again even if it finds there what it had
   * published before. Called before each outcome with `shown`.
   */
  noteShown(kind: 'customer' | 'contact', guid: string, readStartedAtMs: number): Promise<void>;
  /** Notes that a write of a customer was carried out, so that the connector knows the webhook that it causes. */
  noteWrite(customerGuid: string): Promise<void>;
}

/** A command on its way. */
export type Context = CommandContext<SinkPorts>;
