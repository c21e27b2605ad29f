/**
 * Writes of ours that may yet take effect.
 *
 * A write whose fate is unknown is remembered by what it would bring about, until it cannot come any more: the value of each
 * field that it orders and, because Unleashed replaces whole records (fact U6.1), each value that the other fields may have
 * had when it was sent. That its value was seen does not say that it came: a person may have set it, and the write comes
 * after all. What is not remembered here is a person's edit when it comes to be shown.
 */
import {
  type Field,
  fieldsOf,
  type InFlightCommand,
  type InFlightField,
  linkKey,
  type Outcome,
  type OwnWrite,
  type ShownField,
  type Side,
} from '#contracts';
import { fieldState, type LinkState, otherSide } from './link-state.ts';
import { LIMITS } from './options.ts';
import { peopleOf } from './people.ts';
import { parentAt } from './shown.ts';
import { putLink, type StepContext } from './step-context.ts';
import { linkOf, listed } from './tenant-state.ts';
import { sameAcross, sameAtSide } from './values.ts';

/** Which command a write was sent for, and to which side. */
type Sent = Pick<InFlightCommand, 'commandId' | 'side'>;

/** A customer's record holds first name, last name and e-mail address of its default contact, so a write carries those, too. */
const OF_DEFAULT_CONTACT: readonly Field[] = ['firstName', 'lastName', 'email'];

/** Remembers fields of a command whose fate is unknown. */
export function rememberWrite(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  side: Side,
  fields: readonly InFlightField[],
): LinkState {
  const untilMs = context.nowMs + LIMITS.ownWriteMemoryMs;
  const { commandId } = command;
  const next = rememberValues(context, link, command, side, fields);
  if (!isWholeRecord(command)) return next;
  for (const contact of contactsOf(context, link)) {
    putLink(context, withWrites(context, contact, carriedNow(contact, OF_DEFAULT_CONTACT, commandId, untilMs)));
  }
  const others = link.fields.map(({ field }) => field).filter((field) => !orders(command, field));
  return withWrites(context, next, carriedNow(next, others, commandId, untilMs));
}

/** Remembers values that were written, so that a read that was under way meanwhile finds them to be ours. */
export function rememberValues(
  context: StepContext,
  link: LinkState,
  { commandId }: InFlightCommand,
  side: Side,
  fields: readonly InFlightField[],
): LinkState {
  const untilMs = context.nowMs + LIMITS.ownWriteMemoryMs;
  const ordered = fields.map(({ field, value, source, restores }): OwnWrite => {
    // A value that was to be brought back came from no other side.
    return { field, side, value, source: restores ? '' : source, commandId, untilMs, carried: restores };
  });
  return withWrites(context, link, ordered);
}

/** Remembers what a write of the whole record carried along, as its sink says. */
export function rememberCarried(
  context: StepContext,
  link: LinkState,
  command: Sent,
  carried: readonly ShownField[],
): LinkState {
  const ofContact = carriedOf(context, command, carried, OF_DEFAULT_CONTACT);
  for (const contact of contactsOf(context, link)) {
    if (mayBeDefault(contact, ofContact)) putLink(context, withWrites(context, contact, ofContact));
  }
  return withWrites(context, link, carriedOf(context, command, carried, fieldsOf(link.entity)));
}

/** What a write carried along in some fields, as it is remembered. */
function carriedOf(
  { nowMs }: StepContext,
  { commandId, side }: Sent,
  carried: readonly ShownField[],
  fields: readonly Field[],
): OwnWrite[] {
  const untilMs = nowMs + LIMITS.ownWriteMemoryMs;
  return fields.flatMap((field) => {
    const value = carried.find((one) => one.field === field)?.value;
    return value === undefined ? [] : [{ field, side, value, source: '', commandId, untilMs, carried: true }];
  });
}

/**
 * Remembers what a command sent that was delivered again after it had been settled: what it wrote, or may yet write. Nobody knows any
 * more what it was ordered for: where the other side shows something else by now, its value is one that came late.
 */
export function rememberAnswered(context: StepContext, link: LinkState, outcome: Outcome): LinkState {
  const side: Side = outcome.side === 'crm' ? 'crm' : 'unleashed';
  const { commandId, result, carried } = outcome;
  const untilMs = context.nowMs + LIMITS.ownWriteMemoryMs;
  const people = peopleOf(context.state);
  const sent = outcome.fields.filter((one) => one.result === 'unknown' || one.result === 'written');
  const writes = sent.map(({ field: name, sent: value }): OwnWrite => {
    const state = fieldState(link, name);
    const source = state[otherSide(side)] ?? '';
    const stands = side === 'crm' ? ([value, source] as const) : ([source, value] as const);
    return {
      field: state.field,
      side,
      value,
      source,
      commandId,
      untilMs,
      carried: !sameAcross(state.field, ...stands, people),
    };
  });
  const known: readonly string[] = fieldsOf(link.entity);
  const others = carried.filter(
    (one) => result === 'unknown' || (known.includes(one.field) && hasReplaced(link, outcome)(one)),
  );
  return rememberCarried(context, withWrites(context, link, writes), { commandId, side }, others);
}

/** Whether what a customer's record held of its default contact may be this one's: some of it is as it shows. */
function mayBeDefault(contact: LinkState, carried: readonly OwnWrite[]): boolean {
  return carried.some(({ field, value }) => value !== '' && fieldState(contact, field).unleashed === value);
}

/** Forgets a command: it took effect and was seen, or cannot take effect any more. */
export function forgetWrite(context: StepContext, link: LinkState, command: InFlightCommand): LinkState {
  if (isWholeRecord(command)) {
    for (const contact of contactsOf(context, link)) {
      const without = withoutWrite(contact, command.commandId);
      if (without !== contact) putLink(context, without);
    }
  }
  return withoutWrite(link, command.commandId);
}

/**
 * Forgets a command that was carried out and seen. What it carried of the default contact is not seen with it: where an edit of the
 * contact was read while it was under way, and may have been replaced by it, that is remembered.
 */
export function forgetDone(
  context: StepContext,
  link: LinkState,
  command: InFlightCommand,
  outcome: Outcome,
): LinkState {
  const ofContact = carriedOf(context, command, outcome.carried, OF_DEFAULT_CONTACT);
  for (const contact of isWholeRecord(command) ? contactsOf(context, link) : []) {
    const replaced = mayBeDefault(contact, ofContact) ? ofContact.filter(hasReplaced(contact, outcome)) : [];
    const without = withoutWrite(contact, command.commandId);
    if (replaced.length > 0) putLink(context, withWrites(context, without, replaced));
    else if (without !== contact) putLink(context, without);
  }
  return withoutWrite(link, command.commandId);
}

/**
 * Tells of a value that a write carried along whether it may have replaced what its record is known to show: an edit that was read
 * while the write was under way. Where the clocks cannot tell whether the sink had read before or after, it had if it carried what was
 * shown before the edit; anything else is what was set since, and no loss.
 */
export function hasReplaced(
  link: LinkState,
  { commandId, startedAtMs, side }: Pick<Outcome, 'commandId' | 'startedAtMs' | 'side'>,
): (carried: Pick<ShownField, 'field' | 'value'>) => boolean {
  const at: Side = side === 'crm' ? 'crm' : 'unleashed';
  const isReadLater = (link[at]?.readStartedAtMs ?? 0) > startedAtMs + LIMITS.clockMarginMs;
  const isNoted = (field: Field, value: string): boolean =>
    link.ownWrites.some(
      (write) => write.commandId === commandId && write.field === field && sameAtSide(field, at, write.value, value),
    );
  return ({ field: name, value }) => {
    const field = name as Field;
    const shown = fieldState(link, field)[at] ?? '';
    return !sameAtSide(field, at, shown, value) && (isReadLater || isNoted(field, value));
  };
}

/** The link without what is remembered of a command. */
export function withoutWrite(link: LinkState, commandId: string): LinkState {
  if (!link.ownWrites.some((write) => write.commandId === commandId)) return link;
  return { ...link, ownWrites: link.ownWrites.filter((write) => write.commandId !== commandId) };
}

/** The entry that explains a value; ordered values come before those that were carried along. */
export function openWriteOf(
  context: StepContext,
  link: LinkState,
  side: Side,
  field: Field,
  value: string,
): OwnWrite | undefined {
  if (link.ownWrites.length === 0) return undefined;
  const found = link.ownWrites.filter(
    (write) =>
      write.field === field &&
      write.side === side &&
      write.untilMs > context.nowMs &&
      sameAtSide(field, side, write.value, value),
  );
  return found.find(({ carried }) => !carried) ?? found[0];
}

/**
 * Notes that a person changed a field of an Unleashed record. A write of the whole record that may yet come was sent with the
 * one value or the other, unless the last read that showed the old one began after it was sent.
 */
export function noteChange(
  context: StepContext,
  link: LinkState,
  field: Field,
  values: readonly string[],
  lastReadAtMs: number,
): LinkState {
  let next = link;
  for (const { commandId, untilMs, isUnderWay } of carriersOf(context, link, field)) {
    if (!isUnderWay && lastReadAtMs > untilMs - LIMITS.ownWriteMemoryMs) continue;
    const added = values.map((value): OwnWrite => {
      return { field, side: 'unleashed', value, source: '', commandId, untilMs, carried: true };
    });
    next = withWrites(context, next, added);
  }
  return next;
}

/** Whether a write that orders a field is under way, or may yet come. */
export function mayBeWritten({ nowMs }: StepContext, link: LinkState, side: Side, field: Field): boolean {
  const { inFlight, ownWrites } = link;
  if (inFlight?.side === side && orders(inFlight, field)) return true;
  return ownWrites.some((write) => write.field === field && write.side === side && write.untilMs > nowMs);
}

/**
 * Whether a write of a whole record may have taken back what a field of Unleashed was seen to show: one that may yet come, or one that
 * is under way and was when the value was first seen.
 */
export function mayBeCarried(context: StepContext, link: LinkState, field: Field, shown: string): boolean {
  const isNoted = (commandId: string): boolean =>
    link.ownWrites.some(
      (write) =>
        write.commandId === commandId && write.field === field && sameAtSide(field, 'unleashed', write.value, shown),
    );
  return carriersOf(context, link, field).some(({ isUnderWay, commandId }) => !isUnderWay || isNoted(commandId));
}

interface Carrier {
  commandId: string;
  untilMs: number;
  isUnderWay: boolean;
}

function carriersOf(context: StepContext, link: LinkState, field: Field): Carrier[] {
  const own = carriersIn(context, link).filter(({ commandId }) => !isOfCompany(context, link, commandId));
  return [...own, ...carriersInCompany(context, link, field)];
}

/** Writes of a link's whole record: the one under way, and those whose fate is open. What they order they carry where it had changed. */
function carriersIn({ nowMs }: StepContext, link: LinkState): Carrier[] {
  const carriers = new Map<string, Carrier>();
  for (const { commandId, untilMs, side } of link.ownWrites) {
    if (side === 'unleashed' && untilMs > nowMs) carriers.set(commandId, { commandId, untilMs, isUnderWay: false });
  }
  const { inFlight } = link;
  if (inFlight !== null && isWholeRecord(inFlight)) {
    const { commandId } = inFlight;
    const untilMs = inFlight.deadlineMs + LIMITS.outcomeGraceMs + LIMITS.ownWriteMemoryMs;
    carriers.set(commandId, { commandId, untilMs, isUnderWay: true });
  }
  return [...carriers.values()];
}

/** Whether a write that is noted on a contact is one of its company: of the contact it carries some fields only. */
function isOfCompany({ state }: StepContext, link: LinkState, commandId: string): boolean {
  return link.entity === 'contact' && commandId.startsWith(linkKey(state.tenantId, 'company', ''));
}

/** Writes of the company that carry a field of its contact along. */
function carriersInCompany(context: StepContext, link: LinkState, field: Field): Carrier[] {
  if (link.entity !== 'contact' || !OF_DEFAULT_CONTACT.includes(field)) return [];
  const company = linkOf(context.state, 'company', 'unleashed', parentAt(link, 'unleashed'));
  return company === undefined ? [] : carriersIn(context, company);
}

function withWrites(context: StepContext, link: LinkState, added: readonly OwnWrite[]): LinkState {
  const isSame = (a: OwnWrite, b: OwnWrite) =>
    a.commandId === b.commandId && a.field === b.field && a.value === b.value && a.carried === b.carried;
  const open = link.ownWrites.filter(
    (write) => write.untilMs > context.nowMs && !added.some((one) => isSame(one, write)),
  );
  return { ...link, ownWrites: [...open, ...added].slice(-LIMITS.ownWritesPerLink) };
}

function carriedNow(link: LinkState, fields: readonly Field[], commandId: string, untilMs: number): OwnWrite[] {
  return fields.flatMap((field) => {
    const value = fieldState(link, field).unleashed;
    return value === null ? [] : [{ field, side: 'unleashed', value, source: '', commandId, untilMs, carried: true }];
  });
}

function contactsOf({ state }: StepContext, link: LinkState): LinkState[] {
  if (link.entity !== 'company' || link.unleashed === null) return [];
  return listed(state, state.index.children.unleashed, link.unleashed.id).slice(0, LIMITS.carriedContacts);
}

function isWholeRecord({ side, op }: InFlightCommand): boolean {
  return side === 'unleashed' && op === 'update';
}

function orders({ fields }: InFlightCommand, field: string): boolean {
  return fields.some((one) => one.field === field);
}
