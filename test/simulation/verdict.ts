/** One seed from plan to verdict, and how a failing plan is made smaller. */
import type { Defects } from './defects.ts';
import { createSimCodec, decodingOnce } from './engine/codec.ts';
import { outsidePromises } from './engine/scheduler.ts';
import { isSettled, judge } from './judge/judge.ts';
import { knownIssueOf } from './known.ts';
import { PEOPLE, type Plan, planOf } from './plan.ts';
import type { Aligned, Breach, Ran, Shared } from './ran.ts';
import { runPlan } from './run.ts';
import { createBase } from './world/base.ts';

/** What became of a seed. */
export interface Verdict {
  seed: number;
  breaches: Breach[];
  /** Ids of known issues that were met. */
  known: string[];
  edits: number;
  faults: number;
  events: number;
  calls: number;
}

/** What all runs of a program share. */
export async function prepare(): Promise<Shared> {
  const codec = await createSimCodec();
  const shared = { codec, reader: decodingOnce(codec), base: createBase() };
  return outsidePromises(() => ({ ...shared, aligned: align(shared) }));
}

/** The base world after the first alignment. */
function align(shared: Omit<Shared, 'aligned'>): Aligned {
  const nothing: Plan = { seed: 0, isFirst: true, contactEditFires: false, activeMs: 0, happenings: [] };
  const { workspace, pairs, log, redis, nowMs } = runPlan(nothing, shared, { isSettled });
  return { workspace, pairs: [...pairs], log: log.copy(), redis: redis.copy(), atMs: nowMs() };
}

/** Judges a plan. */
export function tryPlan(plan: Plan, shared: Shared, defects?: Defects, story = false): { ran: Ran; verdict: Verdict } {
  const ran = runPlan(plan, shared, { isSettled, story, ...(defects === undefined ? {} : { defects }) });
  const all = judge(ran);
  const known: string[] = [];
  const breaches = all.filter((breach) => {
    const issue = knownIssueOf(ran, breach);
    if (issue !== undefined) known.push(issue.id);
    return issue === undefined;
  });
  const faults = plan.happenings.filter((one) => !PEOPLE.has(one.do)).length;
  const { events, calls, history } = ran;
  const verdict = {
    seed: plan.seed,
    breaches,
    known,
    edits: history.edits.length,
    faults,
    events,
    calls: calls.length,
  };
  return { ran, verdict };
}

/** Judges a seed. */
export function trySeed(seed: number, shared: Shared, options: { activeMs?: number; defects?: Defects } = {}): Verdict {
  return tryPlan(planOf(seed, options.activeMs), shared, options.defects).verdict;
}

/** Tries at most while a plan is made smaller. */
const MAX_TRIES = 300;

/** The smallest plan found that still breaks the same invariant: halves, quarters and so on of what happens are left out. */
export function shrink(plan: Plan, shared: Shared, invariant: string, defects?: Defects): Plan {
  let best = plan;
  let tries = 0;
  const stillBreaks = (smaller: Plan): boolean => {
    tries += 1;
    return tryPlan(smaller, shared, defects).verdict.breaches.some((breach) => breach.invariant === invariant);
  };
  let size = Math.ceil(best.happenings.length / 2);
  while (size >= 1 && tries < MAX_TRIES) {
    let isSmaller = false;
    for (let from = 0; from < best.happenings.length && tries < MAX_TRIES; ) {
      const happenings = [...best.happenings.slice(0, from), ...best.happenings.slice(from + size)];
      const smaller = { ...best, happenings };
      if (stillBreaks(smaller)) {
        best = smaller;
        isSmaller = true;
      } else from += size;
    }
    if (!isSmaller || size > 1) size = size === 1 ? 0 : Math.ceil(size / 2);
    if (size === 1 && isSmaller && best.happenings.length <= 1) break;
  }
  return best;
}
