/**
 * A link as the core works with it, and its record on the changelog.
 *
 * A link is a pair of records that are kept the same, or one record that waits for its counterpart. Its id is that of the
 * Unleashed record (`u:GUID`), or of the CRM record (`c:ID`) as long as there is no other half. The record writes a value
 * once where it is shown on both sides and agreed, because nearly all fields are so nearly always; here it is spelled out.
 */
import {
  type AgreedPair,
  type BlockedField,
  type Entity,
  type Field,
  fieldsOf,
  type Link,
  type LinkField,
  type LinkSide,
  type Restore,
  type SettledConflict,
  type Side,
} from '#contracts';

/** The two forms of a value that count as equal. */
export interface Pair {
  readonly crm: string;
  readonly unleashed: string;
}

/** One synced field: what each side shows, and what was agreed. Null means never seen, or nothing agreed. */
export interface FieldState {
  readonly field: Field;
  readonly agreed: Pair | null;
  readonly crm: string | null;
  readonly unleashed: string | null;
  readonly crmEditedAtMs: number | null;
  readonly unleashedEditedAtMs: number | null;
  readonly settled: SettledConflict | null;
  readonly blocked: BlockedField | null;
  readonly restore: Restore | null;
}

/** A link, all fields spelled out. Never changed in place: each step replaces it. */
export interface LinkState extends Omit<Link, 'fields' | 'entity'> {
  /** Its ref: made once, because it is looked up by it many times in each step. Not stored. */
  readonly ref: LinkRef;
  readonly entity: Entity;
  readonly fields: readonly FieldState[];
}

/** Identity of a link within its tenant: entity and link id. */
export type LinkRef = string;

/** The ref of a link. */
export function refOf(entity: Entity, linkId: string): LinkRef {
  return `${entity}/${linkId}`;
}

/** Link id of a pair, or of a record that only Unleashed has. */
export function unleashedLinkId(guid: string): string {
  return `u:${guid}`;
}

/** Link id of a record that only the CRM has. */
export function crmLinkId(id: string): string {
  return `c:${id}`;
}

const EMPTY_FIELD = {
  agreed: null,
  crm: null,
  unleashed: null,
  crmEditedAtMs: null,
  unleashedEditedAtMs: null,
  settled: null,
  blocked: null,
  restore: null,
} as const;

/** A link without sides, version 0: not written anywhere yet. */
export function emptyLink(tenantId: string, entity: Entity, linkId: string): LinkState {
  return {
    ref: refOf(entity, linkId),
    tenantId,
    entity,
    linkId,
    version: 0,
    crm: null,
    unleashed: null,
    fields: fieldsOf(entity).map((field) => ({ field, ...EMPTY_FIELD })),
    inFlight: null,
    ownWrites: [],
    retry: null,
    readSide: null,
    readAfter: 0,
    createWanted: false,
    lookalikes: [],
    createdBySync: false,
    paused: false,
    dirtySinceMs: null,
    begun: [],
    commandNumber: 0,
    conflictNumber: 0,
    updatedAtMs: 0,
  };
}

/** The kind of record that a text names; null when there is no such kind. */
export function entityOf(text: string): Entity | null {
  return text === 'company' || text === 'contact' || text === 'person' ? text : null;
}

/** The other side. */
export function otherSide(side: Side): Side {
  return side === 'crm' ? 'unleashed' : 'crm';
}

/** The field with what `side` shows taken out: for a half that leaves its link. */
export function withoutSide(state: FieldState, side: Side): FieldState {
  const kept = otherSide(side);
  return { ...EMPTY_FIELD, field: state.field, [kept]: state[kept], [`${kept}EditedAtMs`]: state[`${kept}EditedAtMs`] };
}

/** The link with one side replaced. */
export function withSide(link: LinkState, side: Side, half: LinkSide | null): LinkState {
  return side === 'crm' ? { ...link, crm: half } : { ...link, unleashed: half };
}

/** The link with one field replaced. */
export function withField(link: LinkState, changed: FieldState): LinkState {
  return { ...link, fields: link.fields.map((state) => (state.field === changed.field ? changed : state)) };
}

/** The state of one field; every link of an entity has all its fields. Throws on a field of the other entity. */
export function fieldState(link: LinkState, field: string): FieldState {
  const found = link.fields.find((state) => state.field === field);
  if (found === undefined) throw new RangeError(`a ${link.entity} has no field ${field}`);
  return found;
}

/** The record of a link for the changelog. */
export function toRecord(link: LinkState): Link {
  // Named one by one: several times as fast as leaving out the ref, and done for every input.
  return {
    tenantId: link.tenantId,
    entity: link.entity,
    linkId: link.linkId,
    version: link.version,
    crm: link.crm,
    unleashed: link.unleashed,
    fields: link.fields.map(packField),
    inFlight: link.inFlight,
    ownWrites: link.ownWrites,
    retry: link.retry,
    readSide: link.readSide,
    readAfter: link.readAfter,
    createWanted: link.createWanted,
    lookalikes: link.lookalikes,
    createdBySync: link.createdBySync,
    paused: link.paused,
    dirtySinceMs: link.dirtySinceMs,
    begun: link.begun,
    commandNumber: link.commandNumber,
    conflictNumber: link.conflictNumber,
    updatedAtMs: link.updatedAtMs,
  };
}

/** The link of a record. Fields that the record does not have yet start empty; fields that are no longer synced are left out. */
export function fromRecord(record: Link): LinkState {
  const entity = entityOf(record.entity) ?? 'contact';
  const packed = new Map(record.fields.map((field) => [field.field, field]));
  const fields = fieldsOf(entity).map((field) => {
    const found = packed.get(field);
    return found === undefined ? { field, ...EMPTY_FIELD } : unpackField(field, found);
  });
  return { ref: refOf(entity, record.linkId), ...record, entity, fields };
}

function packField(state: FieldState): LinkField {
  const { agreed } = state;
  const pair: AgreedPair | null =
    agreed === null ? null : { crm: agreed.crm, unleashed: agreed.unleashed === agreed.crm ? null : agreed.unleashed };
  return {
    field: state.field,
    agreed: pair,
    crm: state.crm === agreed?.crm ? null : state.crm,
    unleashed: state.unleashed === agreed?.unleashed ? null : state.unleashed,
    crmEditedAtMs: state.crmEditedAtMs,
    unleashedEditedAtMs: state.unleashedEditedAtMs,
    settled: state.settled,
    blocked: state.blocked,
    restore: state.restore,
  };
}

function unpackField(field: Field, packed: LinkField): FieldState {
  const agreed: Pair | null =
    packed.agreed === null ? null : { crm: packed.agreed.crm, unleashed: packed.agreed.unleashed ?? packed.agreed.crm };
  return {
    field,
    agreed,
    crm: packed.crm ?? agreed?.crm ?? null,
    unleashed: packed.unleashed ?? agreed?.unleashed ?? null,
    crmEditedAtMs: packed.crmEditedAtMs,
    unleashedEditedAtMs: packed.unleashedEditedAtMs,
    settled: packed.settled,
    blocked: packed.blocked,
    restore: packed.restore,
  };
}

/** Re-exported parts of a link's record. */
export type { BlockedField, LinkSide };
