/**
 * Why a field, or a record, is as it is now. Follows the same rules in the same order as the merge and the dispatch, so that
 * what is said is what would be done.
 */
import type { Field, Side } from '#contracts';
import { fieldEnabled, sideHeld, standingOf, unclearCode } from './eligibility.ts';
import { mergeField } from './field-merge.ts';
import { awaitsApproval, obstacle, policyFor } from './field-rules.ts';
import { fieldState, type LinkState } from './link-state.ts';
import { peopleOf } from './people.ts';
import type { TenantState } from './tenant-state.ts';

/** How a field or record stands. */
export interface Explanation {
  /**
   * in-sync; waiting (goes on by itself); question (a person has to choose); stopped (somebody has to correct something);
   * off (an option is off or somebody paused it); not-eligible (the record takes no part).
   */
  readonly state: 'in-sync' | 'waiting' | 'question' | 'stopped' | 'off' | 'not-eligible';
  /** Stable reason code. */
  readonly reason: string;
}

/** Why one field is as it is. There is an answer for every field of every record. */
export function explainField(state: TenantState, link: LinkState, name: Field): Explanation {
  const whole = explainWhole(state, link);
  if (whole !== null) return whole;
  if (!fieldEnabled(state.setting, name)) return { state: 'off', reason: 'field-off' };
  const unclear = unclearCode(link, name);
  if (unclear !== null) return { state: 'stopped', reason: unclear };
  if (link.inFlight?.fields.some(({ field }) => field === name) === true) return waiting('write-under-way');
  if (link.readSide !== null) return waiting('read-again');
  return explainMerge(state, link, name);
}

/** What holds for all fields of a record alike; null when each stands for itself. */
function explainWhole(state: TenantState, link: LinkState): Explanation | null {
  if (link.entity === 'person') {
    const matched = link.crm !== null && link.unleashed !== null;
    return matched ? { state: 'in-sync', reason: 'person-matched' } : notEligible('person-unmatched');
  }
  if (state.setting === null || !state.setting.enabled) return { state: 'off', reason: 'sync-off' };
  const standing = standingOf(state, link);
  if (!standing.eligible) return notEligible(standing.reason);
  if (link.paused) return { state: 'off', reason: 'record-paused' };
  if (link.crm !== null && link.unleashed !== null) return null;
  const stopped = link.fields.find(({ blocked }) => blocked !== null)?.blocked;
  if (stopped != null) return { state: 'stopped', reason: stopped.code };
  return waiting(link.retry?.code ?? 'not-in-target');
}

function explainMerge(state: TenantState, link: LinkState, name: Field): Explanation {
  const { setting } = state;
  const people = peopleOf(state);
  const field = fieldState(link, name);
  if (setting?.alignment === 'hold' && awaitsApproval(field, people)) {
    return { state: 'question', reason: 'alignment-pending' };
  }
  const { state: after, finding } = mergeField(field, policyFor(setting, link.entity, name), people);
  if (finding.kind === 'nothing' || finding.kind === 'agreed') return { state: 'in-sync', reason: 'in-sync' };
  if (finding.kind === 'held') return { state: 'question', reason: finding.reason };
  if (finding.kind === 'conflict') return waiting(finding.reason);
  const stop = finding.restores === undefined ? obstacle(after, finding.to, people) : null;
  if (stop !== null) return { state: 'stopped', reason: stop.code };
  return explainWrite(state, link, finding.to);
}

/** Why a value that is to be written is not there yet. */
function explainWrite(state: TenantState, link: LinkState, to: Side): Explanation {
  const held = sideHeld(state, to);
  if (held === 'side-paused') return { state: 'off', reason: held };
  if (held !== null) return waiting(held);
  if (link.retry !== null) return waiting(link.retry.code);
  return waiting(link.inFlight === null ? 'awaiting-turn' : 'write-under-way');
}

function waiting(reason: string): Explanation {
  return { state: 'waiting', reason };
}

function notEligible(reason: string): Explanation {
  return { state: 'not-eligible', reason };
}

const WEIGHT: Record<Explanation['state'], number> = {
  'in-sync': 0,
  off: 1,
  waiting: 2,
  question: 3,
  stopped: 4,
  'not-eligible': 5,
};

/** How a record as a whole stands: the field that needs somebody most. Fields whose option is off do not count. */
export function explainRecord(state: TenantState, link: LinkState): Explanation {
  let worst: Explanation = { state: 'in-sync', reason: 'in-sync' };
  for (const { field } of link.fields) {
    const one = explainField(state, link, field);
    if (one.reason !== 'field-off' && WEIGHT[one.state] > WEIGHT[worst.state]) worst = one;
  }
  return worst;
}
