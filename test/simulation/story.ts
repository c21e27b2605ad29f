/** The readable story of a run: who did what when, what the system did, and which invariant broke. */
import type { Plan } from './plan.ts';
import type { Breach, Ran } from './ran.ts';

/** Lines of topics that only repeat what others say. */
const REPETITIVE = /^(sync\.link|sync\.lane|sync\.tenant)/;
const MAX_CHARACTERS = 400;

/** The story as text. */
export function storyOf(ran: Ran, breaches: readonly Breach[]): string {
  const lines = ran.lines
    .filter(({ who }) => !REPETITIVE.test(who))
    .map(({ atMs, who, text }) => `${(atMs / 1_000).toFixed(3).padStart(9)}  ${who}: ${text}`.slice(0, MAX_CHARACTERS));
  return [...lines, '', ...breaches.map(({ invariant, text }) => `✗ ${invariant}: ${text}`)].join('\n');
}

/** What is to happen, as text. */
export function outlineOf(plan: Plan): string {
  return plan.happenings
    .map(({ atMs, ...act }) => `${(atMs / 1_000).toFixed(3).padStart(9)}  ${JSON.stringify(act)}`)
    .join('\n');
}
