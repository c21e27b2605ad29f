/** A contact of a customer. It is found in the list of the customer's contacts, which is the documented way to read one. */

import { CONTACT_FIELDS, type ContactField } from '#contracts';
import { guidOf, type JsonRecord } from '#runtime';
import type { FieldRefusal, Seen } from '#sink';
import {
  CONTACT_ERROR_KEYS,
  type ContactValues,
  contactBody,
  contactDrift,
  contactName,
  contactValues,
  MAX_PAGE_SIZE,
  UnleashedApiError,
  walkPages,
} from '#unleashed';
import type { Context } from './ports.ts';
import type { Target } from './target.ts';

/** Contacts of a customer, and when they were read. */
export interface ContactList {
  contacts: JsonRecord[];
  /** Our clock when the first request was sent. */
  readStartedAtMs: number;
}

/** Reads all contacts of a customer. */
export async function readContacts(context: Context, customerGuid: string): Promise<ContactList> {
  const { ports } = context;
  const contacts: JsonRecord[] = [];
  let readStartedAtMs = ports.now();
  const resource = `Customers/${customerGuid}/Contacts`;
  const counting = {
    list: (...given: Parameters<typeof ports.api.list>) => {
      context.calls += 1;
      return ports.api.list(...given);
    },
  };
  const parameters = [['pageSize', `${MAX_PAGE_SIZE}`]] as const;
  let isFirst = true;
  for await (const page of walkPages(counting, { resource, parameters }, { purpose: context.purpose })) {
    if (isFirst) readStartedAtMs = page.readStartedAtMs;
    isFirst = false;
    contacts.push(...page.items);
  }
  return { contacts, readStartedAtMs };
}

/** A contact as it was read, with its siblings: a name must be unique among them (fact U7.2). */
interface SeenContact extends Seen<ContactField> {
  siblings: readonly JsonRecord[];
}

/** The contact that a command is about. */
export function contactTarget(context: Context, guid = context.command.targetId): Target<ContactField> {
  const { command, ports } = context;
  const { phoneKey } = ports;
  const parentGuid = command.parentId;
  return {
    kind: 'contact',
    guid,
    parentGuid,
    fields: CONTACT_FIELDS,
    errorKeys: CONTACT_ERROR_KEYS,
    async read(): Promise<SeenContact> {
      const { contacts, readStartedAtMs } = await readContacts(context, parentGuid);
      const record = contacts.find((contact) => guidOf(contact, 'Guid') === guid);
      if (record === undefined) {
        throw new UnleashedApiError('NOT_FOUND', 'not among the contacts of the customer', { call: 'GET contacts' });
      }
      const siblings = contacts.filter((contact) => contact !== record);
      return { record, values: contactValues(record, phoneKey), readStartedAtMs, sourceUpdatedAtMs: null, siblings };
    },
    refuse: (seen, changes) => refuseTakenName(seen as SeenContact, changes, context),
    async write(seen, changes, guard) {
      context.calls += 1;
      const body = contactBody(seen.record, changes, phoneKey);
      const record = await ports.api.putContact(parentGuid, guid, body, { purpose: context.purpose, guard });
      if (record === null) return null;
      return { ...seen, record, values: contactValues(record, phoneKey), readStartedAtMs: ports.now() };
    },
    carriesOfOthers: () => [],
    drift: (before, after, written) => contactDrift(before.record, after.record, written),
  };
}

/** A rename to the name of another contact of the customer is not tried: it would look like that other contact. */
function refuseTakenName(
  seen: SeenContact,
  changes: Partial<ContactValues>,
  { ports }: Context,
): Map<ContactField, FieldRefusal> {
  const refused = new Map<ContactField, FieldRefusal>();
  const wanted = contactName({ ...seen.values, ...changes });
  if (wanted === contactName(seen.values)) return refused;
  const other = seen.siblings.find((contact) => contactName(contactValues(contact, ports.phoneKey)) === wanted);
  if (other === undefined) return refused;
  const message = 'Another contact of the customer has this name.';
  for (const field of ['firstName', 'lastName'] as const) {
    if (changes[field] !== undefined) refused.set(field, { code: 'name-taken', message });
  }
  return refused;
}
