import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** What stands for a secret wherever it would be shown. */
export const REDACTED = '[secret]';

/**
 * A value that must not be shown: every ordinary way of printing it gives `[secret]` (template strings, JSON,
 * `util.inspect`, pino). `reveal()` is the only way to the value; call it where the value is used and nowhere else.
 */
export class Secret {
  readonly #value: string;

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
    return timingSafeEqual(digest(this.#value), digest(presented));
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
  return createHash('sha256').update(text).digest();
}
