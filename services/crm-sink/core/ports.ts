/** What the sink's logic needs from outside. Everything that it does to the world goes through here, time included. */
import type { CrmClient, OwnEvents, UnreadWrites } from '#prospect-crm';
import type { CommandContext, CommandPorts, WriteAnswers } from '#sink';

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
export interface SinkPorts extends CommandPorts {
  /** API of the command's tenant. Its errors are CrmApiError, BudgetError and those of the budget's store. */
  api: SinkApi;
  /**
   * Claims the right to make the record with this marker. It is refused while an earlier request to make it, whose fate is
   * not known, may still take effect.
   */
  claimCreation(marker: string): Promise<CreationClaim>;
  /** Gives the right back: the request was surely not carried out. */
  releaseCreation(marker: string): Promise<void>;
  /** Which events crm-capture may take for those of our writes. */
  ownEvents: Pick<OwnEvents, 'expect' | 'expectNoMore'>;
  /** What this tenant's 204 to a write of such a record is worth. */
  answers: WriteAnswers;
  /** Writes that are not read back here, for whoever reads the record next. */
  unread: Pick<UnreadWrites, 'note'>;
  /** Told of fields that were stored otherwise than they were sent. */
  onWrongAnswer(fields: readonly string[]): void;
}

/** A command on its way. */
export type Context = CommandContext<SinkPorts>;
