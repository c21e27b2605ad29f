import { hash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** What stands for a secret wherever it would be shown. */
export const REDACTED = '[secret]';

/**
 * A value that must not be shown: every ordinary way of printing it gives `[secret]` (template strings, JSON,
 * `util.inspect`, pino). `reveal()` is the only way to the value; call it where the value is used and nowhere else.
 */
export class Secret {
  readonly #value: string;
  /** Of the value, once somebody has presented one. */
  #digest: Buffer | null = null;

  constructor(value: string) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. */
  reveal(): string {
    return this.#value;
  }

  /** Compares with what a caller presents, in a time that does not depend on where they differ. */
  matches(presented: string): boolean {
    this.#digest ??= digest(this.#value);
    return timingSafeEqual(this.#digest, digest(presented));
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
