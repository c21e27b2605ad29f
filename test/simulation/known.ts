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
export const KNOWN_ISSUES: readonly KnownIssue[] = [];

/** The known issue that a breach belongs to; undefined when it is news. */
export function knownIssueOf(ran: Ran, breach: Breach): KnownIssue | undefined {
  return KNOWN_ISSUES.find((issue) => issue.is(ran, breach));
}
