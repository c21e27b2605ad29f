/**
 * Gives out commands.
 *
 * The queues say which links want one; they are brought up to date for every link that a step touched. A lane with credit
 * takes the most urgent link, one command per link at most, until its credit is used up. So a tenant's backlog is its
 * links, not a queue, and pause, outage, throttle and first alignment are the same thing: a lane without credit, or one that
 * passes over the links of a kind of record.
 */
import { type Command, linkKey, SIDES, type Side } from '#contracts';
import { type AgendaEntry, isBefore } from './agenda.ts';
import { isEntityPaused, sideHeld } from './eligibility.ts';
import { creditOf } from './lanes.ts';
import type { LinkRef, LinkState } from './link-state.ts';
import { LIMITS } from './options.ts';
import { versionOf } from './shown.ts';
import { addCommand, isSaid, putLink, type StepContext, say } from './step-context.ts';
import { PRIORITIES, type TenantState, WRITTEN, type Written } from './tenant-state.ts';
import { notBefore, type Work, workOf } from './work.ts';

/** Brings queues and timers of one link up to date with what it wants. */
export function refreshQueues(context: StepContext, ref: LinkRef): void {
  const { state } = context;
  let link = state.links.get(ref);
  // What is gone is in no queue, and nobody writes to people.
  if (link === undefined || link.entity === 'person') return;
  const { entity } = link;
  const works = workOf(state, link);
  const wanted = works.length > 0 || link.inFlight !== null;
  if (wanted !== (link.dirtySinceMs !== null)) {
    link = putLink(context, { ...link, dirtySinceMs: wanted ? context.nowMs : null });
  }
  if (link.inFlight !== null) {
    place(state, entity, ref, [], link.inFlight.deadlineMs + LIMITS.outcomeGraceMs);
    return;
  }
  noteBegun(context, link, entity, works);
  const now: Turn[] = [];
  let timerMs: number | null = null;
  for (const work of works) {
    const atMs = notBefore(link, work);
    if (atMs > context.nowMs) timerMs = Math.min(atMs, timerMs ?? atMs);
    else now.push({ side: work.side, priority: work.priority, sinceMs: link.dirtySinceMs ?? 0 });
  }
  place(state, entity, ref, now, timerMs);
}

/** A place in a queue. */
type Turn = Pick<Work, 'side' | 'priority'> & { sinceMs: number };

/**
 * Notes writes that nothing of the link waited for before. What follows from a write of ours, what is tried again and what a
 * person ordered for this record is no beginning.
 */
function noteBegun(context: StepContext, link: LinkState, entity: Written, works: readonly Work[]): void {
  const { state, cause } = context;
  if (context.exempt === 'all' || context.exempt === link.ref || link.retry !== null) return;
  if (works.length === 0 || state.timers.get(link.ref) !== undefined) return;
  for (const { side, op, priority } of works) {
    const queue = state.queues[side][entity];
    if (op === 'read' || PRIORITIES.some((one) => queue[one].get(link.ref) !== undefined)) continue;
    context.begun.push({ ref: link.ref, side, live: priority === 'live' && cause.kind === 'observation' });
  }
}

/** Puts a link into these queues and no others. One that keeps its place is not touched: most links do in most steps. */
function place(
  state: TenantState,
  entity: Written,
  ref: LinkRef,
  turns: readonly Turn[],
  timerMs: number | null,
): void {
  for (const side of SIDES) {
    const queue = state.queues[side][entity];
    for (const priority of PRIORITIES) {
      const turn = turns.find((one) => one.side === side && one.priority === priority);
      if (turn === undefined) queue[priority].delete(ref);
      else queue[priority].set(ref, turn.sinceMs);
    }
  }
  if (timerMs === null) state.timers.delete(ref);
  else state.timers.set(ref, timerMs);
}

/** Issues commands as far as the lanes' credit goes. */
export function dispatch(context: StepContext): void {
  for (const side of SIDES) {
    if (sideHeld(context.state, side) !== null) continue;
    let credit = creditOf(context, side) - context.state.inFlight[side].size;
    while (credit > 0) {
      const ref = mostUrgent(context.state, side);
      if (ref === null) break;
      const link = context.state.links.get(ref);
      const work = link === undefined ? undefined : workOf(context.state, link).find((wanted) => wanted.side === side);
      if (link !== undefined && work !== undefined) {
        issue(context, link, work);
        credit -= 1;
      }
      refreshQueues(context, ref);
    }
  }
}

/** Whose turn it is: the most urgent class, and in it whoever has waited longest, of the kinds of record that are not paused. */
function mostUrgent(state: TenantState, side: Side): LinkRef | null {
  const queues = WRITTEN.filter((entity) => !isEntityPaused(state.setting, entity)).map(
    (entity) => state.queues[side][entity],
  );
  for (const priority of PRIORITIES) {
    let best: AgendaEntry | undefined;
    for (const queue of queues) {
      const first = queue[priority].first();
      if (first !== undefined && (best === undefined || isBefore(first, best))) best = first;
    }
    if (best !== undefined) return best.ref;
  }
  return null;
}

function issue(context: StepContext, link: LinkState, work: Work): void {
  const { state, nowMs } = context;
  const { tenantId } = state;
  const commandNumber = link.commandNumber + 1;
  const commandId = `${linkKey(tenantId, link.entity, link.linkId)}#${commandNumber}`;
  const settingVersion = versionOf(state.setting);
  const deadlineMs = nowMs + LIMITS.commandDeadlineMs;
  const command: Command = {
    commandId,
    tenantId,
    side: work.side,
    entity: link.entity,
    linkId: link.linkId,
    op: work.op,
    targetId: work.targetId,
    parentId: work.parentId,
    marker: work.marker,
    notThese: [...work.notThese],
    roleCode: work.op === 'create' && work.side === 'crm' ? (state.setting?.contactRoleCode ?? '') : '',
    fields: work.fields.map(({ restores: _, ...field }) => field),
    settingVersion,
    priority: work.priority,
    issuedAtMs: nowMs,
    deadlineMs,
    attempt: (link.retry?.attempt ?? 0) + 1,
  };
  const inFlight = {
    commandId,
    side: work.side,
    op: work.op,
    issuedAtMs: nowMs,
    deadlineMs,
    settingVersion,
    knownReadAtMs: link[work.side]?.readStartedAtMs ?? 0,
    fields: work.fields,
  };
  const next = putLink(context, { ...link, commandNumber, inFlight });
  addCommand(context, next, command);
  if (isSaid(context, next)) return;
  if (work.op === 'create') say(context, next, 'create', 'not-in-target');
  else say(context, next, work.op === 'read' ? 'read' : 'write', work.op === 'read' ? 'read-again' : 'edited');
}

/** Refs of links whose time has come, in a fixed order. */
export function dueLinks(state: TenantState, nowMs: number): LinkRef[] {
  const first = state.timers.first();
  return first === undefined || first.at > nowMs ? [] : state.timers.upTo(nowMs);
}

/** Earliest time at which something is due; null when nothing is. */
export function nextWake(state: TenantState): number | null {
  let earliest = state.timers.first()?.at ?? Number.POSITIVE_INFINITY;
  for (const side of SIDES) {
    const lane = state.lanes[side];
    if (lane.state === 'deferred') earliest = Math.min(earliest, lane.deferredUntilMs ?? 0);
  }
  earliest = Math.min(earliest, state.setting?.overnightDueAtMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(earliest) ? earliest : null;
}
