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
    text: 'A sink died after it had sent a write, the next one carried the command out, and the first request came late in Unleashed: taken for an edit.',
    is: (ran, { invariant, text }) =>
      invariant === 'I3' && text.includes('because of a late write of ours in unleashed') && hasSinkDied(ran),
  },
  {
    id: 'K5',
    text: 'The same in the CRM.',
    is: (ran, { invariant, text }) =>
      invariant === 'I3' && text.includes('because of a late write of ours in crm') && hasSinkDied(ran),
  },
];

/** The known issue that a breach belongs to; undefined when it is news. */
export function knownIssueOf(ran: Ran, breach: Breach): KnownIssue | undefined {
  return KNOWN_ISSUES.find((issue) => issue.is(ran, breach));
}

/** Whether a request that came late was sent by a sink that never answered for it. */
function hasSinkDied(ran: Ran): boolean {
  return ran.plan.happenings.some((one) => (one.do === 'crash' || one.do === 'freeze') && one.kind.endsWith('sink'));
}
