import { describe, expect, test } from 'vitest';
import type { JsonRecord } from '#runtime';
import { type Cursor, NEW_CURSOR } from './cursor.ts';
import { contact, customer, fakeFeed, guid } from './fake-feed.ts';
import { REPUBLISH_MS, recordKey } from './known.ts';
import { jobsOf, LONG_LIST_MS } from './plan.ts';
import { OVERLAP_MS, readCustomer, runJob } from './reads.ts';

const PACE = { pollMs: 60_000, sweepMs: 3_600_000 };
const WHOLE: Cursor = { ...NEW_CURSOR, numberOfItems: 2, salespersonsAtMs: 1 };

/** Polls until no page of a sweep is left. */
async function poll(fake: ReturnType<typeof fakeFeed>, start: Cursor): Promise<Cursor> {
  let cursor = start;
  do {
    for (const job of jobsOf(cursor, PACE, fake.state.nowMs)) cursor = await runJob(fake.ports, cursor, job);
  } while (cursor.sweep !== null);
  return cursor;
}

describe('an account that fits one page', () => {
  test('is found to do so by its first sweep, and is then read whole in one call', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1)] }), customer(2, { Obsolete: true })]);
    const cursor = await poll(fake, NEW_CURSOR);
    expect(fake.news()).toEqual(['salesperson 9', 'customer 1', 'customer 2', 'contact 1000001']);
    expect(cursor).toMatchObject({ numberOfItems: 2, sweep: null });
    fake.calls.length = 0;
    await poll(fake, cursor);
    expect(fake.calls).toEqual(['Customers/1']);
    expect(fake.news()).toEqual([]);
  });

  test('publishes what changed, and nothing else; a contact without any clock too (U4.8)', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1), contact(2)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.state.customers = [customer(1, { Contacts: [contact(1, { FaxNumber: '5' }), contact(2)] }), customer(2)];
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['contact 1000001']);
  });

  test('a contact that is gone is deleted; one that moved to another customer is not', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1), contact(2), contact(3)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.state.customers = [customer(1, { Contacts: [contact(1)] }), customer(2, { Contacts: [contact(3)] })];
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['contact 1000003', '-contact 1000002']);
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual([]);
  });

  test('a customer that is gone is asked for before it is called deleted, and its contacts go with it', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.calls.length = 0;
    fake.state.customers = [customer(2)];
    await poll(fake, WHOLE);
    expect(fake.calls).toEqual(['Customers/1', `customer ${guid(1)}`]);
    expect(fake.news()).toEqual(['-contact 1000001', '-customer 1']);
    expect(fake.known.has(recordKey('customer', guid(1)))).toBe(false);
  });

  test('a customer that a list leaves out, but that is there when asked for, is not gone', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.state.notListed.add(guid(1));
    await poll(fake, WHOLE);
    expect(fake.calls.at(-1)).toBe(`customer ${guid(1)}`);
    expect(fake.news()).toEqual([]);
  });

  test('a list that shows no contacts says nothing about contacts', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.state.customers = [customer(1, { Contacts: null }), customer(2)];
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual([]);
  });

  test('what an outcome showed in between is published again even if it is as before', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.shown.set(recordKey('contact', String(contact(1).Guid)), fake.state.nowMs - 1);
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['contact 1000001']);
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual([]);
  });

  test('everything is published again once a day, and after the memory was lost', async () => {
    const fake = fakeFeed([customer(1), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.known.clear();
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['customer 1', 'customer 2']);
    fake.state.nowMs += REPUBLISH_MS;
    await poll(fake, { ...WHOLE, salespersonsAtMs: fake.state.nowMs });
    expect(fake.news()).toEqual(['customer 1', 'customer 2']);
  });

  test('what could not be published is not remembered, and comes with the next poll', async () => {
    const fake = fakeFeed([customer(1), customer(2)]);
    fake.state.publishFails = true;
    await expect(poll(fake, WHOLE)).rejects.toThrow('Kafka is away');
    fake.state.publishFails = false;
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['customer 1', 'customer 2']);
  });

  test('what came back to what it was after a crash between publishing and remembering is published again', async () => {
    const asItWas = () => [customer(1, { Contacts: [contact(1), contact(2)] }), customer(2), customer(3)];
    const fake = fakeFeed(asItWas());
    await poll(fake, WHOLE);
    fake.news();
    const dies = async (customers: JsonRecord[]): Promise<string[]> => {
      fake.state.customers = customers;
      fake.state.diesOncePublished = true;
      await expect(poll(fake, WHOLE)).rejects.toThrow('died');
      fake.state.diesOncePublished = false;
      return fake.news();
    };
    const backAgain = async (): Promise<string[]> => {
      fake.state.customers = asItWas();
      await poll(fake, WHOLE);
      return fake.news();
    };
    const changed = [contact(1, { FaxNumber: '5' }), contact(2)];
    expect(await dies([customer(1, { Contacts: changed }), customer(2), customer(3)])).toEqual(['contact 1000001']);
    expect(await backAgain()).toEqual(['contact 1000001']);
    // The same of what was told to be gone.
    expect(await dies([customer(1, { Contacts: [contact(1)] }), customer(2), customer(3)])).toEqual([
      '-contact 1000002',
    ]);
    expect(await backAgain()).toEqual(['contact 1000002']);
    expect(await dies(asItWas().slice(0, 2))).toEqual(['-customer 3']);
    expect(await backAgain()).toEqual(['customer 3']);
    expect(await backAgain()).toEqual([]);
  });

  test('a crash between publishing and remembering that a record is gone publishes it again', async () => {
    const fake = fakeFeed([customer(1, { Contacts: [contact(1), contact(2)] }), customer(2)]);
    await poll(fake, WHOLE);
    fake.news();
    fake.state.customers = [customer(1, { Contacts: [contact(1)] })];
    fake.state.diesOncePublished = true;
    await expect(poll(fake, WHOLE)).rejects.toThrow('died');
    expect(fake.news()).toEqual(['-contact 1000002']);
    fake.state.diesOncePublished = false;
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['-contact 1000002', '-customer 2']);
  });

  test('a record without what a snapshot needs is put aside, the others go on', async () => {
    const fake = fakeFeed([customer(1, { CustomerCode: null }), customer(2, { Contacts: [{ FirstName: 'No guid' }] })]);
    await poll(fake, WHOLE);
    expect(fake.news()).toEqual(['customer 2']);
    expect(fake.misfits.map(({ topic, code }) => [topic, code])).toEqual([
      ['unleashed.customer.v1', 'MALFORMED_RECORD'],
      ['unleashed.contact.v1', 'MALFORMED_RECORD'],
    ]);
  });

  test('a customer with more contacts than a list shows has them read one by one, at intervals (U7.9)', async () => {
    const all = Array.from({ length: 130 }, (_, n) => contact(n));
    const fake = fakeFeed([customer(1, { Contacts: all.slice(0, 100), AllContacts: all }), customer(2)]);
    let cursor = await poll(fake, WHOLE);
    expect(fake.news().filter((entry) => entry.startsWith('contact'))).toHaveLength(130);
    fake.calls.length = 0;
    cursor = await poll(fake, cursor);
    expect(fake.calls).toEqual(['Customers/1']);
    expect(fake.news()).toEqual([]);
    const fewer = all.slice(0, 120);
    fake.state.customers = [customer(1, { Contacts: all.slice(0, 100), AllContacts: fewer }), customer(2)];
    fake.state.nowMs += LONG_LIST_MS;
    await poll(fake, { ...cursor, salespersonsAtMs: fake.state.nowMs });
    expect(fake.news()).toEqual(Array.from({ length: 10 }, (_, n) => `-contact ${1_000_120 + n}`));
  });
});

describe('a large account', () => {
  const HOUR_MS = 3_600_000;
  const modified = (atMs: number) => ({ LastModifiedOn: `/Date(${atMs})/` });

  function large() {
    const fake = fakeFeed(Array.from({ length: 25 }, (_, n) => customer(n + 1, modified(10 * HOUR_MS))));
    fake.state.nowMs = 20 * HOUR_MS;
    return fake;
  }

  test('is swept page by page, then followed by changes with overlap (U4.4)', async () => {
    const fake = large();
    const cursor = await poll(fake, { ...NEW_CURSOR, pageSize: 10, salespersonsAtMs: fake.state.nowMs });
    expect(fake.calls).toEqual(['Customers/1', 'Customers/2', 'Customers/3']);
    expect(fake.news()).toHaveLength(25);
    // By the account's own clock, as far as it was seen, since that is what it compares with.
    expect(cursor).toMatchObject({ numberOfItems: 25, sinceMs: 10 * HOUR_MS });

    fake.calls.length = 0;
    fake.state.customers[7] = customer(8, { ...modified(21 * HOUR_MS), PhoneNumber: '1' });
    fake.state.nowMs = 22 * HOUR_MS;
    const next = await poll(fake, { ...cursor, sweptAtMs: fake.state.nowMs, salespersonsAtMs: fake.state.nowMs });
    expect(fake.calls).toEqual([
      `Customers/1 since ${iso(10 * HOUR_MS - OVERLAP_MS)}`,
      `Customers/2 since ${iso(10 * HOUR_MS - OVERLAP_MS)}`,
      `Customers/3 since ${iso(10 * HOUR_MS - OVERLAP_MS)}`,
    ]);
    expect(fake.news()).toEqual(['customer 8']);
    expect(next.sinceMs).toBe(21 * HOUR_MS);

    fake.calls.length = 0;
    await poll(fake, { ...next, salespersonsAtMs: fake.state.nowMs });
    expect(fake.calls).toEqual([`Customers/1 since ${iso(21 * HOUR_MS - OVERLAP_MS)}`]);
    expect(fake.news()).toEqual([]);
  });

  test('a time stamp in the future does not make it blind', async () => {
    const fake = large();
    fake.state.customers[0] = customer(1, modified(99 * HOUR_MS));
    const cursor = await poll(fake, { ...NEW_CURSOR, pageSize: 10, salespersonsAtMs: fake.state.nowMs });
    expect(cursor.sinceMs).toBeLessThanOrEqual(fake.state.nowMs);
    const next = await poll(fake, { ...cursor, sweptAtMs: fake.state.nowMs, salespersonsAtMs: fake.state.nowMs });
    expect(next.sinceMs).toBeLessThanOrEqual(fake.state.nowMs);
  });

  test('an account that outgrows its page is swept on, and nothing is called gone meanwhile', async () => {
    const fake = fakeFeed(Array.from({ length: 10 }, (_, n) => customer(n + 1)));
    const cursor = await poll(fake, { ...NEW_CURSOR, pageSize: 10 });
    fake.news();
    fake.state.customers.push(customer(11), customer(12));
    const next = await poll(fake, cursor);
    expect(fake.news()).toEqual(['customer 11', 'customer 12']);
    expect(next).toMatchObject({ numberOfItems: 12, sweep: null });
    expect(next.sinceMs).not.toBeNull();
  });
});

describe('a hint', () => {
  test('is one call where a customer shows its contacts, two where it does not', async () => {
    const fake = fakeFeed([
      customer(1, { Contacts: [contact(1)] }),
      customer(2, { Contacts: null, AllContacts: [contact(2)] }),
    ]);
    expect(await readCustomer(fake.ports, guid(1), 'hint')).toBe(true);
    expect(await readCustomer(fake.ports, guid(2), 'hint')).toBe(true);
    expect(fake.calls).toEqual([`customer ${guid(1)}`, `customer ${guid(2)}`, `Customers/${guid(2)}/Contacts/1`]);
    expect(fake.published.every(({ record }) => record.readCause === 'hint')).toBe(true);
    expect(fake.news()).toEqual(['customer 1', 'contact 1000001', 'customer 2', 'contact 1000002']);
  });

  test('about a customer that is not there (yet) says so', async () => {
    expect(await readCustomer(fakeFeed([]).ports, guid(1), 'hint')).toBe(false);
  });
});

function iso(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}
