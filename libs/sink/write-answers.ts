/**
 * When what a write was answered with may stand for a read-back.
 *
 * Reading back costs one call in three. Unleashed answers an update with the record (fact U6.9), be it what it stored or what it
 * was sent; the CRM answers with nothing at all (fact P2.8). Neither is known to store what it is given, and accounts may differ.
 * So an answer counts only for values that nobody would store otherwise, only once several writes of the same field were read
 * back and proved right, and never again after one was wrong.
 */
import type { Command, Field } from '#contracts';
import type { Seen } from './context.ts';

/** Writes of a field that must have proved right before an answer about it counts, unless it is said. */
const PROOFS = 5;
/** Writes that must prove right after one was wrong: in practice, until the process starts anew. */
const PROOFS_AFTER_WRONG = 1_000;
/** Characters up to which a value is taken for one that is stored as it is. */
const PLAIN_CHARACTERS = 50;

/** What an answer shows, or is taken to show. */
type Shown<F extends Field> = Pick<Seen<F>, 'values'>;

/** Judge of the answers of one account. Its memory is a process': a new one proves them again. */
export interface WriteAnswers {
  /** Whether the answer is enough; otherwise the record is to be read back and {@link WriteAnswers.prove} told. */
  suffice<F extends Field>(answered: Shown<F>, written: ReadonlyMap<F, string>): boolean;
  /** Compares an answer with what a read-back showed. Gives the fields whose value was not as answered. */
  prove<F extends Field>(answered: Shown<F>, after: Shown<F>, written: ReadonlyMap<F, string>): F[];
  /** Something else found an answer to be wrong that was taken for enough: all have to be proved again. */
  distrust(): void;
}

/**
 * Makes the judge of one account.
 *
 * @param sampleEvery one answer in so many is read back although it would count; null: none, something else looks at each
 * @param provedAfter writes of a field that must have proved right first; 5 from the first wrong one on
 */
export function createWriteAnswers(sampleEvery: number | null, provedAfter = PROOFS): WriteAnswers {
  const proofs = new Map<Field, number>();
  let needed = provedAfter;
  let sinceSample = 0;

  return {
    suffice(answered, written) {
      const isAsSent = [...written].every(
        ([field, value]) => isPlain(value) && answered.values[field] === value && (proofs.get(field) ?? 0) >= needed,
      );
      if (!isAsSent || (sampleEvery !== null && sinceSample >= sampleEvery - 1)) return false;
      sinceSample += 1;
      return true;
    },
    prove(answered, after, written) {
      sinceSample = 0;
      const wrong = [...written.keys()].filter((field) => answered.values[field] !== after.values[field]);
      if (wrong.length > 0) needed = PROOFS_AFTER_WRONG;
      else for (const field of written.keys()) proofs.set(field, (proofs.get(field) ?? 0) + 1);
      return wrong;
    },
    distrust() {
      proofs.clear();
      needed = Math.max(needed, PROOFS);
    },
  };
}

/** The judge of the records that a command is about: one for each tenant and kind of record. */
export function answersByKind(
  sampleEvery: number | null,
  provedAfter?: number,
): (command: Pick<Command, 'tenantId' | 'entity'>) => WriteAnswers {
  const judges = new Map<string, WriteAnswers>();
  return ({ tenantId, entity }) => {
    const key = `${tenantId}/${entity}`;
    const judge = judges.get(key) ?? createWriteAnswers(sampleEvery, provedAfter);
    judges.set(key, judge);
    return judge;
  };
}

/** A short text without anything that a store might trim, fold or cut. */
function isPlain(value: string): boolean {
  return value.length <= PLAIN_CHARACTERS && value === value.trim() && !/\s\s|[^\S ]|\p{Cc}/u.test(value);
}
