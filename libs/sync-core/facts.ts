/**
 * What is so about a record whatever the settings of its tenant and the state of its lanes are, and what follows from it
 * under given ones. Kept apart because the first changes with the record and the second with a switch: whoever shows many
 * records stores the first and judges anew, without going through them, when a switch is turned.
 */
import type { Entity, Field, Setting, Side } from '#contracts';
import { fieldEnabled, isEntityPaused, offReason, sideHeld, standingOf, unclearCode } from './eligibility.ts';
import { mergeField } from './field-merge.ts';
import { awaitsApproval, obstacle, policyFor } from './field-rules.ts';
import { fieldState, type LinkState } from './link-state.ts';
import { type MatchBasis, matchOf } from './match.ts';
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

/** What is so about one field. Plain data. */
export interface FieldFacts {
  readonly field: Field;
  /** Holds before its values are looked at; null: they are looked at. */
  readonly first: Explanation | null;
  /** Never agreed, and the sides differ: waits while a first alignment has to be approved. */
  readonly unaligned: boolean;
  /** What else it hangs on: the policy for conflicts, whether a side may be written to, or nothing. */
  readonly hangsOn: 'policy' | Side | null;
  /** Side whose value is the later edit, where it hangs on the policy. */
  readonly latest: Side | null;
  /** How it stands when nothing of that is in its way. */
  readonly otherwise: Explanation;
}

/** What is so about a record. Plain data. */
export interface RecordFacts {
  readonly entity: Entity;
  /** By what its two halves are a pair; null where there is only one. */
  readonly match: MatchBasis | null;
  /** Holds for all fields alike; null when each stands for itself. */
  readonly whole: Explanation | null;
  /** All fields, in their fixed order. */
  readonly fields: readonly FieldFacts[];
}

/** What facts are judged under. */
export type Circumstances = Pick<TenantState, 'setting' | 'lanes'>;

const ENTITY_PAUSED: Explanation = { state: 'off', reason: 'entity-paused' };
const IN_SYNC: Explanation = { state: 'in-sync', reason: 'in-sync' };

/** The facts of a record. Of the state only links are looked at: its companies, customers of the same code, and people. */
export function factsOf(state: TenantState, link: LinkState): RecordFacts {
  const whole = wholeFacts(state, link);
  return {
    entity: link.entity,
    match: matchOf(link),
    whole,
    fields: link.fields.map(({ field }) => fieldFacts(state, link, field)),
  };
}

/** What holds for a record as a whole while the sync is on. */
export function wholeFacts(state: TenantState, link: LinkState): Explanation | null {
  const paired = link.crm !== null && link.unleashed !== null;
  if (link.entity === 'person') {
    return paired ? { state: 'in-sync', reason: 'person-matched' } : notEligible('person-unmatched');
  }
  const standing = standingOf(state, link);
  if (!standing.eligible) return { state: standing.state, reason: standing.reason };
  if (link.paused) return { state: 'off', reason: 'record-paused' };
  if (paired) return null;
  const stopped = link.fields.find(({ blocked }) => blocked !== null)?.blocked;
  if (stopped != null) return stoppedBy(stopped.code);
  return waiting(link.retry?.code ?? 'not-in-target');
}

/** The facts of one field. */
export function fieldFacts(state: TenantState, link: LinkState, name: Field): FieldFacts {
  const people = peopleOf(state);
  const field = fieldState(link, name);
  const unaligned = awaitsApproval(field, people);
  const found = { field: name, first: firstOf(link, name), unaligned, latest: null };
  // The policy decides who wins a conflict and changes nothing else: see `mergeField`.
  const { state: after, finding } = mergeField(field, 'latest', people);
  if (finding.kind === 'nothing' || finding.kind === 'agreed') return { ...found, hangsOn: null, otherwise: IN_SYNC };
  if (finding.kind === 'held') {
    return { ...found, hangsOn: null, otherwise: { state: 'question', reason: finding.reason } };
  }
  if (finding.kind === 'conflict') {
    const latest = finding.winner === 'none' ? null : finding.winner;
    return { ...found, hangsOn: 'policy', latest, otherwise: waiting(finding.reason) };
  }
  const stop = finding.restores === undefined ? obstacle(after, finding.to, people) : null;
  if (stop !== null) return { ...found, hangsOn: null, otherwise: stoppedBy(stop.code) };
  const turn = link.inFlight === null ? 'awaiting-turn' : 'write-under-way';
  return { ...found, hangsOn: finding.to, otherwise: waiting(link.retry?.code ?? turn) };
}

function firstOf(link: LinkState, name: Field): Explanation | null {
  const unclear = unclearCode(link, name);
  if (unclear !== null) return { state: 'stopped', reason: unclear };
  if (link.inFlight?.fields.some(({ field }) => field === name) === true) return waiting('write-under-way');
  return link.readSide === null ? null : waiting('read-again');
}

/** How a whole record stands where that is the same for all its fields; null when each stands for itself. */
export function judgeWhole(
  setting: Setting | null,
  { entity, whole }: Pick<RecordFacts, 'entity' | 'whole'>,
): Explanation | null {
  if (entity === 'person') return whole;
  const off = offReason(setting);
  if (off !== null) return { state: 'off', reason: off };
  return whole?.state === 'waiting' && isEntityPaused(setting, entity) ? ENTITY_PAUSED : whole;
}

/** How one field stands, where the record as a whole leaves it open. */
export function judgeField(circumstances: Circumstances, entity: Entity, facts: FieldFacts): Explanation {
  const { setting } = circumstances;
  const { field, first, unaligned, hangsOn, otherwise } = facts;
  if (!fieldEnabled(setting, field)) return { state: 'off', reason: 'field-off' };
  if (first !== null) return first;
  if (unaligned && setting?.alignment === 'hold') return { state: 'question', reason: 'alignment-pending' };
  if (hangsOn === null) return otherwise;
  if (hangsOn === 'policy') {
    return policyFor(setting, entity, field, unaligned) === 'ask' ? waiting('awaiting-answer') : otherwise;
  }
  if (isEntityPaused(setting, entity)) return ENTITY_PAUSED;
  const held = sideHeld(circumstances, hangsOn);
  if (held === null) return otherwise;
  return held === 'side-paused' ? { state: 'off', reason: held } : waiting(held);
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
export function judgeRecord(circumstances: Circumstances, facts: RecordFacts): Explanation {
  const whole = judgeWhole(circumstances.setting, facts);
  if (whole !== null) return whole;
  let worst = IN_SYNC;
  for (const field of facts.fields) {
    const one = judgeField(circumstances, facts.entity, field);
    if (one.reason !== 'field-off' && WEIGHT[one.state] > WEIGHT[worst.state]) worst = one;
  }
  return worst;
}

/** How something stands that does not flow: what the breaker holds waits for a person, and what that person refused is off. */
function stoppedBy(reason: string): Explanation {
  if (reason === 'breaker-held') return { state: 'question', reason };
  return { state: reason === 'breaker-refused' ? 'off' : 'stopped', reason };
}

function waiting(reason: string): Explanation {
  return { state: 'waiting', reason };
}

function notEligible(reason: string): Explanation {
  return { state: 'not-eligible', reason };
}
