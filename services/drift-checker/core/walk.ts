/** The walk over everything that both APIs show, page by page. */
import type { Entity, Side } from '#contracts';
import { COMPANY_EXPAND, CrmMalformedRecordError, type CrmPage, type CrmQuery } from '#prospect-crm';
import { guidOf, textOf } from '#runtime';
import type { ObservedRecord, SeenRecords } from '#sync-core';
import { MalformedRecordError, type Page, UnleashedApiError } from '#unleashed';
import { patiently, waitOut } from './patience.ts';
import { type CheckPorts, PURPOSE } from './ports.ts';
import { crmRecord, customerRecords, readContacts } from './reads.ts';

/** Records of a page, and how many there are in all as far as is known. */
export interface WalkedPage {
  readonly side: Side;
  readonly records: readonly ObservedRecord[];
  /** Records of the whole list; 0 when the API does not tell. */
  readonly listed: number;
}

/** Customers asked for in a page: with their contacts, some 3 MB. */
const CUSTOMERS_PER_PAGE = 500;
const SMALLEST_PAGE = 25;
/** Customers whose contacts are more than a list shows and are read one by one, at most. */
const LONG_LISTS_MAX = 50;

/** What was seen; the walk fills it. */
export interface Seen extends SeenRecords {
  /** Pages of the list of customers. */
  customerPages: number;
  add(side: Side, entity: Entity, id: string): void;
  /** The contacts of this customer are not all known. */
  cut(customerGuid: string): void;
}

/** An empty book of what was seen. */
export function createSeen(): Seen {
  const ids = new Set<string>();
  const cut = new Set<string>();
  const keyOf = (side: Side, entity: Entity, id: string): string => `${side}/${entity}/${id}`;
  return {
    customerPages: 1,
    add: (side, entity, id) => void ids.add(keyOf(side, entity, id)),
    cut: (guid) => void cut.add(guid),
    has: (side, entity, id) => ids.has(keyOf(side, entity, id)),
    isComplete: (side, entity, parentId) => side === 'crm' || entity !== 'contact' || !cut.has(parentId),
  };
}

/** All pages of both sides. What is no record is left out: the connectors put it aside. */
export async function* walk(ports: CheckPorts, seen: Seen): AsyncGenerator<WalkedPage, void, undefined> {
  yield* walkCrm(ports, seen, 'company', 'Divisions', { orderBy: ['DivisionId'], expand: COMPANY_EXPAND });
  yield* walkCrm(ports, seen, 'contact', 'Contacts', { orderBy: ['ContactId'] });
  yield* walkUnleashed(ports, seen);
}

async function* walkCrm(
  ports: CheckPorts,
  seen: Seen,
  entity: 'company' | 'contact',
  set: 'Divisions' | 'Contacts',
  query: CrmQuery,
): AsyncGenerator<WalkedPage, void, undefined> {
  for await (const { records, readStartedAtMs } of crmPages(ports, set, query)) {
    const found: ObservedRecord[] = [];
    for (const record of records) {
      // Seen is seen, also when it makes no sense: it is not gone.
      seen.add('crm', entity, textOf(record, entity === 'company' ? 'DivisionId' : 'ContactId'));
      const one = soundly(() => crmRecord(ports, entity, { record, readStartedAtMs }));
      if (one !== null) found.push(one);
    }
    yield { side: 'crm', records: found, listed: 0 };
  }
}

/** The pages of a set; after a passing trouble on from where it came. Rows are soft-deleted, so none moves to the front. */
async function* crmPages(ports: CheckPorts, set: 'Divisions' | 'Contacts', query: CrmQuery): AsyncGenerator<CrmPage> {
  let skip = 0;
  for (let failures = 1; ; failures++) {
    try {
      for await (const page of ports.crm.pages(set, { ...query, skip }, { purpose: PURPOSE, signal: ports.signal })) {
        skip += page.records.length;
        failures = 0;
        yield page;
      }
      return;
    } catch (error) {
      failures = Math.max(failures, 1);
      await waitOut(ports, error, failures);
    }
  }
}

async function* walkUnleashed(ports: CheckPorts, seen: Seen): AsyncGenerator<WalkedPage, void, undefined> {
  const long: string[] = [];
  for await (const { items, readStartedAtMs, numberOfItems } of customerPages(ports, seen)) {
    const found: ObservedRecord[] = [];
    for (const customer of items) {
      const guid = guidOf(customer, 'Guid');
      seen.add('unleashed', 'company', guid);
      const read = soundly(() => customerRecords(ports, customer, readStartedAtMs));
      if (read?.isComplete !== true) seen.cut(guid);
      if (read?.isComplete === false) long.push(guid);
      for (const one of read?.records ?? []) {
        if (one.topic === 'unleashed.contact.v1') seen.add('unleashed', 'contact', one.record.guid);
        found.push(one);
      }
    }
    yield { side: 'unleashed', records: found, listed: numberOfItems };
  }
  for (const guid of long.slice(0, LONG_LISTS_MAX)) {
    const records = await patiently(ports, () => readContacts(ports, guid)).catch(unlessGone);
    for (const one of records)
      if (one.topic === 'unleashed.contact.v1') seen.add('unleashed', 'contact', one.record.guid);
    yield { side: 'unleashed', records, listed: 0 };
  }
}

/** Records may move between pages while walking (fact U3.8): one may come twice, and one that was missed is asked for. */
async function* customerPages(ports: CheckPorts, seen: Seen): AsyncGenerator<Page> {
  let pageSize = CUSTOMERS_PER_PAGE;
  for (let pageNumber = 1; ; pageNumber++) {
    const parameters = [
      ['includeAllContacts', 'true'],
      ['includeObsolete', 'true'],
      ['pageSize', `${pageSize}`],
    ] as const;
    const request = { resource: 'Customers', pageNumber, parameters };
    let page: Page;
    try {
      const options = { purpose: PURPOSE, signal: ports.signal };
      page = await patiently(ports, () => ports.unleashed.list(request, options).catch(refuseTooBig));
    } catch (error) {
      if (!(error instanceof TooBigError) || pageSize <= SMALLEST_PAGE) throw error;
      // The walk begins anew: the pages are others now. What comes twice is compared twice.
      pageSize = Math.max(SMALLEST_PAGE, Math.floor(pageSize / 2));
      pageNumber = 0;
      continue;
    }
    seen.customerPages = Math.max(seen.customerPages, page.numberOfPages);
    // A page past the end is answered with the last one (fact U3.4).
    if (page.pageNumber < pageNumber) return;
    yield page;
    if (pageNumber >= page.numberOfPages) return;
  }
}

/** An answer that is too big stays too big: smaller pages may help, waiting does not. */
class TooBigError extends Error {
  override readonly name = 'TooBigError';
  readonly code = 'ANSWER_TOO_BIG';
  readonly retriable = false;
}

function refuseTooBig(error: unknown): never {
  if (error instanceof UnleashedApiError && error.tooBig) throw new TooBigError(error.message, { cause: error });
  throw error;
}

function unlessGone(error: unknown): ObservedRecord[] {
  if (error instanceof UnleashedApiError && error.code === 'NOT_FOUND') return [];
  throw error;
}

function soundly<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof CrmMalformedRecordError || error instanceof MalformedRecordError) return null;
    throw error;
  }
}
