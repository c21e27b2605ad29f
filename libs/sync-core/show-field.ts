/**
 * Takes in what one field of one side shows.
 *
 * A value that a write of ours explains is never taken for a person's edit. It changes what the side shows, not what people
 * want: where the write only arrived, its value and that of the other side are agreed; where something newer was known, be it
 * on this side or the other, the newer one is written again, and the value that came late is kept in case that somebody had
 * set it by hand after all.
 */
import type { Field, OwnWrite, Side } from '#contracts';
import { agreeByWrite, decideFor } from './field-merge.ts';
import { recordConflict } from './ledger.ts';
import { type FieldState, fieldState, type LinkState, otherSide, withField } from './link-state.ts';
import { mayBeCarried, mayBeWritten, noteChange, openWriteOf } from './own-writes.ts';
import { type StepContext, sayField } from './step-context.ts';
import { sameAtSide } from './values.ts';

/** What a read shows in one field. */
export interface Showing {
  readonly side: Side;
  readonly field: Field;
  readonly value: string;
  /** When it was edited, by the source's clock; when it was read, where the source has none. */
  readonly editedAtMs: number;
  /** When the read before this one began, our clock: the side showed the old value then. */
  readonly lastReadAtMs: number;
}

/** The link with the field as it is shown. */
export function showField(context: StepContext, link: LinkState, showing: Showing): LinkState {
  const { side, field, value } = showing;
  const before = fieldState(link, field);
  const known = before[side];
  if (known === value) return link;
  if (known !== null && sameAtSide(field, side, known, value)) return withField(link, { ...before, [side]: value });
  const edited = withEdit(before, showing);
  if (known === null) return withField(link, edited);
  const underWay = link.inFlight?.side === side ? link.inFlight.fields.find(isShownBy(showing)) : undefined;
  if (underWay !== undefined && !underWay.restores) {
    return showWritten(context, link, side, before, { ...edited, restore: before.restore }, underWay.source);
  }
  if (before.restore?.side === side && edited.restore !== null) {
    return showRestored(context, link, before, edited, side);
  }
  const own = openWriteOf(context, link, side, field, value);
  if (own !== undefined) return showOwn(context, link, showing, before, own);
  sayField(context, link, before, `changed-${side}`, 'edited');
  const kept = edited.restore === null ? keepMended(context, link, before, side) : link;
  return withField(
    side === 'crm' ? keepReplaced(context, kept, before) : noteReplaced(context, kept, showing, before),
    edited,
  );
}

/**
 * An edit in the CRM that had to flow, and that a write of ours to the field may have replaced before somebody set what is shown now:
 * no read saw what was there in between.
 */
function keepReplaced(context: StepContext, link: LinkState, before: FieldState): LinkState {
  // What was to come back has been kept.
  if (isMending(before, 'crm') || !isWanted(before, 'crm')) return link;
  return mayBeWritten(context, link, 'crm', before.field)
    ? recordConflict(context, link, before, 'crm', 'overwritten-by-write')
    : link;
}

/** An edit that a late write of ours had replaced, and that was to come back: whoever made the next one never saw it. */
function keepMended(context: StepContext, link: LinkState, before: FieldState, side: Side): LinkState {
  if (!isMending(before, side) || !isWanted(before, side)) return link;
  const lost = withShown(before, side, wanted(before, side));
  return recordConflict(context, link, lost, otherSide(side), 'overwritten-by-write');
}

const isShownBy =
  ({ side, field, value }: Showing) =>
  (write: { field: string; value: string }) =>
    write.field === field && sameAtSide(field, side, write.value, value);

/**
 * Notes an edit in Unleashed for the writes of whole records that may yet come. One of them may be what was just seen: it
 * carried an edit that no read saw. What it may have taken back is kept.
 */
function noteReplaced(context: StepContext, link: LinkState, showing: Showing, before: FieldState): LinkState {
  const { field, value, lastReadAtMs } = showing;
  const values = [before.unleashed ?? '', value];
  const noted = noteChange(context, link, field, values, lastReadAtMs);
  // What was to come back has been kept.
  if (isMending(before, 'unleashed')) return noted;
  if (!isWanted(before, 'unleashed') || !mayBeCarried(context, link, field, before.unleashed ?? '')) return noted;
  return recordConflict(context, noted, before, 'unleashed', 'overwritten-by-write');
}

/** The field after an edit of a person. */
function withEdit(before: FieldState, { side, value, editedAtMs }: Showing): FieldState {
  const blocked = unblock(before, side, value);
  const restore = stillWanted(before, side, value);
  return side === 'crm'
    ? { ...before, crm: value, crmEditedAtMs: editedAtMs, blocked, restore }
    : { ...before, unleashed: value, unleashedEditedAtMs: editedAtMs, blocked, restore };
}

/** The field with what a side shows: nobody has edited anything. */
function withShown(before: FieldState, side: Side, value: string): FieldState {
  return { ...before, [side]: value };
}

/** A value that was to come back is there: as an edit of the person who asked, or as it was before a late write of ours. */
function showRestored(
  context: StepContext,
  link: LinkState,
  before: FieldState,
  edited: FieldState,
  side: Side,
): LinkState {
  const ours = isMending(before, side);
  sayField(context, link, before, `changed-${side}`, ours ? 'own-write' : 'restored');
  return withField(link, ours ? { ...withShown(before, side, edited[side] ?? ''), restore: before.restore } : edited);
}

/** The write under way is there. An edit that it replaced before it could flow goes into the ledger. */
function showWritten(
  context: StepContext,
  link: LinkState,
  side: Side,
  before: FieldState,
  after: FieldState,
  source: string,
): LinkState {
  const lost = isWanted(before, side);
  const other = otherSide(side);
  const kept = lost
    ? recordConflict(context, link, withShown(before, side, wanted(before, side)), other, 'overwritten-by-write')
    : link;
  sayField(context, kept, before, 'agreed', lost ? 'overwritten-by-write' : 'own-write');
  return withField(kept, agreeByWrite(after, side, after[side] ?? '', source));
}

/** A value of an older write of ours, whose fate was open. */
function showOwn(
  context: StepContext,
  link: LinkState,
  { side, field, value }: Showing,
  before: FieldState,
  own: OwnWrite,
): LinkState {
  const other = otherSide(side);
  const after = withShown(before, side, value);
  if (before[other] === null) return withField(link, after);
  const isWantedHere = isWanted(before, side);
  // Both sides were edited before the write arrived, and nothing was decided yet: it wins, as if it had not been so slow.
  const isRace = isWanted(before, other) && before.settled?.winner !== side;
  const isOrdered = !own.carried && sameAtSide(field, other, wanted(before, other), own.source);
  if (isOrdered && (!isWantedHere || isRace)) {
    return showWritten(context, link, side, before, { ...after, settled: null }, own.source);
  }
  sayField(context, link, before, `changed-${side}`, 'own-write-late');
  let kept = recordConflict(context, link, after, other, 'overwritten-by-write');
  if (before.restore !== null && !isMending(before, side)) {
    // Something is being brought back anyway, by a person or at the other side: that stays, and goes to both sides.
    if (before.restore.side === side) return withField(kept, after);
    if (isWantedHere) kept = recordConflict(context, kept, before, other, 'overwritten-by-write');
    return withField(kept, { ...decideFor(after, other), restore: before.restore });
  }
  if (isWanted(before, other) && !isWantedHere) return withField(kept, decideFor(after, other));
  return withField(kept, { ...after, restore: { side, value: wanted(before, side), requestId: '' } });
}

/** Whether a late write of ours on a side is being made good. */
export function isMending({ restore }: FieldState, side: Side): boolean {
  return restore?.side === side && restore.requestId === '';
}

/** What people want a side to show: what it shows, or what a late write of ours replaced. */
function wanted(state: FieldState, side: Side): string {
  return (isMending(state, side) ? state.restore?.value : state[side]) ?? '';
}

/** Whether a side has something that has to go to the other one: an edit, or what was decided for it. */
function isWanted(state: FieldState, side: Side): boolean {
  const { field, agreed, settled } = state;
  const value = wanted(state, side);
  if (settled?.winner === side) return true;
  if (settled?.winner === otherSide(side) && sameAtSide(field, side, value, settled.loserValue)) return false;
  return agreed === null || !sameAtSide(field, side, value, agreed[side]);
}

/** A value that is wanted back is given up when its side shows yet another one: the later edit counts. */
function stillWanted({ field, restore }: FieldState, side: Side, value: string): FieldState['restore'] {
  if (restore === null || restore.side !== side) return restore;
  return sameAtSide(field, side, restore.value, value) ? restore : null;
}

/** A field that could not flow gets another chance as soon as its source shows something else. */
function unblock(state: FieldState, side: Side, value: string): FieldState['blocked'] {
  const { blocked } = state;
  if (blocked === null || blocked.side === side) return blocked;
  return sameAtSide(state.field, side, blocked.value, value) ? blocked : null;
}
