/** Takes in what a read of one record shows. */
import type { LinkSide, Side } from '#contracts';
import type { Observed } from './halves.ts';
import { emptyLink, type FieldState, fieldState, type LinkState, otherSide, withSide } from './link-state.ts';
import { LIMITS } from './options.ts';
import { firstLinkId } from './pairing.ts';
import type { ReasonCode } from './reasons.ts';
import { showField } from './show-field.ts';
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
export function sayNotTaken(
  context: StepContext,
  link: LinkState,
  observed: Pick<Observed, 'side' | 'shown'>,
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
  return { ...link, readSide: withRead(link, side), readAfter: link.inFlight === null ? 0 : link.commandNumber };
}

/** The link after the answer to its command under way, which showed a side: a read asked for before the command is done. */
export function hasRead(link: LinkState, side: Side): LinkState {
  if (link.readAfter === link.commandNumber) return link;
  if (link.readSide === 'both') return { ...link, readSide: otherSide(side) };
  return link.readSide === side ? { ...link, readSide: null } : link;
}

/** What is to be read once one more side is: the other one is not forgotten over it. */
export function withRead({ readSide }: LinkState, side: Side): string {
  return readSide === null || readSide === side ? side : 'both';
}

/** Takes in what a record shows, whatever came before: for reads whose order is known. */
export function show(context: StepContext, link: LinkState, observed: Observed): LinkState {
  const { side, half, shown } = observed;
  let next = withSide(link, side, { ...half, confirmedAtMs: half.confirmedAtMs ?? link[side]?.confirmedAtMs ?? null });
  const editedAtMs = half.sourceUpdatedAtMs ?? half.readStartedAtMs;
  const lastReadAtMs = link[side]?.readStartedAtMs ?? 0;
  for (const [field, value] of shown) {
    next = showField(context, next, { side, field, value, editedAtMs, lastReadAtMs });
  }
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

/** What a half says of a record besides its fields. */
export const HALF_KEYS = [
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

/** Whether an observation shows nothing else than what is known of its side. */
export function showsTheSame(link: LinkState, { side, half: after, shown }: Observed): boolean {
  const before = link[side];
  if (before === null) return false;
  if (HALF_KEYS.some((key) => before[key] !== after[key]) || before.unclear.length !== after.unclear.length)
    return false;
  return [...shown].every(([field, value]) => {
    const known = fieldState(link, field)[side];
    return known !== null && sameAtSide(field, side, known, value);
  });
}
