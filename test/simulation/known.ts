/**
 * Breaches that are known and wait to be mended, each with what tells it apart. They are counted and said, never silent; an
 * entry leaves this list with the change that mends it.
 */
import type { Breach } from './judge/evidence.ts';
import { recordsOf } from './judge/evidence.ts';
import type { Ran } from './run.ts';

/** A known breach. */
export interface KnownIssue {
  id: string;
  /** What is wrong, in a sentence. */
  text: string;
  is(ran: Ran, breach: Breach): boolean;
}

/** The list. */
export const KNOWN_ISSUES: readonly KnownIssue[] = [
  {
    id: 'K1',
    text: 'Two reads by services whose clocks differ within the margin: the newer one is dropped as older and not repeated.',
    is: (ran, { invariant, text }) =>
      invariant === 'I2' && namedBy(ran, text, (verdict, reason) => verdict === 'not-taken' && reason === 'older-read'),
  },
  {
    id: 'K2',
    text: 'A field that a person sets back between a write and its read-back is taken for one that is not allowed.',
    is: (ran, { invariant, text }) =>
      invariant === 'I2' &&
      namedBy(ran, text, (verdict, reason) => verdict === 'blocked' && reason === 'invalid-value'),
  },
  {
    id: 'K3',
    text: 'A late write of a whole record brings back an old value of a field that it did not order: taken for an edit.',
    is: (ran, breach) =>
      (breach.invariant === 'I3' && breach.text.includes('because of a late write of ours in unleashed')) ||
      (breach.invariant === 'I1' &&
        ran.history.showings.some(
          ({ before, call }) =>
            call?.faults.includes('lateWrite') === true && before !== '' && breach.text.includes(`'${before}'`),
        )),
  },
];

/** Whether a decision about one of the values that the breach names was of this kind. */
function namedBy(ran: Ran, text: string, isIt: (verdict: string, reason: string) => boolean): boolean {
  return recordsOf(ran, 'sync.decision.v1').some(({ record }) =>
    record.fields.some(
      ({ verdict, reason, crm, unleashed }) =>
        isIt(verdict, reason) &&
        [crm, unleashed].some((value) => value !== null && value !== '' && text.includes(`'${value}'`)),
    ),
  );
}

/** The known issue that a breach belongs to; undefined when it is news. */
export function knownIssueOf(ran: Ran, breach: Breach): KnownIssue | undefined {
  return KNOWN_ISSUES.find((issue) => issue.is(ran, breach));
}
