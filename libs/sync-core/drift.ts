/**
 * Drift: what a side shows and the sync does not know.
 *
 * Whether two sides agree is the merge's business, and what it has not written yet is explained by the state of the record.
 * What only a look at both APIs can tell is whether the merge works on what is really there. So each record that is read is
 * compared with what is known of its side: the same, explained, on its way, or a candidate. A candidate is no drift yet: an
 * edit is first seen by whoever looks first. It becomes drift when, after reads of the sync have had their chance, a second
 * read shows the same and the sync still knows nothing of it (`stillThere`).
 */
import { type Entity, type Field, SIDES, type Side } from '#contracts';
import { fieldEnabled } from './eligibility.ts';
import type { ObservedRecord } from './events.ts';
import { fieldFacts, judgeField, judgeWhole, wholeFacts } from './facts.ts';
import { type Observed, observedHalf } from './halves.ts';
import { crmLinkId, type FieldState, fieldState, type LinkState, type Pair, unleashedLinkId } from './link-state.ts';
import { HALF_KEYS } from './observe.ts';
import { LIMITS } from './options.ts';
import { linkOf, listed, type TenantState } from './tenant-state.ts';
import { sameAtSide } from './values.ts';

/**
 * - edit-missed: edited there, and no read brought it;
 * - not-as-known: it shows another value although its clock names no change since the last read;
 * - record-unknown: it is there and was never read;
 * - record-gone: it is linked and no longer there;
 * - contact-twice: it carries the mark of a creation that another contact carries, too.
 */
export type DriftKind = 'edit-missed' | 'not-as-known' | 'record-unknown' | 'record-gone' | 'contact-twice';

/** Something that may be drift. Plain data. */
export interface DriftCandidate {
  readonly kind: DriftKind;
  readonly entity: 'company' | 'contact';
  /** Its link; of a record that is not known the one that it will have. */
  readonly linkId: string;
  /** The side that shows it. */
  readonly side: Side;
  /** Id of the record there. */
  readonly recordId: string;
  /** Id of the record that it belongs to there; empty for a company. */
  readonly parentId: string;
  /** The synced field; record: it is about the record as a whole. */
  readonly field: Field | 'record';
  /** What the record is called. */
  readonly name: string;
  /** What the side shows, null for nothing; and what is known of it. */
  readonly shown: string | null;
  readonly known: string | null;
  readonly agreed: Pair | null;
  readonly sourceUpdatedAtMs: number | null;
  readonly knownReadAtMs: number | null;
  /** When it was read, our clock. */
  readonly readStartedAtMs: number;
}

/** What a comparison came to. */
export interface Comparison {
  /** Values that are as they are known, of fields that are in sync. */
  readonly equal: number;
  /** Values left out: something newer is known, or a write or read of the record is under way, or it waits for its turn. */
  readonly inFlight: number;
  /** Why the rest is not the same: reason codes, one for each field, or one for the record where it is the record's. */
  readonly explained: readonly string[];
  readonly candidates: readonly DriftCandidate[];
}

const NOTHING: Comparison = { equal: 0, inFlight: 0, explained: [], candidates: [] };

/** Compares a record that was just read with what is known of it. The state must hold what was decided before that read. */
export function compareRecord(state: TenantState, record: ObservedRecord): Comparison {
  const observed = observedHalf(record);
  const { entity, side, half } = observed;
  if (entity === 'person') return NOTHING;
  if (state.setting?.enabled !== true) return { ...NOTHING, explained: ['sync-off'] };
  const link = linkOf(state, entity, side, half.id);
  if (link === undefined) {
    // A record that is deleted and was never known is nobody's.
    return half.deleted
      ? NOTHING
      : { ...NOTHING, candidates: [candidateOf(observed, null, 'record-unknown', 'record')] };
  }
  const settled = !isBusy(link, half.readStartedAtMs) && !isNewer(link, side, half.readStartedAtMs);
  const otherwise = HALF_KEYS.filter((key) => link[side]?.[key] !== half[key]);
  if (otherwise.length > 0) {
    if (!settled) return { ...NOTHING, inFlight: 1 };
    const kind = kindOf(link, observed, 'record');
    const [shown, known] = [half, link[side]].map((one) =>
      otherwise.map((key) => `${key} ${one?.[key] ?? ''}`).join(', '),
    );
    return {
      ...NOTHING,
      candidates: [{ ...candidateOf(observed, link, kind, 'record'), shown: shown!, known: known! }],
    };
  }
  const whole = judgeWhole(state.setting, { entity, whole: wholeFacts(state, link) });
  if (whole?.state === 'not-eligible' || whole?.state === 'off') return { ...NOTHING, explained: [whole.reason] };
  return compareFields(state, link, observed, settled);
}

function compareFields(state: TenantState, link: LinkState, observed: Observed, settled: boolean): Comparison {
  const { side, half } = observed;
  const explained: string[] = [];
  const candidates: DriftCandidate[] = [];
  let equal = 0;
  let inFlight = 0;
  for (const [name, value] of observed.shown) {
    const field = fieldState(link, name);
    const known = field[side];
    const unclear = half.unclear.find((one) => one.field === name)?.code;
    if (!fieldEnabled(state.setting, name)) explained.push('field-off');
    else if (unclear !== undefined) explained.push(unclear);
    else if (known === null || !sameAtSide(name, side, known, value)) {
      if (settled) candidates.push(valueCandidate(observed, link, field, value));
      else inFlight += 1;
    } else {
      const stands = judgeField(state, link.entity, fieldFacts(state, link, name));
      if (stands.state === 'in-sync') equal += 1;
      else if (stands.state === 'waiting') inFlight += 1;
      else explained.push(stands.reason);
    }
  }
  return { equal, inFlight, explained, candidates };
}

function valueCandidate(observed: Observed, link: LinkState, field: FieldState, value: string): DriftCandidate {
  const plain = candidateOf(observed, link, kindOf(link, observed, field.field), field.field);
  return { ...plain, shown: value, known: field[observed.side], agreed: field.agreed };
}

function candidateOf(
  { entity, side, half, shown }: Observed,
  link: LinkState | null,
  kind: DriftKind,
  field: DriftCandidate['field'],
): DriftCandidate {
  return {
    kind,
    entity: entity === 'company' ? 'company' : 'contact',
    linkId: link?.linkId ?? (side === 'crm' ? crmLinkId(half.id) : unleashedLinkId(half.id)),
    side,
    recordId: half.id,
    parentId: half.parentId,
    field,
    name: nameOf(entity, (one) => shown.get(one) ?? ''),
    shown: null,
    known: null,
    agreed: null,
    sourceUpdatedAtMs: half.sourceUpdatedAtMs,
    knownReadAtMs: link?.[side]?.readStartedAtMs ?? null,
    readStartedAtMs: half.readStartedAtMs,
  };
}

function nameOf(entity: Entity, textOf: (field: Field) => string): string {
  if (entity === 'company') return textOf('name');
  return `${textOf('firstName')} ${textOf('lastName')}`.trim() || textOf('email');
}

/** Whether the clock of the side names a change since what is known. An address has none in the CRM, a contact none in Unleashed. */
function kindOf(link: LinkState, { side, half }: Observed, field: DriftCandidate['field']): DriftKind {
  const known = link[side]?.sourceUpdatedAtMs ?? null;
  const shown = half.sourceUpdatedAtMs;
  if (known === null || shown === null || (side === 'crm' && field === 'address')) return 'edit-missed';
  return shown <= known ? 'not-as-known' : 'edit-missed';
}

/** A write or a read of the record is under way, or a write whose fate is open may still have taken effect at that time. */
function isBusy(link: LinkState, atMs: number): boolean {
  return link.inFlight !== null || link.readSide !== null || link.ownWrites.some(({ untilMs }) => untilMs > atMs);
}

/** Whether what is known of a side may be as new as a read of ours that began at that time. */
function isNewer(link: LinkState, side: Side, readStartedAtMs: number): boolean {
  const half = link[side];
  const knownMs = Math.max(half?.readStartedAtMs ?? 0, half?.confirmedAtMs ?? 0);
  return knownMs + LIMITS.clockMarginMs > readStartedAtMs;
}

/** Which records a walk over everything has shown. */
export interface SeenRecords {
  has(side: Side, entity: Entity, id: string): boolean;
  /** Whether the list that would show a record of a side was complete; `parentId` is what the record belongs to. */
  isComplete(side: Side, entity: Entity, parentId: string): boolean;
}

/** Linked records that a walk has not shown. Each has to be asked for by itself before it counts as gone. */
export function compareMissing(state: TenantState, seen: SeenRecords, startedAtMs: number): DriftCandidate[] {
  const found: DriftCandidate[] = [];
  for (const ref of [...state.links.keys()].sort()) {
    const link = state.links.get(ref);
    if (link === undefined || link.crm === null || link.unleashed === null || link.entity === 'person') continue;
    for (const side of SIDES) {
      const half = link[side];
      if (half === null || seen.has(side, link.entity, half.id)) continue;
      if (!seen.isComplete(side, link.entity, half.parentId)) continue;
      const one = compareGone(state, link.entity, side, half.id, startedAtMs);
      if (one !== null) found.push(one);
    }
  }
  return found;
}

/** Compares a record that is not there with what is known of it; null where that is known, explained or on its way. */
export function compareGone(
  state: TenantState,
  entity: 'company' | 'contact',
  side: Side,
  id: string,
  readStartedAtMs: number,
): DriftCandidate | null {
  const link = linkOf(state, entity, side, id);
  const half = link?.[side] ?? null;
  if (link === undefined || half === null || half.deleted || state.setting?.enabled !== true) return null;
  if (isBusy(link, readStartedAtMs) || isNewer(link, side, readStartedAtMs)) return null;
  const whole = wholeFacts(state, link);
  if (whole?.state === 'not-eligible' || whole?.state === 'off') return null;
  const shown = new Map(link.fields.map((field) => [field.field, field[side] ?? '']));
  const plain = candidateOf({ entity, side, half, shown }, link, 'record-gone', 'record');
  return { ...plain, known: plain.name, readStartedAtMs };
}

/** Contacts of the CRM that carry the mark of one creation, as far as they are not the one that is linked. */
export function compareTwins(state: TenantState): DriftCandidate[] {
  if (state.setting?.enabled !== true) return [];
  const found: DriftCandidate[] = [];
  for (const marker of [...state.index.byMarker.keys()].sort()) {
    const alive = listed(state, state.index.byMarker, marker).filter(({ crm }) => crm !== null && !crm.deleted);
    if (alive.length < 2 || alive.some((link) => link.inFlight !== null || link.readSide !== null)) continue;
    const kept = alive.find(({ unleashed }) => unleashed !== null) ?? alive[0];
    for (const link of alive) {
      if (link === kept || link.crm === null) continue;
      const shown = new Map(link.fields.map((field) => [field.field, field.crm ?? '']));
      const plain = candidateOf(
        { entity: 'contact', side: 'crm', half: link.crm, shown },
        link,
        'contact-twice',
        'record',
      );
      found.push({ ...plain, shown: marker, known: kept?.crm?.id ?? null });
    }
  }
  return found;
}

/**
 * Of the candidates of a second look those that stood before exactly so: the same shown, the same known, and no change of the
 * record in between by its own clock. What differs otherwise has moved, and whatever moves is being worked on.
 */
export function stillThere(before: readonly DriftCandidate[], after: readonly DriftCandidate[]): DriftCandidate[] {
  const known = new Map(before.map((one) => [identityOf(one), one]));
  return after.filter((one) => {
    const was = known.get(identityOf(one));
    return was?.shown === one.shown && was.known === one.known && was.sourceUpdatedAtMs === one.sourceUpdatedAtMs;
  });
}

/** What makes two findings one: its kind may change with the clock of the record, the rest may not. */
function identityOf({ entity, side, recordId, field }: DriftCandidate): string {
  return `${entity}/${side}/${recordId}/${field}`;
}
