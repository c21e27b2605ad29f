/** What carrying out a command needs from outside, whatever the API. Everything goes through here, time included. */
import type { Command, Field, Setting } from '#contracts';
import type { JsonRecord } from '#runtime';

/** Outside world of one command. Its stores reject with retriable errors when they cannot be asked. */
export interface CommandPorts {
  /** Settings of the tenant in force now; null when there are none yet. */
  setting(): Setting | null;
  /** Our clock, milliseconds since the epoch. */
  now(): number;
  /** Whether the command is this process' beyond doubt: false once it was taken away, or may have been while the process slept. */
  isOurs(): boolean;
  /** Waits; used for short back-offs within a command only. */
  sleep(ms: number): Promise<void>;
  /** Notes that a write is about to be sent for a command; true when it was noted for the first time. */
  beginWrite(commandId: string): Promise<boolean>;
  /** Whether an earlier delivery of the command came so far that its write may have been sent. */
  hasBegun(commandId: string): Promise<boolean>;
  /** Whether more than one delivery of the command came so far. */
  hasBegunAgain(commandId: string): Promise<boolean>;
  /** Commands in a row, before this one, that failed because the API did not answer this tenant properly. */
  failuresInARow(): number;
}

/** A command on its way. */
export interface CommandContext<P extends CommandPorts = CommandPorts> {
  readonly command: Command;
  readonly ports: P;
  /** When the sink began, our clock. */
  readonly startedAtMs: number;
  /** Calls used so far. */
  calls: number;
  /** What calls are made for: the command's priority; once a write has begun live, so that it can be read back. */
  purpose: string;
  /** Whether an earlier delivery had begun the write; undefined until a write is begun now. */
  isRepeated?: boolean;
}

/** A record as it was read. */
export interface Seen<F extends Field> {
  record: JsonRecord;
  /** All synced fields in the form of the API. */
  values: Readonly<Record<F, string>>;
  /** Our clock when the request was sent. */
  readStartedAtMs: number;
  /** The API's clock of the record; null when it gave none. */
  sourceUpdatedAtMs: number | null;
}

/** Why a field is not taken. */
export interface FieldRefusal {
  /** Stable reason code. */
  code: string;
  /** A sentence for people; empty when there is nothing to say. */
  message: string;
}
