/** Takes in what a read of one record shows. */
import type { Field, LinkSide, Side } from '#contracts';
import { agreeByWrite, decideFor } from './field-merge.ts';
import type { Observed } from './halves.ts';
import { recordConflict } from './ledger.ts';
import {
  emptyLink,
  type FieldState,
  fieldState,
  type LinkState,
  otherSide,
  withField,
  withSide,
} from './link-state.ts';
import { LIMITS } from './options.ts';
import { firstLinkId } from './pairing.ts';
import type { ReasonCode } from './reasons.ts';
import { putLink, type StepContext, say, sayField } from './step-context.ts';
import { linkOf } from './tenant-state.ts';
import { sameAtSide } from './values.ts';

/** What became of an observation: the link as it is now, and whether what it shows was taken in. */
export interface Taken {
  link: LinkState;
  accepted: boolean;
}

/**
 * Takes an observation in. One that was read before something newer that is known is left out; one that was read around
 * our own write and contradicts it is not believed before the record was read again (a snapshot that was under way during
 * the write would otherwise undo it).
 */
export function observe(context: StepContext, observed: Observed): Taken {
  const { entity, side, half } = observed;
  const known = linkOf(context.state, entity, side, half.id);
  const link = known ?? emptyLink(context.state.tenantId, entity, firstLinkId(side, half.id));
  const before = link[side];
  if (before !== null) {
    const same = (): boolean => showsTheSame(link, observed);
    const behindMs = before.readStartedAtMs - half.readStartedAtMs;
    // Read by services whose clocks may differ: a read that is a little older and says something else may be the newer one.
    const unsure = behindMs > 0 && behindMs <= LIMITS.clockMarginMs && !same();
    if (behindMs > 0 && !unsure) {
      const nothingNew = same();
      say(context, link, nothingNew ? 'unchanged' : 'stale', nothingNew ? 'no-change' : 'older-read');
      sayNotTaken(context, link, observed, 'older-read');
      return { link, accepted: false };
    }
    const aroundOurWrite = half.readStartedAtMs <= (before.confirmedAtMs ?? 0) + LIMITS.clockMarginMs;
    if (unsure || (aroundOurWrite && !same())) {
      say(context, link, 'stale', 'read-again');
      sayNotTaken(context, link, observed, 'read-again');
      const asked = askedToRead(link, side);
      if (behindMs > 0 || !isPlacedElsewhere(before, half)) return { link: putLink(context, asked), accepted: false };
      return { link: putLink(context, placed(asked, side, before, half)), accepted: true };
    }
  }
  return { link: show(context, link, observed), accepted: true };
}

/** Where a record belongs. We never write it, and what is read again shows fields alone: so it is believed at any time. */
const PLACE = ['parentId', 'code', 'defaultId', 'operatingCompany'] as const;

function isPlacedElsewhere(before: LinkSide, half: LinkSide): boolean {
  return !before.deleted && !half.deleted && PLACE.some((key) => before[key] !== half[key]);
}

function placed(link: LinkState, side: Side, before: LinkSide, half: LinkSide): LinkState {
  const { parentId, code, defaultId, operatingCompany } = half;
  return withSide(link, side, { ...before, parentId, code, defaultId, operatingCompany });
}

/** Names the values that are not taken in, so that none is ever seen and forgotten (I1). */
function sayNotTaken(
  context: StepContext,
  link: LinkState,
  observed: Observed,
  reason: 'older-read' | 'read-again',
): void {
  for (const [field, value] of observed.shown) {
    const state = fieldState(link, field);
    const known = state[observed.side];
    if (known !== null && sameAtSide(field, observed.side, known, value)) continue;
    sayField(context, link, { ...state, [observed.side]: value }, 'not-taken', reason);
  }
}

/** The link with a read of a side asked for: by a command of its own, since one under way may have read before. */
export function askedToRead(link: LinkState, side: Side): LinkState {
  return { ...link, readSide: side, readAfter: link.inFlight === null ? 0 : link.commandNumber };
}

/** The link after the answer to its command under way, which showed a side: a read asked for before the command is done. */
export function hasRead(link: LinkState, side: Side): LinkState {
  const isDone = link.readSide === side && link.readAfter !== link.commandNumber;
  return isDone ? { ...link, readSide: null } : link;
}

/** Takes in what a record shows, whatever came before: for reads whose order is known. */
export function show(context: StepContext, link: LinkState, observed: Observed): LinkState {
  const { side, half, shown } = observed;
  let next = withSide(link, side, { ...half, confirmedAtMs: half.confirmedAtMs ?? link[side]?.confirmedAtMs ?? null });
  for (const [field, value] of shown) next = showField(context, next, side, field, value, editedAt(half));
  return putLink(context, isChanged(link, next, side) ? sendable(next, side) : next);
}

/** Whether a side shows the record as changed, be it by its clock alone: some other property was corrected. */
function isChanged(before: LinkState, after: LinkState, side: Side): boolean {
  if (before[side] === null) return false;
  if (before[side]?.sourceUpdatedAtMs !== after[side]?.sourceUpdatedAtMs) return true;
  return after.fields.some((field, index) => field[side] !== before.fields[index]?.[side]);
}

/** Codes that say something about the record as it stood, not about a value: what was corrected may be taken now. */
const ABOUT_THE_RECORD: ReadonlySet<string> = new Set<ReasonCode>([
  'unsendable',
  'address-ambiguous',
  'address-missing',
]);

/** A record that a side did not take as it stood may be one that it takes now. */
function sendable(link: LinkState, side: Side): LinkState {
  const stands = ({ blocked }: FieldState): boolean =>
    blocked === null || blocked.side !== side || !ABOUT_THE_RECORD.has(blocked.code);
  if (link.fields.every(stands)) return link;
  return { ...link, fields: link.fields.map((field) => (stands(field) ? field : { ...field, blocked: null })) };
}

function editedAt(half: LinkSide): number {
  return half.sourceUpdatedAtMs ?? half.readStartedAtMs;
}

/** Whether an observation shows nothing else than what is known of its side. */
export function showsTheSame(link: LinkState, { side, half: after, shown }: Observed): boolean {
  const before = link[side];
  if (before === null) return false;
  const keys = [
    'parentId',
    'deleted',
    'active',
    'inactiveReason',
    'code',
    'accountsId',
    'marker',
    'defaultId',
    'operatingCompany',
  ] as const;
  if (keys.some((key) => before[key] !== after[key]) || before.unclear.length !== after.unclear.length) return false;
  return [...shown].every(([field, value]) => {
    const known = fieldState(link, field)[side];
    return known !== null && sameAtSide(field, side, known, value);
  });
}

function showField(
  context: StepContext,
  link: LinkState,
  side: Side,
  field: Field,
  value: string,
  editedAtMs: number,
): LinkState {
  const before = fieldState(link, field);
  const known = before[side];
  if (known === value) return link;
  if (known !== null && sameAtSide(field, side, known, value)) return withField(link, { ...before, [side]: value });
  const own = ownWriteOf(link, side, field, value);
  const blocked = unblock(before, side, value);
  const restore = stillWanted(before, side, value);
  const after: FieldState =
    side === 'crm'
      ? { ...before, crm: value, crmEditedAtMs: editedAtMs, blocked, restore }
      : { ...before, unleashed: value, unleashedEditedAtMs: editedAtMs, blocked, restore };
  if (own !== undefined && known !== null) return showOwnWrite(context, link, side, before, after, own);
  if (known !== null && takenBack(context, link, side, before, value)) {
    const kept = recordConflict(context, link, before, otherSide(side), 'overwritten-by-write');
    sayField(context, kept, before, `changed-${side}`, 'overwritten-by-write');
    return withField(kept, after);
  }
  if (known !== null && carriedBack(context, link, side, before, value)) {
    const kept = recordConflict(context, link, { ...before, [side]: value }, otherSide(side), 'overwritten-by-write');
    sayField(context, kept, before, `changed-${side}`, 'own-write-late');
    return withField(kept, decideFor(after, otherSide(side)));
  }
  if (known !== null) {
    const restored = before.restore?.side === side && after.restore !== null;
    sayField(context, link, before, `changed-${side}`, restored ? 'restored' : 'edited');
  }
  return withField(link, after);
}

/** A value of ours came to be shown: it is no edit. An edit that it replaced before it could flow goes into the ledger. */
function showOwnWrite(
  context: StepContext,
  link: LinkState,
  side: Side,
  before: FieldState,
  after: FieldState,
  own: { source: string },
): LinkState {
  const other = otherSide(side);
  const known = before[side] ?? '';
  const same = (value: string): boolean => sameAtSide(before.field, side, known, value);
  // Flowed: the other side had it. Settled: it lost a conflict, and is in the ledger since that was decided.
  const settled = before.settled?.winner === other && same(before.settled.loserValue);
  const flowed = settled || (before.agreed !== null && same(before.agreed[side]));
  const kept = flowed ? link : recordConflict(context, link, before, other, 'overwritten-by-write');
  const ownWrites = link.ownWrites.filter((write) => write !== own);
  if (isOnItsWay(link, other, before.field, same)) {
    sayField(context, kept, before, `changed-${side}`, 'own-write-late');
    return { ...withField(kept, decideFor(after, other)), ownWrites };
  }
  sayField(context, kept, before, 'agreed', flowed ? 'own-write' : 'overwritten-by-write');
  // What was decided for this side was about a value that a late write has replaced.
  const stands =
    own === link.inFlight?.fields.find((one) => one.field === before.field) ? after : { ...after, settled: null };
  return { ...withField(kept, agreeByWrite(stands, side, after[side] ?? '', own.source)), ownWrites };
}

/** Whether a value is just being written to the other side: replaced by an older write of ours meanwhile, it comes back from there. */
function isOnItsWay(link: LinkState, to: Side, field: Field, isIt: (value: string) => boolean): boolean {
  const { inFlight } = link;
  return (
    inFlight?.side === to && inFlight.fields.some((one) => one.field === field && !one.restores && isIt(one.source))
  );
}

/** The write of ours that explains a value: one under way, or one whose fate is open. */
function ownWriteOf(link: LinkState, side: Side, field: Field, value: string): { source: string } | undefined {
  const isIt = (write: { field: string; value: string }) =>
    write.field === field && sameAtSide(field, side, write.value, value);
  const underWay =
    link.inFlight?.side === side ? link.inFlight.fields.find((write) => isIt(write) && !write.restores) : undefined;
  return underWay ?? link.ownWrites.find((write) => write.side === side && !write.carried && isIt(write));
}

/**
 * Whether an edit that has not flowed yet may have been taken back by a write of ours that came late: Unleashed replaces the
 * whole record (fact U6.1), so such a write brings every field back as it was, not only those that it was about.
 */
function takenBack(context: StepContext, link: LinkState, side: Side, before: FieldState, value: string): boolean {
  if (link.ownWrites.length === 0) return false;
  const { field, agreed } = before;
  const known = before[side];
  if (agreed === null || known === null || sameAtSide(field, side, known, agreed[side])) return false;
  if (!sameAtSide(field, side, value, agreed[side])) return false;
  const settled = before.settled?.winner === otherSide(side);
  return !settled && link.ownWrites.some((write) => write.side === side && write.untilMs > context.nowMs);
}

/**
 * Whether a value that both sides had agreed on was replaced by what a write of ours, whose fate is open, carried along. It is
 * no edit: the other side's value is written again. Somebody may have set it back by hand all the same, so it is in the ledger.
 */
function carriedBack(context: StepContext, link: LinkState, side: Side, before: FieldState, value: string): boolean {
  if (link.ownWrites.length === 0) return false;
  const { field, agreed } = before;
  const known = before[side];
  if (agreed === null || known === null || before[otherSide(side)] === null) return false;
  if (before.settled !== null || !sameAtSide(field, side, known, agreed[side])) return false;
  return link.ownWrites.some(
    (write) =>
      write.carried &&
      write.side === side &&
      write.field === field &&
      write.untilMs > context.nowMs &&
      sameAtSide(field, side, write.value, value),
  );
}

/** A value that a person wants back is given up when its side shows yet another one: the later edit counts. */
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
