/** The reads of a tenant: whole account, page of a sweep, changes, sales people, one customer. Each gives the new cursor. */
import type { JsonRecord } from '#runtime';
import {
  MAX_PAGE_SIZE,
  modifiedSince,
  type Page,
  parseDateMs,
  type QueryParameter,
  type ReadCause,
  UnleashedApiError,
  walkPages,
} from '#unleashed';
import type { Cursor } from './cursor.ts';
import {
  type CustomersTaken,
  takeInContacts,
  takeInCustomers,
  takeInGoneCustomer,
  takeInSalespersons,
} from './intake.ts';
import { type Job, LONG_LIST_MS } from './plan.ts';
import type { FeedPorts } from './ports.ts';

/**
 * Changes are asked for from this much before the newest that is known, milliseconds: records become visible later than
 * their time stamp says, clocks and zones are in doubt (facts U4.4, U4.5). What is read again and unchanged is not published.
 */
export const OVERLAP_MS = 30 * 60_000;
/** Customers that are asked for one by one in a poll because a list no longer had them. */
export const MAX_CONFIRMATIONS = 20;
/** Customers with long lists of contacts that are read one by one in a poll. */
export const MAX_LONG_LISTS = 5;

/** Runs a read that is due. Rejects with UnleashedApiError, with what the budget says, or with an error of the stores. */
export async function runJob(ports: FeedPorts, cursor: Cursor, job: Job): Promise<Cursor> {
  switch (job.kind) {
    case 'whole':
      return readWhole(ports, cursor);
    case 'sweep-page':
      return readSweepPage(ports, cursor, job.page);
    case 'delta':
      return readDelta(ports, cursor);
    case 'salespersons':
      return readSalespersons(ports, cursor);
  }
}

/** All customers with all contacts in one call; an account that no longer fits is swept instead. */
async function readWhole(ports: FeedPorts, cursor: Cursor): Promise<Cursor> {
  const page = await ports.api.list(customersRequest(cursor, 1), { purpose: 'poll' });
  const isWhole = page.numberOfPages <= 1;
  const { cursor: next, completeAtMs, known } = await takeInPage(ports, cursor, page, 'poll', isWhole);
  if (!isWhole) {
    const sweep = { page: 2, startedAtMs: page.readStartedAtMs, newestMs: newestOf(page.items), completeAtMs };
    return { ...next, numberOfItems: page.numberOfItems, sinceMs: null, sweep };
  }
  await confirmGone(ports, known, new Set(guidsOf(page.items)));
  return completed({ ...next, numberOfItems: page.numberOfItems, sweptAtMs: page.readStartedAtMs }, completeAtMs);
}

async function readSweepPage(ports: FeedPorts, cursor: Cursor, pageNumber: number): Promise<Cursor> {
  const page = await ports.api.list(customersRequest(cursor, pageNumber), { purpose: 'sweep' });
  const isLast = page.pageNumber < pageNumber || pageNumber >= page.numberOfPages;
  const before = pageNumber === 1 ? null : cursor.sweep;
  // A page past the end shows the last one again (fact U3.4): taking it in twice changes nothing.
  const isWhole = isLast && pageNumber === 1;
  const walked = { ...cursor, numberOfItems: page.numberOfItems };
  const taken = await takeInPage(ports, walked, page, 'sweep', isWhole);
  const next = taken.cursor;
  const sweep = {
    page: pageNumber + 1,
    startedAtMs: before?.startedAtMs ?? page.readStartedAtMs,
    newestMs: Math.max(before?.newestMs ?? 0, newestOf(page.items)),
    completeAtMs: Math.min(before?.completeAtMs ?? Number.POSITIVE_INFINITY, taken.completeAtMs),
  };
  if (!isLast) return { ...next, sweep };
  if (isWhole) await confirmGone(ports, taken.known, new Set(guidsOf(page.items)));
  // Records move between pages while walking (fact U3.8), so what a walk of many pages did not see is not taken for gone.
  const sinceMs = Math.min(sweep.startedAtMs, sweep.newestMs === 0 ? sweep.startedAtMs : sweep.newestMs);
  const done = { ...next, sweep: null, sweptAtMs: sweep.startedAtMs, sinceMs: Math.max(sinceMs, cursor.sinceMs ?? 0) };
  return completed(done, sweep.completeAtMs);
}

async function readDelta(ports: FeedPorts, cursor: Cursor): Promise<Cursor> {
  const from = modifiedSince(Math.max(0, (cursor.sinceMs ?? 0) - OVERLAP_MS));
  const { pageNumber: _first, ...request } = customersRequest(cursor, 1, [['modifiedSince', from]]);
  let next = cursor;
  let newestMs = cursor.sinceMs ?? 0;
  let startedAtMs = ports.now();
  let isFirst = true;
  for await (const page of walkPages(ports.api, request, { purpose: 'poll' })) {
    if (isFirst) startedAtMs = page.readStartedAtMs;
    isFirst = false;
    ({ cursor: next } = await takeInPage(ports, next, page, 'poll', false));
    newestMs = Math.max(newestMs, newestOf(page.items));
  }
  // A time stamp in the future must not make us blind until then.
  return { ...next, sinceMs: Math.min(newestMs, startedAtMs) };
}

async function readSalespersons(ports: FeedPorts, cursor: Cursor): Promise<Cursor> {
  const request = { resource: 'Salespersons', parameters: [['pageSize', `${MAX_PAGE_SIZE}`]] as const };
  let salespersonsAtMs = ports.now();
  for await (const page of walkPages(ports.api, request, { purpose: 'poll' })) {
    salespersonsAtMs = page.readStartedAtMs;
    await takeInSalespersons(ports, page.items, { readStartedAtMs: page.readStartedAtMs, readCause: 'poll' });
  }
  return { ...cursor, salespersonsAtMs };
}

/**
 * Reads one customer and its contacts because something named it. False when Unleashed does not know it (yet): a customer
 * that was just made may not be there for a moment (fact U6.11).
 */
export async function readCustomer(ports: FeedPorts, guid: string, readCause: ReadCause): Promise<boolean> {
  try {
    const { record, readStartedAtMs } = await ports.api.getCustomer(guid, { purpose: readCause });
    // Whether one customer alone shows its contacts is not known (facts U3.7, section 5): where it does not, they are asked for.
    const { long } = await takeInCustomers(ports, [record], { readStartedAtMs, readCause });
    if (long.length > 0 || !Array.isArray(record.Contacts)) await readLongList(ports, guid, readCause);
    return true;
  } catch (error) {
    if (error instanceof UnleashedApiError && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}

/** What a page leads to. */
interface PageTaken {
  cursor: Cursor;
  /** What the page's customers showed before this moment is published, long lists of contacts included; 0: it never was. */
  completeAtMs: number;
  /** See {@link CustomersTaken}. */
  known: CustomersTaken['known'];
}

/** Everything up to a time is known; what was known already stays so. */
function completed(cursor: Cursor, atMs: number): Cursor {
  return { ...cursor, completeAtMs: atMs === 0 ? cursor.completeAtMs : Math.max(atMs, cursor.completeAtMs ?? 0) };
}

async function takeInPage(
  ports: FeedPorts,
  cursor: Cursor,
  page: Page,
  readCause: ReadCause,
  isWhole: boolean,
): Promise<PageTaken> {
  const { readStartedAtMs } = page;
  const { long, known } = await takeInCustomers(ports, page.items, { readStartedAtMs, readCause }, isWhole);
  const due = long.filter(
    (guid) => readStartedAtMs - (cursor.longLists[guid] ?? Number.NEGATIVE_INFINITY) >= LONG_LIST_MS,
  );
  const longLists = { ...cursor.longLists };
  for (const guid of due.slice(0, MAX_LONG_LISTS)) {
    await readLongList(ports, guid, readCause);
    longLists[guid] = readStartedAtMs;
  }
  // A list that fits again is read with its customer.
  for (const guid of guidsOf(page.items)) if (!long.includes(guid)) delete longLists[guid];
  const completeAtMs = Math.min(readStartedAtMs, ...long.map((guid) => longLists[guid] ?? 0));
  return { cursor: { ...cursor, longLists }, completeAtMs, known };
}

/** Contacts of a customer that its own record does not show completely (fact U7.9). */
async function readLongList(ports: FeedPorts, customerGuid: string, readCause: ReadCause): Promise<void> {
  const resource = `Customers/${customerGuid}/Contacts`;
  const contacts: JsonRecord[] = [];
  let readStartedAtMs: number | null = null;
  const request = { resource, parameters: [['pageSize', `${MAX_PAGE_SIZE}`]] as const };
  for await (const page of walkPages(ports.api, request, { purpose: readCause })) {
    readStartedAtMs ??= page.readStartedAtMs;
    contacts.push(...page.items);
  }
  const list = { customerGuid, contacts, isComplete: true };
  await takeInContacts(ports, [list], { readStartedAtMs: readStartedAtMs ?? ports.now(), readCause });
}

/** Customers that were published once and that a complete list no longer has: each is asked for before it is called gone. */
async function confirmGone(
  ports: FeedPorts,
  known: CustomersTaken['known'],
  present: ReadonlySet<string>,
): Promise<void> {
  const missing = [...known.keys()].flatMap((key) => {
    const guid = key.startsWith('customer/') ? key.slice('customer/'.length) : '';
    return guid === '' || present.has(guid) ? [] : [guid];
  });
  for (const guid of missing.slice(0, MAX_CONFIRMATIONS)) {
    const readStartedAtMs = ports.now();
    const isThere = await readCustomer(ports, guid, 'poll');
    if (!isThere) await takeInGoneCustomer(ports, guid, { readStartedAtMs, readCause: 'poll' });
  }
}

function customersRequest(cursor: Cursor, pageNumber: number, more: readonly QueryParameter[] = []) {
  const parameters: QueryParameter[] = [
    ['includeAllContacts', 'true'],
    ['includeObsolete', 'true'],
    ['pageSize', `${cursor.pageSize}`],
    ...more,
  ];
  return { resource: 'Customers', pageNumber, parameters };
}

function newestOf(customers: readonly JsonRecord[]): number {
  return customers.reduce((newest, customer) => Math.max(newest, parseDateMs(customer.LastModifiedOn) ?? 0), 0);
}

function guidsOf(customers: readonly JsonRecord[]): string[] {
  return customers.flatMap(({ Guid }) => (typeof Guid === 'string' ? [Guid.trim().toLowerCase()] : []));
}
