/**
 * The working table of one step: which links it touched, what it says about each, and what it leads to.
 *
 * State is changed through here only, so that at the end every change is on the changelog and every touched link has its
 * decision.
 */
import {
  type Command,
  type Conflict,
  type Decision,
  type Entity,
  type FieldDecision,
  type Lane,
  linkKey,
  type Origin,
  type Side,
} from '#contracts';
import { recount } from './begun.ts';
import type { Effects } from './events.ts';
import { entityOf, type FieldState, type LinkRef, type LinkState, toRecord } from './link-state.ts';
import type { ReasonCode } from './reasons.ts';
import { versionOf } from './shown.ts';
import { deleteLink, setLink, type TenantState } from './tenant-state.ts';

/** What happened to a record as a whole. */
export type Verdict =
  | 'unchanged'
  | 'agreed'
  | 'write'
  | 'create'
  | 'conflict'
  | 'waiting'
  | 'not-eligible'
  | 'stale'
  | 'read'
  | 'settled'
  | 'accepted'
  | 'refused'
  | 'retry'
  | 'parked';

/** Where a step's decisions come from. */
export interface Cause {
  kind: 'observation' | 'outcome' | 'request' | 'tenant' | 'timer';
  origin: Origin | null;
  sourceUpdatedAtMs: number | null;
  sourceUpdatedBy: string | null;
}

/** What the step has to say about one link. */
interface Note {
  verdict: Verdict | null;
  reason: ReasonCode | (string & {});
  fields: Map<string, FieldDecision>;
  commandIds: string[];
  conflictIds: string[];
}

/** A write to a side that a link begins to want. */
export interface BegunWork {
  readonly ref: LinkRef;
  readonly side: Side;
  /** An edit of an agreed field was seen. */
  readonly live: boolean;
}

/** The table of one step. */
export interface StepContext {
  readonly state: TenantState;
  readonly nowMs: number;
  readonly cause: Cause;
  /** Links as they were before the step touched them; undefined for new ones. */
  readonly before: Map<LinkRef, LinkState | undefined>;
  readonly notes: Map<LinkRef, Note>;
  readonly lanes: Set<Side>;
  /** Links to look at again although the step did not change them: something that they depend on changed. */
  readonly revisit: Set<LinkRef>;
  readonly conflicts: Conflict[];
  readonly commands: Command[];
  /** Why fields of links are written in this step, where it is not an edit: `ref/field` to reason. */
  readonly because: Map<string, ReasonCode>;
  /** Decisions about no record, beside that on the input. */
  readonly notices: { entity: string; verdict: Verdict; reason: ReasonCode }[];
  /** What begins to be wanted in this step, as far as the breaker counts it. */
  readonly begun: BegunWork[];
  /** Not for the breaker to count: the link that a person ordered something for, or that a write was about; 'all': approved with its plan. */
  exempt: LinkRef | 'all' | null;
  settingChanged: boolean;
}

/** An empty table. */
export function beginStep(state: TenantState, nowMs: number, cause: Cause): StepContext {
  return {
    state,
    nowMs,
    cause,
    before: new Map(),
    notes: new Map(),
    lanes: new Set(),
    revisit: new Set(),
    conflicts: [],
    commands: [],
    because: new Map(),
    notices: [],
    begun: [],
    exempt: null,
    settingChanged: false,
  };
}

/** Puts a link into the state. */
export function putLink(context: StepContext, link: LinkState): LinkState {
  remember(context, link.ref);
  recount(context.state.begun, context.state.links.get(link.ref), link);
  setLink(context.state, link);
  return link;
}

/** Takes a link out of the state. */
export function removeLink(context: StepContext, link: LinkState): void {
  remember(context, link.ref);
  recount(context.state.begun, context.state.links.get(link.ref), undefined);
  deleteLink(context.state, link.ref);
}

function remember(context: StepContext, ref: LinkRef): void {
  if (!context.before.has(ref)) context.before.set(ref, context.state.links.get(ref));
}

/** Puts a lane into the state. */
export function putLane(context: StepContext, lane: Lane, side: Side): void {
  context.state.lanes[side] = { ...lane, changedAtMs: context.nowMs };
  context.lanes.add(side);
}

/**
 * Says what happened to a link as a whole. A later word replaces an earlier one; what was said to somebody who asked stays,
 * whatever follows from it.
 */
export function say(context: StepContext, link: LinkState, verdict: Verdict, reason: Note['reason']): void {
  const note = noteOf(context, link);
  if (note.verdict === 'accepted' || note.verdict === 'refused') return;
  note.verdict = verdict;
  note.reason = reason;
}

/** Says what was decided about one field; `before` is the field before the step. */
export function sayField(
  context: StepContext,
  link: LinkState,
  before: FieldState,
  verdict: string,
  reason: Note['reason'],
): void {
  noteOf(context, link).fields.set(before.field, {
    field: before.field,
    verdict,
    reason,
    crm: before.crm,
    unleashed: before.unleashed,
    agreedCrm: before.agreed?.crm ?? null,
    agreedUnleashed: before.agreed?.unleashed ?? null,
  });
}

/** Adds a command that the step issues for a link. */
export function addCommand(context: StepContext, link: LinkState, command: Command): void {
  context.commands.push(command);
  noteOf(context, link).commandIds.push(command.commandId);
}

/** Adds a conflict that the step records for a link. */
export function addConflict(context: StepContext, link: LinkState, conflict: Conflict): void {
  context.conflicts.push(conflict);
  noteOf(context, link).conflictIds.push(conflict.conflictId);
}

/** Whether something was said about a link already, other than that its halves were just joined. */
export function isSaid(context: StepContext, link: LinkState): boolean {
  const note = context.notes.get(link.ref);
  return note?.verdict != null && note.reason !== 'first-alignment';
}

function noteOf(context: StepContext, link: LinkState): Note {
  const { ref } = link;
  const known = context.notes.get(ref);
  if (known !== undefined) return known;
  const fresh: Note = { verdict: null, reason: 'ok', fields: new Map(), commandIds: [], conflictIds: [] };
  context.notes.set(ref, fresh);
  return fresh;
}

/** Moves what was said about a link to the one that its half moved to. */
export function moveNote(context: StepContext, from: LinkState, to: LinkState): void {
  const { ref } = from;
  const note = context.notes.get(ref);
  if (note === undefined) return;
  context.notes.delete(ref);
  const target = noteOf(context, to);
  target.verdict ??= note.verdict;
  for (const [field, decision] of note.fields) target.fields.set(field, decision);
}

/** Identity of the step's cause: topic/partition/offset, or timer/time. */
export function causeId(context: StepContext): string {
  const { origin } = context.cause;
  return origin === null ? `timer/${context.nowMs}` : `${origin.topic}/${origin.partition}/${origin.offset}`;
}

/** The effects: changed links with their new version, decisions, and the rest. */
export function finishStep(context: StepContext, subject: Subject, nextWakeAtMs: number | null): Effects {
  const { state } = context;
  const links = new Map<string, ReturnType<typeof toRecord> | null>();
  for (const [ref, before] of context.before) {
    const after = state.links.get(ref);
    if (after === undefined) {
      if (before !== undefined) links.set(linkKey(state.tenantId, before.entity, before.linkId), null);
    } else if (after !== before) {
      const written = { ...after, version: (before?.version ?? 0) + 1, updatedAtMs: context.nowMs };
      setLink(state, written);
      links.set(linkKey(state.tenantId, after.entity, after.linkId), toRecord(written));
    }
  }
  return {
    links,
    setting: context.settingChanged ? state.setting : null,
    lanes: [...context.lanes].map((side) => state.lanes[side]),
    decisions: decisionsOf(context, subject),
    conflicts: context.conflicts,
    commands: context.commands,
    nextWakeAtMs,
  };
}

/** What the input was about: a link, or something that is none (settings, users), with what to say in that case. */
export type Subject = { ref: LinkRef } | { entity: string; verdict: Verdict; reason: Note['reason'] } | null;

function decisionsOf(context: StepContext, subject: Subject): Decision[] {
  const decisions: Decision[] = [];
  const subjectRef = subject !== null && 'ref' in subject ? subject.ref : null;
  if (subject !== null && 'entity' in subject) {
    decisions.push(decision(context, causeId(context), subject.entity, '', subject.verdict, subject.reason, null));
  }
  // A timer that moved something without a word about any record (a lane that may be probed): it has to be in the record of steps.
  const moved = context.lanes.size > 0 || context.settingChanged || context.before.size > 0;
  if (context.cause.kind === 'timer' && moved && context.notes.size === 0 && context.notices.length === 0) {
    context.notices.push({ entity: 'lane', verdict: 'settled', reason: 'timer-fired' });
  }
  for (const { entity, verdict, reason } of context.notices) {
    decisions.push(decision(context, `${causeId(context)}#${entity}`, entity, '', verdict, reason, null));
  }
  for (const [ref, note] of context.notes) {
    const id = ref === subjectRef ? causeId(context) : `${causeId(context)}#${ref}`;
    const [entity, linkId] = splitRef(ref);
    decisions.push(decision(context, id, entity, linkId, note.verdict ?? 'unchanged', note.reason, note));
  }
  return decisions;
}

function decision(
  context: StepContext,
  decisionId: string,
  entity: string,
  linkId: string,
  verdict: Verdict,
  reason: string,
  note: Note | null,
): Decision {
  const { cause, state, nowMs } = context;
  return {
    decisionId,
    tenantId: state.tenantId,
    entity,
    linkId,
    cause: cause.kind,
    origin: cause.origin,
    sourceUpdatedAtMs: cause.sourceUpdatedAtMs,
    sourceUpdatedBy: cause.sourceUpdatedBy,
    nowMs,
    settingVersion: versionOf(state.setting),
    verdict,
    reason,
    fields: note === null ? [] : [...note.fields.values()],
    commandIds: note?.commandIds ?? [],
    conflictIds: note?.conflictIds ?? [],
  };
}

function splitRef(ref: LinkRef): [Entity, string] {
  const slash = ref.indexOf('/');
  return [entityOf(ref.slice(0, slash)) ?? 'contact', ref.slice(slash + 1)];
}
