/** Merges all fields of a link and records what was found. */
import { fieldEnabled, offReason, standingOf, unclearCode } from './eligibility.ts';
import { isAtRest, mergeField } from './field-merge.ts';
import { awaitsApproval, isHeld, obstacle, policyFor } from './field-rules.ts';
import { recordConflict } from './ledger.ts';
import { type LinkState, withField } from './link-state.ts';
import { peopleOf } from './people.ts';
import { isMending } from './show-field.ts';
import { isSaid, putLink, type StepContext, say, sayField, type Verdict } from './step-context.ts';

/** What merging a field may come to; the heaviest of its fields is the verdict on the record. */
const WEIGHT = { agreed: 1, waiting: 2, write: 3, conflict: 4 } as const satisfies Partial<Record<Verdict, number>>;
type Weighed = keyof typeof WEIGHT;

/**
 * Merges the link as settings allow, or says why it is not merged now (unless `quiet`: a change of settings looks at every
 * link, and those that it leaves as they were have nothing to say).
 * While a write is under way or a read is outstanding nothing is merged: the answer decides together with what came since.
 */
export function mergeLink(context: StepContext, ref: string, quiet: boolean): void {
  const link = context.state.links.get(ref);
  if (link === undefined) return;
  if (link.entity === 'person') {
    const matched = link.crm !== null && link.unleashed !== null;
    if (!quiet) sayUnlessSaid(context, link, 'unchanged', matched ? 'person-matched' : 'person-unmatched');
    return;
  }
  const hindrance = whyNotNow(context, link);
  if (hindrance === null) {
    if (link.crm !== null && link.unleashed !== null) mergeFields(context, link, quiet);
    else if (!quiet) sayUnlessSaid(context, link, 'waiting', 'not-in-target');
  } else if (!quiet) sayUnlessSaid(context, link, hindrance.verdict, hindrance.reason);
}

function whyNotNow(context: StepContext, link: LinkState): { verdict: Verdict; reason: string } | null {
  const { state } = context;
  const off = offReason(state.setting);
  if (off !== null) return { verdict: 'waiting', reason: off };
  const standing = standingOf(state, link);
  if (!standing.eligible) {
    return { verdict: standing.state === 'question' ? 'waiting' : 'not-eligible', reason: standing.reason };
  }
  if (link.paused) return { verdict: 'waiting', reason: 'record-paused' };
  if (link.inFlight !== null) return { verdict: 'waiting', reason: 'write-under-way' };
  return link.readSide === null ? null : { verdict: 'waiting', reason: 'read-again' };
}

function sayUnlessSaid(context: StepContext, link: LinkState, verdict: Verdict, reason: string): void {
  if (!isSaid(context, link)) say(context, link, verdict, reason);
}

function mergeFields(context: StepContext, link: LinkState, quiet: boolean): void {
  const { setting } = context.state;
  const people = peopleOf(context.state);
  let merged = link;
  let strongest: { verdict: Weighed; reason: string } | null = null;
  const found = (verdict: Weighed, reason: string) => {
    if (strongest === null || WEIGHT[verdict] > WEIGHT[strongest.verdict]) strongest = { verdict, reason };
  };
  for (const before of link.fields) {
    if (!fieldEnabled(setting, before.field)) continue;
    const unclear = unclearCode(link, before.field);
    if (unclear !== null) {
      if (!quiet) sayField(context, merged, before, 'blocked', unclear);
      continue;
    }
    if (isAtRest(before)) continue;
    if (isHeld(setting, before, people)) {
      if (!quiet) sayField(context, merged, before, 'waiting', 'alignment-pending');
      found('waiting', 'alignment-pending');
      continue;
    }
    const policy = policyFor(setting, link.entity, before.field, awaitsApproval(before, people));
    const { state: after, finding } = mergeField(before, policy, people);
    if (after !== before) merged = withField(merged, after);
    if (finding.kind === 'agreed') {
      sayField(context, merged, before, 'agreed', finding.reason);
      found('agreed', finding.reason);
    } else if (finding.kind === 'write') {
      const stop = finding.restores === undefined ? obstacle(after, finding.to, people) : null;
      const because = isMending(after, finding.to)
        ? 'own-write-late'
        : context.because.get(`${link.ref}/${before.field}`);
      const reason = stop?.code ?? because ?? finding.reason;
      if (stop !== null) merged = withField(merged, { ...after, blocked: stop });
      sayField(context, merged, before, stop === null ? `write-${finding.to}` : 'blocked', reason);
      found(stop === null ? 'write' : 'waiting', reason);
    } else if (finding.kind === 'held') {
      sayField(context, merged, before, 'conflict-ask', finding.reason);
      found('waiting', finding.reason);
    } else if (finding.kind === 'conflict') {
      merged = recordConflict(context, merged, before, finding.winner, policy);
      sayField(
        context,
        merged,
        before,
        finding.winner === 'none' ? 'conflict-ask' : `conflict-${finding.winner}`,
        finding.reason,
      );
      found('conflict', finding.reason);
    }
  }
  if (merged !== link) putLink(context, merged);
  const { verdict, reason }: { verdict: Verdict; reason: string } = strongest ?? {
    verdict: 'unchanged',
    reason: 'no-change',
  };
  if (strongest !== null) say(context, merged, verdict, reason);
  else if (!quiet) sayUnlessSaid(context, merged, verdict, reason);
}
