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

/** Takes in customers, each with its contacts as far as it shows them. Gives the GUIDs of those whose list is too long. */
export async function takeInCustomers(
  ports: FeedPorts,
  customers: readonly JsonRecord[],
  reading: Reading,
): Promise<string[]> {
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
  const memory = await recall(ports, [...snapshots, ...contacts], lists);
  await publishNews(ports, snapshots, memory);
  await publishContacts(ports, lists, contacts, context, memory);
  return lists.filter((list) => !list.isComplete).map((list) => list.customerGuid);
}

/** Takes in lists of contacts; contacts that a complete list of their customer no longer has are published as deleted. */
export async function takeInContacts(ports: FeedPorts, lists: readonly ContactList[], reading: Reading): Promise<void> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  const contacts = await contactsOf(ports, lists, context);
  await publishContacts(ports, lists, contacts, context, await recall(ports, contacts, lists));
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

async function publishContacts(
  ports: FeedPorts,
  lists: readonly ContactList[],
  contacts: readonly Snapshot[],
  context: ReadContext,
  memory: Memory,
): Promise<void> {
  // First what is there, then what is gone: a contact that moved to another customer is thereby not taken for deleted.
  await publishNews(ports, contacts, memory);
  await publishGoneContacts(ports, lists, context, memory.known);
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
  await publishNews(ports, snapshots, await recall(ports, snapshots, []));
}

/** Publishes that a customer is gone, and its contacts with it. */
export async function takeInGoneCustomer(ports: FeedPorts, guid: string, reading: Reading): Promise<void> {
  const context: ReadContext = { tenantId: ports.tenantId, ...reading };
  const lists = [{ customerGuid: guid, contacts: [], isComplete: true }];
  const memory = await recall(ports, [], lists);
  await publishGoneContacts(ports, lists, context, memory.known);
  const record = goneCustomerSnapshot(guid, context);
  const key = recordKey('customer', guid);
  await doubt(ports, await ports.store.read([key]), [key]);
  await ports.publish([{ topic: 'unleashed.customer.v1', kind: 'customer', record }]);
  ports.published('customer', 1);
  await ports.store.write(new Map([[key, null]]));
}

/** What is remembered of what was read. */
interface Memory {
  /** Records, and the contacts of each customer. */
  known: ReadonlyMap<string, string>;
  /** When a sink last showed a record. */
  shown: ReadonlyMap<string, number>;
}

/** Asks once for all that was read together. Only this feed changes what is known, and no record of it twice. */
async function recall(
  ports: FeedPorts,
  snapshots: readonly Snapshot[],
  lists: readonly ContactList[],
): Promise<Memory> {
  const keys = snapshots.map(keyOf);
  const children = lists.filter((list) => list.isComplete).map((list) => childrenKey(list.customerGuid));
  const [known, shown] = await Promise.all([ports.store.read([...keys, ...children]), ports.store.shown(keys)]);
  return { known, shown };
}

/**
 * Publishes first and remembers afterwards: a crash in between publishes twice, which downstream is no change. What is
 * remembered of a record that changed is doubted before: after a crash, a value that was brought back in the meantime equals
 * what was remembered, and not what was published last.
 */
async function publishNews(ports: FeedPorts, snapshots: readonly Snapshot[], memory: Memory): Promise<void> {
  const { known, shown } = memory;
  const news = snapshots.filter((snapshot) => {
    const key = keyOf(snapshot);
    return isNews(snapshot, parseKnown(known.get(key)), shown.get(key));
  });
  if (news.length === 0) return;
  const changed = news.filter((snapshot) => parseKnown(known.get(keyOf(snapshot)))?.digest !== digestOf(snapshot));
  await doubt(ports, known, changed.map(keyOf));
  await ports.publish(news);
  for (const snapshot of news) ports.published(snapshot.kind, 1);
  await ports.store.write(new Map(news.map((snapshot) => [keyOf(snapshot), formatKnown(knownAs(snapshot))])));
}

async function publishGoneContacts(
  ports: FeedPorts,
  lists: readonly ContactList[],
  context: ReadContext,
  before: Memory['known'],
): Promise<void> {
  const complete = lists.filter((list) => list.isComplete);
  if (complete.length === 0) return;
  const changes = new Map<string, string | null>();
  const missing: { guid: string; customerGuid: string }[] = [];
  for (const { customerGuid, contacts } of complete) {
    const now = new Set(contacts.map((contact) => guidOf(contact, 'Guid')).filter((guid) => guid !== ''));
    const key = childrenKey(customerGuid);
    const text = [...now].sort().join(' ');
    if (text !== (before.get(key) ?? '')) changes.set(key, text === '' ? null : text);
    for (const guid of (before.get(key) ?? '').split(' ')) {
      if (guid !== '' && !now.has(guid)) missing.push({ guid, customerGuid });
    }
  }
  const known = await ports.store.read(missing.map(({ guid }) => recordKey('contact', guid)));
  const gone = missing.filter(
    ({ guid, customerGuid }) => parseKnown(known.get(recordKey('contact', guid)))?.parent === customerGuid,
  );
  if (gone.length > 0) {
    await doubt(
      ports,
      known,
      gone.map(({ guid }) => recordKey('contact', guid)),
    );
    await ports.publish(
      gone.map(({ guid, customerGuid }) => ({
        topic: 'unleashed.contact.v1',
        kind: 'contact',
        record: goneContactSnapshot(guid, customerGuid, context),
      })),
    );
    ports.published('contact', gone.length);
    for (const { guid } of gone) changes.set(recordKey('contact', guid), null);
  }
  if (changes.size > 0) await ports.store.write(changes);
}

/** Makes what is remembered of these records equal to nothing that can be read, until they are published and remembered. */
async function doubt(ports: FeedPorts, known: ReadonlyMap<string, string>, keys: readonly string[]): Promise<void> {
  const doubted = new Map<string, string>();
  for (const key of keys) {
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
