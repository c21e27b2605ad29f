/**
 * When the record that a write answered may stand for a read-back (fact U6.9: an update may answer the record).
 *
 * Reading back costs one call in three of an account's quota. Whether Unleashed answers what it stored or what it was sent is not
 * known, and may differ from account to account. So an answer counts only for values that nobody would store otherwise, only after
 * several answers of the account were read back and proved right, and every so often one is read back all the same.
 */
import type { Field } from '#contracts';
import type { Seen } from '#sink';

/** Answers that must have proved right before one counts. */
const PROOFS = 5;
/** Answers that must prove right after one was wrong: in practice, until the process starts anew. */
const PROOFS_AFTER_WRONG = 1_000;
/** One answer in so many is read back although it would count. */
const SAMPLE = 16;
/** Characters up to which a value is taken for one that is stored as it is. */
const PLAIN_CHARACTERS = 50;

/** Judge of the answers of one account. Its memory is a process': a new one proves them again. */
export interface WriteAnswers {
  /** Whether the answer is enough; otherwise the record is to be read back and {@link WriteAnswers.prove} told. */
  suffice<F extends Field>(answered: Seen<F>, written: ReadonlyMap<F, string>): boolean;
  /** Compares an answer with what a read-back showed. Gives the fields whose value was not as answered. */
  prove<F extends Field>(answered: Seen<F>, after: Seen<F>, written: ReadonlyMap<F, string>): F[];
}

/** Makes the judge of one account. */
export function createWriteAnswers(): WriteAnswers {
  let missing = PROOFS;
  let sinceSample = 0;
  return {
    suffice(answered, written) {
      const isAsSent = [...written].every(([field, value]) => isPlain(value) && answered.values[field] === value);
      if (!isAsSent || missing > 0 || sinceSample >= SAMPLE - 1) return false;
      sinceSample += 1;
      return true;
    },
    prove(answered, after, written) {
      sinceSample = 0;
      const wrong = [...written.keys()].filter((field) => answered.values[field] !== after.values[field]);
      missing = wrong.length > 0 ? PROOFS_AFTER_WRONG : Math.max(0, missing - 1);
      return wrong;
    },
  };
}

/** A short text without anything that a store might trim, fold or cut. */
function isPlain(value: string): boolean {
  return value.length <= PLAIN_CHARACTERS && value === value.trim() && !/\s\s|[^\S ]|\p{Cc}/u.test(value);
}
