/**
 * Breaches that are known and wait to be mended, each with what tells it apart. They are counted and said, never silent; an
 * entry leaves this list with the change that mends it.
 */
import type { Breach } from './judge/evidence.ts';
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
  {
    id: 'K5',
    text: 'A value that was written late more than once is taken for an edit when it comes back after a newer one.',
    is: (_ran, { invariant, text }) => invariant === 'I3' && text.includes('because of a late write of ours in crm'),
  },
];

/** The known issue that a breach belongs to; undefined when it is news. */
export function knownIssueOf(ran: Ran, breach: Breach): KnownIssue | undefined {
  return KNOWN_ISSUES.find((issue) => issue.is(ran, breach));
}
