/** Takes in records that were read: makes snapshots, sees what is new and what is gone, publishes, remembers. */
import { guidOf, type JsonRecord, recordsOf } from '#runtime';
import {
  contactSnapshot,
  customerSnapshot,
  EMBEDDED_CONTACTS,
  goneContactSnapshot,
  goneCustomerSnapshot,
  MalformedRecordError,
  type ReadCause,
  type ReadContext,
  salespersonSnapshot,
} from '#unleashed';
import {
  childrenKey,
  DOUBTED,
  digestOf,
  formatKnown,
  isNews,
  type KnownRecord,
  knownAs,
  parseKnown,
  recordKey,
  type Snapshot,
} from './known.ts';
import type { FeedPorts } from './ports.ts';

/** How records were read. */
export interface Reading {
  /** Our clock when the request was sent. */
  readStartedAtMs: number;
  readCause: ReadCause;
}

/** Contacts of one customer. */
export interface ContactList {
  customerGuid: string;
  contacts: readonly JsonRecord[];
  /** True when there are no others: what is not in it is gone. */
  isComplete: boolean;
}

/** What came of customers that were taken in. */
export interface CustomersTaken {
  /** GUIDs of those whose list of contacts is too long. */
  long: string[];
  /** What was remembered of them, by key; of all records where they are the whole account. */
  known: ReadonlyMap<string, string>;
}

/** Takes in customers, each with its contacts as far as it shows them. `isWhole`: there are no others. */
export async function takeInCustomers(
  ports: FeedPorts,
  customers: readonly JsonRecord[],
  reading: Reading,
  isWhole = false,
): Promise<CustomersTaken> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  const snapshots: Snapshot[] = [];
  const lists: ContactList[] = [];
  for (const customer of customers) {
    const snapshot = await tryMake(ports, customer, 'unleashed.customer.v1', () => ({
      topic: 'unleashed.customer.v1',
      kind: 'customer',
      record: customerSnapshot(customer, context),
    }));
    if (snapshot !== null) snapshots.push(snapshot);
    const contacts = recordsOf(customer, 'Contacts');
    const customerGuid = guidOf(customer, 'Guid');
    if (contacts === null || customerGuid === '') continue;
    lists.push({ customerGuid, contacts, isComplete: contacts.length < EMBEDDED_CONTACTS });
  }
  const contacts = await contactsOf(ports, lists, context);
  const known = await tell(ports, { snapshots: [...snapshots, ...contacts], lists, isWhole }, context);
  return { long: lists.filter((list) => !list.isComplete).map((list) => list.customerGuid), known };
}

/** Takes in lists of contacts; contacts that a complete list of their customer no longer has are published as deleted. */
export async function takeInContacts(ports: FeedPorts, lists: readonly ContactList[], reading: Reading): Promise<void> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  await tell(ports, { snapshots: await contactsOf(ports, lists, context), lists }, context);
}

async function contactsOf(ports: FeedPorts, lists: readonly ContactList[], context: ReadContext): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (const { customerGuid, contacts } of lists) {
    for (const contact of contacts) {
      const snapshot = await tryMake(ports, contact, 'unleashed.contact.v1', () => ({
        topic: 'unleashed.contact.v1',
        kind: 'contact',
        record: contactSnapshot(contact, customerGuid, ports.phoneKey, context),
      }));
      if (snapshot !== null) snapshots.push(snapshot);
    }
  }
  return snapshots;
}

/** Takes in sales people. */
export async function takeInSalespersons(
  ports: FeedPorts,
  people: readonly JsonRecord[],
  reading: Reading,
): Promise<void> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  const snapshots: Snapshot[] = [];
  for (const person of people) {
    const snapshot = await tryMake(ports, person, 'unleashed.salesperson.v1', () => ({
      topic: 'unleashed.salesperson.v1',
      kind: 'salesperson',
      record: salespersonSnapshot(person, context),
    }));
    if (snapshot !== null) snapshots.push(snapshot);
  }
  await tell(ports, { snapshots, lists: [] }, context);
}

/** Publishes that a customer is gone, and its contacts with it. */
export async function takeInGoneCustomer(ports: FeedPorts, guid: string, reading: Reading): Promise<void> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  const lists = [{ customerGuid: guid, contacts: [], isComplete: true }];
  const gone: Snapshot = {
    topic: 'unleashed.customer.v1',
    kind: 'customer',
    record: goneCustomerSnapshot(guid, context),
  };
  await tell(ports, { snapshots: [], lists, gone: [gone] }, context);
}

/** What was read together. */
interface Taken {
  /** What is there: who is named before what names it. No record twice. */
  snapshots: readonly Snapshot[];
  /** Contacts that complete lists no longer have are gone. */
  lists: readonly ContactList[];
  /** What else is gone. */
  gone?: readonly Snapshot[];
  /** Whether it is the whole account. */
  isWhole?: boolean;
}

/**
 * Publishes what is news and what is gone. Asks once for all that is remembered of it, and gives it: only this feed changes that.
 *
 * Publishes first and remembers afterwards: a crash in between publishes twice, which downstream is no change. What is
 * remembered of a record that changed is doubted before: after a crash, a value that was brought back in the meantime equals
 * what was remembered, and not what was published last.
 */
async function tell(ports: FeedPorts, taken: Taken, context: ReadContext): Promise<CustomersTaken['known']> {
  const { snapshots, lists, gone = [], isWhole = false } = taken;
  const complete = lists.filter((list) => list.isComplete);
  const others = [...complete.map((list) => childrenKey(list.customerGuid)), ...gone.map(keyOf)];
  const { known, shown } = await ports.store.recall(snapshots.map(keyOf), isWhole ? 'all' : others);
  const before = (snapshot: Snapshot): KnownRecord | undefined => parseKnown(known.get(keyOf(snapshot)));
  const news = snapshots.filter((snapshot) => isNews(snapshot, before(snapshot), shown.get(keyOf(snapshot))));
  const { missing, remembered } = compareLists(complete, known, new Set(snapshots.map(keyOf)));
  const lost = [...(await goneContacts(ports, missing, known, context)), ...gone];
  await doubt(ports, known, [...news.filter((snapshot) => before(snapshot)?.digest !== digestOf(snapshot)), ...lost]);
  for (const some of [
    ...Map.groupBy(news, ({ kind }) => kind).values(),
    ...Map.groupBy(lost, ({ kind }) => kind).values(),
  ]) {
    await ports.publish(some);
    for (const { kind } of some) ports.published(kind, 1);
  }
  for (const snapshot of news) remembered.set(keyOf(snapshot), formatKnown(knownAs(snapshot)));
  for (const snapshot of lost) remembered.set(keyOf(snapshot), null);
  if (remembered.size > 0) await ports.store.write(remembered);
  return known;
}

/** A contact that a complete list of its customer no longer has. */
interface Missing {
  guid: string;
  customerGuid: string;
}

/** What complete lists lack, but for what was read elsewhere: it moved. And what is to be remembered of the lists. */
function compareLists(
  lists: readonly ContactList[],
  known: ReadonlyMap<string, string>,
  read: ReadonlySet<string>,
): { missing: Missing[]; remembered: Map<string, string | null> } {
  const missing: Missing[] = [];
  const remembered = new Map<string, string | null>();
  for (const { customerGuid, contacts } of lists) {
    const now = new Set(contacts.map((contact) => guidOf(contact, 'Guid')).filter((guid) => guid !== ''));
    const key = childrenKey(customerGuid);
    const before = known.get(key) ?? '';
    const text = [...now].sort().join(' ');
    if (text !== before) remembered.set(key, text === '' ? null : text);
    for (const guid of before.split(' ')) {
      if (guid !== '' && !now.has(guid) && !read.has(recordKey('contact', guid))) missing.push({ guid, customerGuid });
    }
  }
  return { missing, remembered };
}

/** Contacts that are missing and belong to nobody else by now. What is remembered of them is added to what is known. */
async function goneContacts(
  ports: FeedPorts,
  missing: readonly Missing[],
  known: Map<string, string>,
  context: ReadContext,
): Promise<Snapshot[]> {
  const keys = missing.map(({ guid }) => recordKey('contact', guid));
  for (const [key, text] of await ports.store.read(keys)) known.set(key, text);
  return missing.flatMap(({ guid, customerGuid }): Snapshot[] => {
    if (parseKnown(known.get(recordKey('contact', guid)))?.parent !== customerGuid) return [];
    const record = goneContactSnapshot(guid, customerGuid, context);
    return [{ topic: 'unleashed.contact.v1', kind: 'contact', record }];
  });
}

/** Makes what is remembered of these records equal to nothing that can be read, until they are published and remembered. */
async function doubt(
  ports: FeedPorts,
  known: ReadonlyMap<string, string>,
  snapshots: readonly Snapshot[],
): Promise<void> {
  const doubted = new Map<string, string>();
  for (const key of snapshots.map(keyOf)) {
    const before = parseKnown(known.get(key));
    if (before !== undefined) doubted.set(key, formatKnown({ ...before, digest: DOUBTED }));
  }
  if (doubted.size > 0) await ports.store.write(doubted);
}

/** A record that cannot be a snapshot is kept aside and said so; the others go on. */
async function tryMake(
  ports: FeedPorts,
  record: JsonRecord,
  topic: Snapshot['topic'],
  make: () => Snapshot,
): Promise<Snapshot | null> {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof MalformedRecordError)) throw error;
    const value = Buffer.from(JSON.stringify(record));
    await ports.quarantine({ topic, code: error.code, message: error.message, value });
    return null;
  }
}

function keyOf(snapshot: Snapshot): string {
  return recordKey(snapshot.kind, snapshot.record.guid);
}
