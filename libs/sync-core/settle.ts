/**
 * Takes in what became of a command.
 *
 * A write that took effect makes the agreed pair: what the other side showed when it was ordered, and what was read back.
 * Everything else leaves the field as it is, so that it is still wanted, and says when to try again or what stands in the
 * way.
 */
import type {
  Field,
  FieldOutcome,
  InFlightCommand,
  InFlightField,
  LinkSide,
  Outcome,
  ShownField,
  Side,
} from '#contracts';
import { fieldsOf } from '#contracts';
import { agreeByWrite, decideFor } from './field-merge.ts';
import type { Observed } from './halves.ts';
import { markerOf } from './identity.ts';
import { deferLane, reopenLane } from './lanes.ts';
import { recordConflict } from './ledger.ts';
import {
  entityOf,
  type FieldState,
  fieldState,
  type LinkState,
  otherSide,
  refOf,
  withField,
  withSide,
} from './link-state.ts';
import { askedToRead, hasRead, observe, sayNotTaken, show, showsTheSame, withRead } from './observe.ts';
import { backOffMs, LIMITS } from './options.ts';
import {
  forgetDone,
  forgetWrite,
  hasReplaced,
  openWriteOf,
  rememberAnswered,
  rememberCarried,
  rememberValues,
  rememberWrite,
  withoutWrite,
} from './own-writes.ts';
import { join } from './pairing.ts';
import { isMending } from './show-field.ts';
import { idAt } from './shown.ts';
import { putLink, type StepContext, say, sayField } from './step-context.ts';
import { linkOf } from './tenant-state.ts';
import { plausibleReadBack, sameAtSide } from './values.ts';

/** Settles an outcome; returns the link it was about, null when there is none any more. */
export function settle(context: StepContext, outcome: Outcome): LinkState | null {
  const entity = entityOf(outcome.entity) ?? 'contact';
  const link = context.state.links.get(refOf(entity, outcome.linkId));
  if (link === undefined) return null;
  if (link.inFlight?.commandId !== outcome.commandId) return settleLate(context, link, outcome);
  const command = link.inFlight;
  const side: Side = command.side === 'crm' ? 'crm' : 'unleashed';
  const freed = putLink(context, { ...link, inFlight: null });
  if (outcome.scope === 'lane' && outcome.result === 'deferred') deferLane(context, side, outcome);
  else reopenLane(context, side);

  if (outcome.result === 'applied') return applied(context, freed, command, side, outcome);
  if (outcome.result === 'refused') return refused(context, freed, command, side, outcome);
  if (outcome.result === 'unknown' || isLeftOpen(outcome)) {
    const told = rememberCarried(context, takeCarried(context, freed, side, outcome), command, outcome.carried);
    // What it carried along it did not send.
    const sent = command.fields.filter(({ field }) => !outcome.carried.some((one) => one.field === field));
    // What it showed afterwards may hold an edit that the write undoes when it comes.
    const take = (open: LinkState) => takeShown(context, open, command, side, { ...outcome, fields: [] }).link;
    return fateUnknown(context, told, { ...command, fields: sent }, side, outcome.code, outcome.message, take);
  }
  const seen = takeShown(context, freed, command, side, outcome).link;
  return tryAgain(context, forgetWrite(context, seen, command), side, outcome);
}

/** Whether nothing was done now, and what an earlier delivery had begun may yet come. */
function isLeftOpen({ result, mayComeLate }: Outcome): boolean {
  return mayComeLate && result !== 'applied' && result !== 'refused';
}

function applied(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  outcome: Outcome,
): LinkState {
  const again: string[] = [];
  const rivals = new Map(link.fields.map((state) => [state.field, state]));
  let next = command.op === 'create' ? adopt(context, link, side, outcome) : link;
  if (outcome.shown !== null) next = hasRead(next, side);
  // What it carried along, where that was not news any more: an edit that was read meanwhile, and that it replaced.
  next = rememberCarried(context, next, command, replaced(next, outcome));
  // With the command still in place a value shown is explained by it, and not by an older write that may yet come late.
  const taken = takeShown(context, { ...next, inFlight: command }, command, side, outcome);
  next = { ...taken.link, inFlight: null };
  for (const result of outcome.fields) {
    const ordered = command.fields.find((field) => field.field === result.field);
    if (ordered === undefined) continue;
    if (result.result === 'refused') next = block(context, next, side, ordered, result.code, outcome.message);
    else if (!taken.believed) next = awaitRead(context, next, command, side, ordered, result);
    else if (result.result === 'unknown') next = rememberWrite(context, next, command, side, [ordered]);
    else if (result.result === 'written' && isUnchanged(next, side, ordered)) {
      // Somebody may have set it back before it was read back; an API that ignores the value does it again.
      const isLate = isOfOlderWrite(context, next, side, ordered);
      if (!isLate && (ordered.restores || link.retry?.code === 'not-shown'))
        next = block(context, next, side, ordered, 'invalid-value', '');
      else again.push(ordered.field);
    } else if (result.result !== 'changed')
      next = agreeOn(context, next, rivals.get(result.field as Field), side, ordered, result);
  }
  for (const name of again) sayField(context, next, fieldState(next, name), 'waiting', 'not-shown');
  const retry = again.length === 0 ? null : retryPlan(context, link, side, 'not-shown', '', null);
  if (outcome.mayComeLate) {
    const open = rememberWrite(context, next, command, side, command.fields);
    next = rememberCarried(context, open, command, outcome.carried);
  } else if (taken.believed && outcome.fields.every(({ result }) => result !== 'unknown'))
    next = forgetDone(context, next, command, outcome);
  next = putLink(context, { ...next, retry, createdBySync: next.createdBySync || outcome.created });
  say(context, next, command.op === 'read' ? 'read' : 'settled', outcome.code);
  return next;
}

/** What a write of the whole record carried along that is not what its side was seen to show while the write was under way. */
function replaced(link: LinkState, outcome: Outcome): readonly ShownField[] {
  const known: readonly string[] = fieldsOf(link.entity);
  return outcome.carried.filter(({ field }) => known.includes(field)).filter(hasReplaced(link, outcome));
}

/** Whether an older write of ours explains what a field shows after it was written. */
function isOfOlderWrite(context: StepContext, link: LinkState, side: Side, { field }: InFlightField): boolean {
  const state = fieldState(link, field);
  return openWriteOf(context, link, side, state.field, state[side] ?? '') !== undefined;
}

/** Whether a field that was written shows what it showed before. */
function isUnchanged(link: LinkState, side: Side, ordered: InFlightField): boolean {
  const state = fieldState(link, ordered.field);
  const shown = state[side] ?? ordered.value;
  return sameAtSide(state.field, side, shown, ordered.expected) && !sameAtSide(state.field, side, shown, ordered.value);
}

/** The pair that a write agreed on. `rival` is the field as it was known when the answer came. */
function agreeOn(
  context: StepContext,
  link: LinkState,
  rival: FieldState | undefined,
  side: Side,
  ordered: InFlightField,
  result: FieldOutcome,
): LinkState {
  const state = fieldState(link, ordered.field);
  // A value brought back counts as an edit at its side: it is shown, and flows on from there.
  if (ordered.restores) return link;
  const shown = state[side] ?? ordered.value;
  const half = plausibleReadBack(state.field, side, ordered.value, shown) ? shown : ordered.value;
  let next = link;
  const lost = rival?.[side] ?? null;
  const overwritten =
    result.result === 'written' &&
    lost !== null &&
    !sameAtSide(state.field, side, lost, ordered.expected) &&
    !sameAtSide(state.field, side, lost, shown) &&
    !sameAtSide(state.field, side, lost, result.before);
  if (overwritten && rival !== undefined)
    next = recordConflict(context, next, rival, otherSide(side), 'overwritten-by-write');
  sayField(context, next, state, 'agreed', overwritten ? 'overwritten-by-write' : 'own-write');
  const editedAtMs = { [`${side}EditedAtMs`]: state[`${side}EditedAtMs`] };
  const agreed = { ...agreeByWrite(state, side, half, ordered.source), ...editedAtMs };
  // Between the write and its read-back an older write of ours came: what was written is brought back.
  const { settled } = state;
  const isLost = settled?.winner === otherSide(side) && settled.loserValue === shown && shown !== half;
  const isReplaced = isLost || isMending(state, side);
  return withField(next, isReplaced ? { ...agreed, restore: { side, value: half, requestId: '' } } : agreed);
}

/**
 * What the sink saw is an observation. Everything that was known when the command was made had been read before, whatever the
 * clocks of two services say. A snapshot that came while the command was under way may have been read before or after: where
 * they differ and the clocks cannot tell, the record is read once more, and what was seen is not believed until then.
 */
function takeShown(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  outcome: Outcome,
): { link: LinkState; believed: boolean } {
  const observed = shownBy(link, side, outcome);
  const half = link[side];
  if (observed === null || half === null) return { link, believed: true };
  const writes = outcome.fields.some((field) => field.result === 'written' || field.result === 'unknown');
  const behindMs = half.readStartedAtMs - observed.half.readStartedAtMs;
  // A read that is newer by the clock of its service, and older by that of the record, was overtaken.
  const isOvertaken =
    behindMs > -LIMITS.clockMarginMs && (observed.half.sourceUpdatedAtMs ?? 0) < (half.sourceUpdatedAtMs ?? 0);
  if ((behindMs > 0 || isOvertaken) && half.readStartedAtMs > command.knownReadAtMs) {
    const unsure = behindMs <= LIMITS.clockMarginMs && !showsTheSame(link, observed);
    // Whatever is read around the write is doubted, whether its own answer is believed or not.
    const wroteAtMs = Math.max(half.confirmedAtMs ?? 0, observed.half.readStartedAtMs);
    const noted = writes ? withSide(link, side, { ...half, confirmedAtMs: wroteAtMs }) : link;
    const shown = new Map([...observed.shown].filter(([field, value]) => !isOrdered(command, side, field, value)));
    sayNotTaken(context, link, { side, shown }, unsure ? 'read-again' : 'older-read');
    return { link: unsure ? askedToRead(noted, side) : noted, believed: !unsure };
  }
  const readStartedAtMs = Math.max(half.readStartedAtMs, observed.half.readStartedAtMs);
  const confirmedAtMs = writes ? readStartedAtMs : half.confirmedAtMs;
  const seen = { ...observed, half: { ...observed.half, readStartedAtMs, confirmedAtMs } };
  return { link: show(context, link, seen), believed: true };
}

/** Whether a value is what a command was to bring: then it is nobody's edit that could be forgotten. */
function isOrdered({ fields }: InFlightCommand, side: Side, field: Field, value: string): boolean {
  return fields.some((ordered) => ordered.field === field && sameAtSide(field, side, ordered.value, value));
}

/** What a write of the whole record carried along was read right before it: an edit among it may be news. */
function takeCarried(context: StepContext, link: LinkState, side: Side, outcome: Outcome): LinkState {
  const read = {
    ...outcome,
    shown: outcome.carried,
    shownReadStartedAtMs: outcome.startedAtMs,
    sourceUpdatedAtMs: null,
  };
  const observed = outcome.carried.length === 0 ? null : shownBy(link, side, read);
  if (observed === null || (link[side]?.readStartedAtMs ?? 0) > outcome.startedAtMs) return link;
  return showsTheSame(link, observed) ? link : show(context, link, observed);
}

/** A write whose read-back is not believed: its value is remembered as ours, so that the read to come finds it so. */
function awaitRead(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  ordered: InFlightField,
  result: FieldOutcome,
): LinkState {
  if (result.result !== 'written' && result.result !== 'unknown') return link;
  sayField(context, link, fieldState(link, ordered.field), 'waiting', 'read-again');
  return rememberValues(context, link, command, side, [ordered]);
}

function shownBy(link: LinkState, side: Side, outcome: Outcome): Observed | null {
  const half = link[side];
  if (outcome.shown === null || outcome.shownReadStartedAtMs === null || half === null) return null;
  const known: readonly string[] = fieldsOf(link.entity);
  const shown = new Map(
    outcome.shown.filter((value) => known.includes(value.field)).map((value) => [value.field as Field, value.value]),
  );
  const read = {
    readStartedAtMs: outcome.shownReadStartedAtMs,
    sourceUpdatedAtMs: outcome.sourceUpdatedAtMs ?? half.sourceUpdatedAtMs,
  };
  return { entity: link.entity, side, half: { ...half, ...read }, shown };
}

/** A record made (or found) at the target becomes the other half. If its own snapshot came first, the two are joined. */
function adopt(context: StepContext, link: LinkState, side: Side, outcome: Outcome): LinkState {
  if (link[side] !== null || outcome.targetId === '') return link;
  const alone = linkOf(context.state, link.entity, side, outcome.targetId);
  // Joined to another one meanwhile: the next command names it among those that are somebody else.
  if (side === 'crm' && alone !== undefined) return alone.unleashed === null ? join(context, link, alone) : link;
  const half: LinkSide = {
    id: outcome.targetId,
    parentId: outcome.parentId,
    deleted: false,
    active: true,
    inactiveReason: 'ok',
    code: '',
    accountsId: '',
    marker: side === 'crm' ? markerOf(idAt(link, 'unleashed')) : '',
    defaultId: null,
    readStartedAtMs: outcome.shownReadStartedAtMs ?? outcome.startedAtMs,
    sourceUpdatedAtMs: outcome.sourceUpdatedAtMs,
    sourceUpdatedBy: null,
    confirmedAtMs: null,
    unclear: [],
    operatingCompany: '',
  };
  return putLink(context, withSide(link, side, half));
}

function refused(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  outcome: Outcome,
): LinkState {
  let next = takeShown(context, hasRead(link, side), command, side, outcome).link;
  const half = next[side];
  if (half !== null && (outcome.code === 'target-missing' || outcome.code === 'target-deleted')) {
    const inactiveReason = side === 'crm' ? 'deleted-in-crm' : 'deleted-in-unleashed';
    next = withSide(next, side, { ...half, deleted: true, active: false, inactiveReason });
  } else {
    const named = outcome.fields.filter((field) => field.result === 'refused').map((field) => field.field);
    const stopped = command.fields.filter((field) => named.length === 0 || named.includes(field.field));
    for (const field of stopped) {
      const code = outcome.fields.find((result) => result.field === field.field && result.result === 'refused')?.code;
      next = block(context, next, side, field, code ?? outcome.code, outcome.message);
    }
  }
  const settled = { ...next, retry: null };
  next = putLink(
    context,
    outcome.mayComeLate
      ? rememberWrite(context, settled, command, side, command.fields)
      : forgetWrite(context, settled, command),
  );
  say(context, next, 'parked', outcome.code);
  return next;
}

function block(
  context: StepContext,
  link: LinkState,
  side: Side,
  ordered: InFlightField,
  code: string,
  message: string,
): LinkState {
  const state = fieldState(link, ordered.field);
  sayField(context, link, state, 'blocked', code);
  if (ordered.restores) return giveUp(context, link, state, side);
  return withField(link, { ...state, blocked: { side, value: ordered.source, code, message } });
}

/** A value cannot be brought back. Where a late write of ours had replaced it, it goes into the ledger: that write is no edit. */
function giveUp(context: StepContext, link: LinkState, state: FieldState, side: Side): LinkState {
  if (!isMending(state, side)) return withField(link, { ...state, restore: null });
  const lost = { ...state, [side]: state.restore?.value ?? '' };
  const kept = recordConflict(context, link, lost, otherSide(side), 'overwritten-by-write');
  return withField(kept, decideFor(state, otherSide(side)));
}

/**
 * A write that may have taken effect, or may yet: its values are remembered as ours and the record is read to find out.
 * `take` takes in what was seen afterwards.
 */
export function fateUnknown(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  code: string,
  message: string,
  take: (link: LinkState) => LinkState = (open) => open,
): LinkState {
  const remembered = take(rememberWrite(context, link, command, side, command.fields));
  const next = putLink(context, {
    ...remembered,
    readSide: link[side] === null ? link.readSide : withRead(link, side),
    readAfter: 0,
    retry: retryPlan(context, link, side, code, message, null),
  });
  say(context, next, 'retry', code);
  return next;
}

function tryAgain(context: StepContext, link: LinkState, side: Side, outcome: Outcome): LinkState {
  const wait = outcome.scope === 'lane' && outcome.result === 'deferred';
  const retry = wait ? link.retry : retryPlan(context, link, side, outcome.code, outcome.message, outcome.retryAtMs);
  const next = putLink(context, { ...link, retry });
  say(context, next, 'retry', outcome.code);
  return next;
}

function retryPlan(
  context: StepContext,
  link: LinkState,
  side: Side,
  code: string,
  message: string,
  retryAtMs: number | null,
) {
  const attempt = (link.retry?.attempt ?? 0) + 1;
  const wait = backOffMs(attempt, LIMITS.retryFirstMs, LIMITS.retryLongestMs);
  return { side, attempt, atMs: Math.max(context.nowMs + wait, retryAtMs ?? 0), code, message };
}

/** An answer to a command that was given up: what it shows is an observation; a write that it rules out is forgotten. */
function settleLate(context: StepContext, link: LinkState, outcome: Outcome): LinkState {
  const side: Side = outcome.side === 'crm' ? 'crm' : 'unleashed';
  const ours = link.ownWrites.some((write) => write.commandId === outcome.commandId);
  const ruledOut = outcome.result !== 'applied' && outcome.result !== 'unknown' && !outcome.mayComeLate;
  let next = link;
  if (ours && ruledOut) {
    next = putLink(context, withoutWrite(link, outcome.commandId));
  }
  const isDone = outcome.result === 'applied' && !outcome.mayComeLate;
  const isAgain = !ours && link[side] !== null && (outcome.result === 'applied' || outcome.result === 'unknown');
  if (isAgain) next = putLink(context, rememberAnswered(context, next, outcome));
  const observed = shownBy(next, side, outcome);
  if (observed !== null) {
    const taken = observe(context, observed);
    next = taken.link;
    if (isAgain && isDone && taken.accepted) next = putLink(context, withoutWrite(next, outcome.commandId));
  }
  say(context, next, 'settled', ours ? 'outcome-late' : 'outcome-unasked');
  return next;
}
