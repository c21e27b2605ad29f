/**
 * Makes a contact once. It carries a GUID of our own, so that a repetition finds it; where the API chooses a GUID itself
 * (unknown, fact U13.8) it is found by its name, which is unique within a customer (U7.2), and recognised as ours by the
 * creation that was noted before it was sent.
 */

import { CONTACT_FIELDS, type ContactField, type Outcome } from '#contracts';
import { guidOf, type JsonRecord } from '#runtime';
import {
  circumstancesOf,
  FATE_UNKNOWN,
  fieldOutcome,
  GateClosedError,
  guardOf,
  mayComeLate,
  outcome,
  shownBy,
  verdictOf,
  verdictParts,
} from '#sink';
import { type ContactValues, contactName, contactValues, newContactBody, UnleashedApiError } from '#unleashed';
import { type ContactList, readContacts } from './contact.ts';
import { PATIENCE } from './patience.ts';
import type { Context } from './ports.ts';

/**
 * Carries out the creation. Rejects with what reading the contacts of the customer rejects with.
 *
 * @param isClosed the command may not write any more, and an earlier delivery may have sent it: it is settled by looking
 */
export async function createContact(context: Context, isClosed: boolean): Promise<Outcome> {
  const { command, ports } = context;
  const wanted = wantedValues(context);
  const list = await readContacts(context, command.parentId);
  const mine = find(context, list, wanted, isClosed);
  if (mine !== null) return found(context, list, mine, wanted, isClosed);
  if (isClosed) return outcome(context, verdictParts(FATE_UNKNOWN, 'begun before, and not there'));
  const isFirst = await ports.beginWrite(command.commandId);
  const namesake = findByName(context, list, wanted);
  if (namesake !== null) {
    const isOurs = !isFirst && hasValues(context, namesake, wanted);
    return isOurs ? found(context, list, namesake, wanted, true) : nameTaken(context, list, namesake);
  }
  context.purpose = 'live';
  try {
    context.calls += 1;
    const body = newContactBody(command.targetId, wanted, ports.phoneKey);
    await ports.api.postContact(command.parentId, body, { purpose: context.purpose, guard: guardOf(context) });
  } catch (error) {
    return notMade(context, error, wanted);
  }
  const after = await search(context, wanted);
  if (after !== null) return found(context, after.list, after.contact, wanted, true);
  return outcome(context, verdictParts(FATE_UNKNOWN, 'made, but not found afterwards'));
}

function wantedValues({ command }: Context): ContactValues {
  const values: ContactValues = { firstName: '', lastName: '', email: '', phone: '', mobile: '', fax: '' };
  for (const { field, value } of command.fields) {
    const known = CONTACT_FIELDS.find((candidate) => candidate === field);
    if (known !== undefined) values[known] = value;
  }
  return values;
}

/** Ours by its GUID; by its name as well where the creation is known to have been sent. */
function find(context: Context, { contacts }: ContactList, wanted: ContactValues, wasSent: boolean): JsonRecord | null {
  const byGuid = contacts.find((contact) => guidOf(contact, 'Guid') === context.command.targetId);
  if (byGuid !== undefined) return byGuid;
  const namesake = wasSent ? findByName(context, { contacts }, wanted) : null;
  return namesake !== null && hasValues(context, namesake, wanted) ? namesake : null;
}

function findByName(
  { ports }: Context,
  { contacts }: Pick<ContactList, 'contacts'>,
  wanted: ContactValues,
): JsonRecord | null {
  const name = contactName(wanted);
  const nameless = contactName({ firstName: '', lastName: '' });
  if (name === nameless) return null;
  return contacts.find((contact) => contactName(contactValues(contact, ports.phoneKey)) === name) ?? null;
}

function hasValues({ ports }: Context, contact: JsonRecord, wanted: ContactValues): boolean {
  const shown = contactValues(contact, ports.phoneKey);
  return CONTACT_FIELDS.every((field) => shown[field].trim() === wanted[field].trim());
}

/** Looks for what was just made; it may take a moment to show (fact U6.11). */
async function search(
  context: Context,
  wanted: ContactValues,
): Promise<{ list: ContactList; contact: JsonRecord } | null> {
  for (const waitMs of [0, ...PATIENCE.waitsMs]) {
    if (waitMs > 0) await context.ports.sleep(waitMs);
    const list = await readContacts(context, context.command.parentId).catch(() => null);
    const contact = list === null ? null : find(context, list, wanted, true);
    if (list !== null && contact !== null) return { list, contact };
  }
  return null;
}

function found(
  context: Context,
  list: ContactList,
  contact: JsonRecord,
  wanted: ContactValues,
  created: boolean,
): Outcome {
  const values = contactValues(contact, context.ports.phoneKey);
  const result = (field: ContactField): string => {
    if (created) return 'written';
    return values[field] === wanted[field] ? 'already' : 'changed';
  };
  const ordered = CONTACT_FIELDS.filter((field) => context.command.fields.some((entry) => entry.field === field));
  return outcome(context, {
    result: 'applied',
    targetId: guidOf(contact, 'Guid'),
    created,
    fields: ordered.map((field) => fieldOutcome(field, result(field), 'ok', '', created ? wanted[field] : '')),
    ...shownContact(list, values),
  });
}

function shownContact(list: ContactList, values: ContactValues) {
  const seen = { record: {}, values, readStartedAtMs: list.readStartedAtMs, sourceUpdatedAtMs: null };
  return shownBy<ContactField>({ fields: CONTACT_FIELDS }, seen);
}

function nameTaken(context: Context, list: ContactList, contact: JsonRecord): Outcome {
  return outcome(context, {
    result: 'refused',
    code: 'name-taken',
    message: 'The customer already has a contact with this first and last name.',
    targetId: guidOf(contact, 'Guid'),
    ...shownContact(list, contactValues(contact, context.ports.phoneKey)),
  });
}

async function notMade(context: Context, error: unknown, wanted: ContactValues): Promise<Outcome> {
  const { command } = context;
  if (error instanceof GateClosedError) return outcome(context, { result: 'superseded', code: error.code });
  const message = error instanceof Error ? error.message : '';
  if (error instanceof UnleashedApiError) {
    if (!error.fateKnown) {
      const after = await search(context, wanted);
      if (after !== null) return found(context, after.list, after.contact, wanted, true);
      if (mayComeLate(error)) return outcome(context, verdictParts(FATE_UNKNOWN, message));
    } else if (error.code === 'REFUSED') {
      // The name may have been taken since the list was read.
      const list = await readContacts(context, command.parentId).catch(() => null);
      const namesake = list === null ? null : findByName(context, list, wanted);
      if (list !== null && namesake !== null) return nameTaken(context, list, namesake);
    }
  }
  return outcome(context, verdictParts(verdictOf(error, circumstancesOf(context, 'write')), message));
}
