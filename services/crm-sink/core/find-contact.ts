/** Finds the contact that a creation would make a second time. */
import {
  type Appearance,
  CONTACT_FIELDS,
  type Command,
  type ContactField,
  haveOneName,
  plainAppearance,
  shareOneMailbox,
} from '#contracts';
import { contactValues } from '#prospect-crm';
import { type JsonRecord, textOf } from '#runtime';
import { isMadeFor, mayBeMade } from '#sync-core';
import type { Context } from './ports.ts';

/** Values that a new contact is to have. */
export type Wanted = Readonly<Record<ContactField, string>>;

/**
 * What was found: a contact with the marker; only deleted ones with it; one that is alike and carries no marker of another;
 * one of another company by now, for whom the contact was made in Unleashed; or none.
 */
export type Found =
  | { kind: 'marked' | 'alike'; contact: JsonRecord }
  | { kind: 'deleted' }
  | { kind: 'elsewhere' }
  | { kind: 'none' };

/** Beginning of every marker of ours, whichever record it is of. */
const MARKER_PREFIX = 'unleashed:';

/** The values that a command orders; those that it does not name are blank. */
export function wantedOf(command: Command): Wanted {
  const wanted: Record<ContactField, string> = {
    firstName: '',
    lastName: '',
    email: '',
    phone: '',
    mobile: '',
    fax: '',
  };
  for (const { field, value } of command.fields) {
    const known = CONTACT_FIELDS.find((candidate) => candidate === field);
    if (known !== undefined) wanted[known] = value;
  }
  return wanted;
}

/**
 * By marker, then by the GUID that it was made with in Unleashed, then within the company by likeness. Rejects with what the API's
 * calls reject with.
 */
export async function findContact(context: Context): Promise<Found> {
  const { command } = context;
  const isOther = (contact: JsonRecord): boolean => command.notThese.includes(textOf(contact, 'ContactId'));
  const marked = (await list(context, { AlternateReference: command.marker })).filter((one) => !isOther(one));
  const alive = marked.find((contact) => !isDeleted(contact));
  if (alive !== undefined) return { kind: 'marked', contact: alive };
  if (marked.length > 0) return { kind: 'deleted' };
  const siblings = (await list(context, { DivisionId: Number(command.parentId) })).filter((one) => !isOther(one));
  const origin = findOrigin(siblings, command);
  if (origin === null && (await hasOriginElsewhere(context))) return { kind: 'elsewhere' };
  const contact = origin ?? findAlike(siblings, wantedOf(command));
  return contact === null ? { kind: 'none' } : { kind: 'alike', contact };
}

/**
 * Whether any contact of the CRM is the one for whom the contact of Unleashed was made. All are looked through, and only for a GUID of
 * the version that this sync gives: such a contact is without a counterpart only after all topics were lost, or once its own is gone.
 */
async function hasOriginElsewhere(context: Context): Promise<boolean> {
  const { command, ports } = context;
  if (!mayBeMade(command.marker.slice(MARKER_PREFIX.length))) return false;
  for await (const page of ports.api.pages('Contacts', { orderBy: ['ContactId'] }, { purpose: context.purpose })) {
    context.calls += 1;
    if (findOrigin(page.records, command) !== null) return true;
  }
  return false;
}

/**
 * The contact of the CRM for which this sync made the one of Unleashed that is to be made here: nothing else may be known of it any
 * more, and it may have been renamed. Pure.
 */
export function findOrigin(
  siblings: readonly JsonRecord[],
  { tenantId, marker }: Pick<Command, 'tenantId' | 'marker'>,
): JsonRecord | null {
  const guid = marker.slice(MARKER_PREFIX.length);
  const isIt = (contact: JsonRecord): boolean => isMadeFor(tenantId, textOf(contact, 'ContactId'), guid);
  return siblings.find((contact) => isFree(contact) && isIt(contact)) ?? null;
}

/**
 * The one contact among those of a company that is the wanted one: same e-mail address and no other person by name, else same
 * first and last name. Deleted ones and those with a marker do not count; of several none is chosen. Pure.
 */
export function findAlike(siblings: readonly JsonRecord[], wanted: Wanted): JsonRecord | null {
  const free = siblings.filter(isFree);
  const look = plainAppearance(wanted);
  const lookOf = (contact: JsonRecord): Appearance => plainAppearance(contactValues(contact));
  const byEmail = free.filter((contact) => shareOneMailbox(lookOf(contact), look));
  if (byEmail.length === 1) return byEmail[0] ?? null;
  const byName = (byEmail.length > 1 ? byEmail : free).filter((contact) => haveOneName(lookOf(contact), look));
  return byName.length === 1 ? (byName[0] ?? null) : null;
}

/** Whether a contact may be taken: it is there, and is no other contact's counterpart. */
function isFree(contact: JsonRecord): boolean {
  return !isDeleted(contact) && !textOf(contact, 'AlternateReference').startsWith(MARKER_PREFIX);
}

function isDeleted(contact: JsonRecord): boolean {
  return textOf(contact, 'StatusFlag') === 'D';
}

async function list(context: Context, filter: Record<string, string | number>): Promise<JsonRecord[]> {
  const records: JsonRecord[] = [];
  const query = { filter, orderBy: ['ContactId'] };
  for await (const page of context.ports.api.pages('Contacts', query, { purpose: context.purpose })) {
    context.calls += 1;
    records.push(...page.records);
  }
  return records;
}
