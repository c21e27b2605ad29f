/**
 * The three-way merge of one field.
 *
 * A side has changed when what it shows differs from its half of the agreed pair. One side changed: its value goes to the
 * other. Both show the same: agreed. Both changed to something else: the policy decides, once, and the decision stands
 * (`settled`) until both sides agree or the loser is edited again.
 */
import type { Side } from '#contracts';
import { type FieldState, otherSide } from './link-state.ts';
import type { People } from './people.ts';
import type { ReasonCode } from './reasons.ts';
import { shownAt } from './shown.ts';
import { isBlank, sameAcross, sameAtSide } from './values.ts';

/** How a conflict is decided. */
export type ConflictPolicy = 'latest' | 'crm' | 'unleashed' | 'ask';

/** What the merge of one field found. */
export type Finding =
  | { kind: 'nothing' }
  | { kind: 'agreed'; reason: ReasonCode }
  | { kind: 'write'; to: Side; reason: ReasonCode; restores?: string }
  | { kind: 'conflict'; winner: Side | 'none'; reason: ReasonCode }
  | { kind: 'held'; reason: ReasonCode };

/** The field after the merge and what was found. */
export interface Merged {
  state: FieldState;
  finding: Finding;
}

/**
 * Merges one field. Pure; merging a second time with nothing new finds the same and changes nothing
 * (a conflict is found once: afterwards it is a write).
 */
export function mergeField(given: FieldState, policy: ConflictPolicy, people: People): Merged {
  const { field, crm, unleashed, agreed } = given;
  if (crm === null || unleashed === null) return { state: given, finding: { kind: 'nothing' } };
  const { restore } = given;
  if (restore !== null && !isRestored(given)) {
    const to: Side = restore.side === 'crm' ? 'crm' : 'unleashed';
    return { state: given, finding: { kind: 'write', to, reason: 'restored', restores: restore.value } };
  }
  const state = restore === null ? given : { ...given, restore: null, settled: stillDecided(given, restore.side) };
  const { settled } = state;

  const crmChanged = agreed === null || !sameAtSide(field, 'crm', crm, agreed.crm);
  const unleashedChanged = agreed === null || !sameAtSide(field, 'unleashed', unleashed, agreed.unleashed);
  if (settled === null && !crmChanged && !unleashedChanged) return { state, finding: { kind: 'nothing' } };
  if (sameAcross(field, crm, unleashed, people))
    return { state: agree(state, crm, unleashed), finding: { kind: 'agreed', reason: 'in-sync' } };

  if (settled !== null) {
    const stands = standing(state, settled.winner, settled.loserValue);
    if (stands !== null) return { state, finding: stands };
    return conflict(state, policy);
  }
  if (agreed === null) return firstAlignment(state, crm, unleashed, policy);
  if (crmChanged && unleashedChanged) return conflict(state, policy);
  return { state, finding: { kind: 'write', to: crmChanged ? 'unleashed' : 'crm', reason: 'edited' } };
}

/** Whether both sides show exactly what was agreed, and nobody wants anything else: the merge finds nothing in such a field. */
export function isAtRest({ agreed, crm, unleashed, settled, restore }: FieldState): boolean {
  return (
    agreed !== null && crm === agreed.crm && unleashed === agreed.unleashed && settled === null && restore === null
  );
}

/** The side that a field's value has to be written to as things stand; null when to none. Same rule as the merge. */
export function writeTo(state: FieldState, people: People): { side: Side; restores: string | null } | null {
  const { finding } = mergeField(state, 'ask', people);
  return finding.kind === 'write' ? { side: finding.to, restores: finding.restores ?? null } : null;
}

/** Whether the side shows the value that a person wanted back. */
function isRestored({ field, restore, crm, unleashed }: FieldState): boolean {
  if (restore === null) return true;
  const side: Side = restore.side === 'crm' ? 'crm' : 'unleashed';
  return sameAtSide(field, side, (side === 'crm' ? crm : unleashed) ?? '', restore.value);
}

/** What was decided for the side at which a value came back stays as long as the loser is shown; everything else is decided anew. */
function stillDecided({ settled, crm, unleashed }: FieldState, side: string): FieldState['settled'] {
  const other = side === 'crm' ? unleashed : crm;
  return settled?.winner === side && settled.loserValue === other ? settled : null;
}

/** The field decided for one side by a person or a rule, until both sides agree: the other side's value has lost. */
export function decideFor(state: FieldState, winner: Side): FieldState {
  return { ...state, restore: null, settled: { winner, loserValue: shownAt(state, otherSide(winner)) } };
}

/** Both sides show values that count as equal from now on. */
export function agree(state: FieldState, crm: string, unleashed: string): FieldState {
  return {
    ...state,
    agreed: { crm, unleashed },
    crmEditedAtMs: null,
    unleashedEditedAtMs: null,
    settled: null,
    blocked: null,
    restore: null,
  };
}

/**
 * The pair that a write to `side` made. What was decided for that side while the write was under way stays: its source was
 * replaced by an older write of ours, and what was written wins there, too. So does what comes back at the other side.
 */
export function agreeByWrite(state: FieldState, side: Side, written: string, source: string): FieldState {
  const { settled } = state;
  const other = otherSide(side);
  const wins = settled?.winner === side && state[other] === settled.loserValue;
  const agreed = side === 'crm' ? agree(state, written, source) : agree(state, source, written);
  const restore = state.restore?.side === other ? state.restore : null;
  return { ...agreed, [`${other}EditedAtMs`]: state[`${other}EditedAtMs`], settled: wins ? settled : null, restore };
}

/** What a decided conflict still says; null when the loser was edited again, or, for an open one, when either side was. */
function standing(state: FieldState, winner: string, loserValue: string): Finding | null {
  if (winner === 'none') {
    return openQuestion(state) === loserValue ? { kind: 'held', reason: 'awaiting-answer' } : null;
  }
  const loser: Side = winner === 'crm' ? 'unleashed' : 'crm';
  const shown = state[loser];
  if (shown === null || !sameAtSide(state.field, loser, shown, loserValue)) return null;
  return { kind: 'write', to: loser, reason: 'both-edited' };
}

/** An open question is about the two values shown: another pair of values is another question. */
function openQuestion(state: FieldState): string {
  return JSON.stringify([state.crm, state.unleashed]);
}

function firstAlignment(state: FieldState, crm: string, unleashed: string, policy: ConflictPolicy): Merged {
  const { field } = state;
  if (isBlank(field, 'crm', crm))
    return settle(state, 'unleashed', { kind: 'write', to: 'crm', reason: 'filled-blank' });
  if (isBlank(field, 'unleashed', unleashed)) {
    return settle(state, 'crm', { kind: 'write', to: 'unleashed', reason: 'filled-blank' });
  }
  return conflict(state, policy);
}

function conflict(state: FieldState, policy: ConflictPolicy): Merged {
  const winner = winnerOf(state, policy);
  return settle(state, winner, {
    kind: 'conflict',
    winner,
    reason: winner === 'none' ? 'awaiting-answer' : 'both-edited',
  });
}

function settle(state: FieldState, winner: Side | 'none', finding: Finding): Merged {
  const loserValue = winner === 'none' ? openQuestion(state) : shownAt(state, otherSide(winner));
  return { state: { ...state, settled: { winner, loserValue } }, finding };
}

/** The later edit wins; at the same time, or with no time on either side, the CRM. Any schedule gives the same winner. */
function winnerOf(state: FieldState, policy: ConflictPolicy): Side | 'none' {
  if (policy === 'ask') return 'none';
  if (policy !== 'latest') return policy;
  return (state.unleashedEditedAtMs ?? 0) > (state.crmEditedAtMs ?? 0) ? 'unleashed' : 'crm';
}
