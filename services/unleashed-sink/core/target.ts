/** The record that a command is about: how it is read, written and compared. One target per kind of record. */
import type { Field, ShownField } from '#contracts';
import type { FieldRefusal, Seen } from '#sink';

/** A kind of record. Its calls reject with UnleashedApiError, BudgetError or GateClosedError. */
export interface Target<F extends Field> {
  /** The fields that it has. */
  readonly fields: readonly F[];
  /** Keys of the API by field, lower case, to read from an error which field it is about. */
  readonly errorKeys: Readonly<Record<F, readonly string[]>>;
  /** Reads the record. A record that is not there is an UnleashedApiError with code NOT_FOUND. */
  read(): Promise<Seen<F>>;
  /** Fields of the changes that need not even be tried. */
  refuse(seen: Seen<F>, changes: Partial<Record<F, string>>): Map<F, FieldRefusal>;
  /**
   * Writes the record as it was seen with the changes; `guard` is asked when the request goes out. Gives the record as the write
   * answered it, as if read when the answer came; null when it answered none.
   */
  write(seen: Seen<F>, changes: Partial<Record<F, string>>, guard: () => void): Promise<Seen<F> | null>;
  /** Fields of another record that its own holds, too, so that a write of it sends them along. */
  carriesOfOthers(seen: Seen<F>): ShownField[];
  /** What else changed between two reads, by key of the API. */
  drift(before: Seen<F>, after: Seen<F>, written: readonly F[]): string[];
  /** Kind of record. */
  readonly kind: 'customer' | 'contact';
  /** GUID at Unleashed. */
  readonly guid: string;
  /** GUID of the parent; empty when it has none. */
  readonly parentGuid: string;
}
