/** The client and its mapping against the simulated Unleashed: every record, every unknown behaviour. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guidOf, type JsonRecord, parseOutbound, recordsOf } from '#runtime';
import {
  companyBody,
  contactBody,
  createUnleashedClient,
  customerDrift,
  ensureSubscription,
  modifiedSince,
  type QueryParameter,
  type UnleashedClient,
  walkPages,
} from '#unleashed';
import { type Kit, startKit } from '../support/api-kit.ts';

const TENANT = 'tenant-001';
let kit: Kit;
let client: UnleashedClient;

async function walk(resource: string, ...parameters: QueryParameter[]): Promise<JsonRecord[]> {
  const records: JsonRecord[] = [];
  for await (const page of walkPages(client, { resource, parameters })) records.push(...page.items);
  return records;
}

beforeAll(async () => {
  kit = await startKit('unl-client', { companies: 40 });
  const baseUrl = `${kit.sandboxUrl}/unleashed`;
  client = createUnleashedClient({
    baseUrl,
    outbound: parseOutbound('127.0.0.1'),
    apiId: `sandbox-${TENANT}-id`,
    apiKey: `sandbox-${TENANT}-key`,
  });
});

afterAll(async () => {
  await client?.close();
  await kit?.stop();
});

describe('every customer, written back without a change', () => {
  test.each([
    {},
    { readOnlyKeys: 'refused', unknownKeys: 'refused' },
    { singleGetIncludesContacts: false, updateReturnsBody: false, updateStatus: 201 },
    { addressListReplaced: false },
    { customerPostEditsPrimaryContact: false },
    { signatureMessage: 'canonical' },
  ])('%o: is exactly as before', async (unleashed) => {
    const { unleashed: was } = (await kit.look(`/tenants/${TENANT}/switches`)) as {
      unleashed: Record<string, unknown>;
    };
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed });
    const contacts = (records: JsonRecord[]) => records.map((record) => JSON.stringify(record.Contacts)).sort();
    const all = [
      ['includeAllContacts', 'true'],
      ['includeObsolete', 'true'],
      ['pageSize', '1000'],
    ] as const;
    const before = await walk('Customers', ...all);
    expect(before.length).toBeGreaterThan(20);
    for (const { Guid } of before) {
      const { record } = await client.getCustomer(String(Guid));
      await client.postCustomer(String(Guid), companyBody(record, {}));
      const { record: after } = await client.getCustomer(String(Guid));
      expect(customerDrift(record, after, [])).toEqual([]);
    }
    expect(contacts(await walk('Customers', ...all))).toEqual(contacts(before));
    const back = Object.fromEntries(Object.keys(unleashed).map((name) => [name, was[name]]));
    await kit.control('PATCH', `/tenants/${TENANT}/switches`, { unleashed: back });
  });
});

test('every contact, written back without a change, is exactly as before', async () => {
  for (const customer of await walk('Customers', ['includeAllContacts', 'true'])) {
    const parent = guidOf(customer, 'Guid');
    const before = await walk(`Customers/${parent}/Contacts`);
    expect(before).toHaveLength(recordsOf(customer, 'Contacts')?.length ?? -1);
    for (const contact of before) {
      await client.putContact(parent, guidOf(contact, 'Guid'), contactBody(contact, {}, 'PhoneNumber'));
    }
    expect(await walk(`Customers/${parent}/Contacts`)).toEqual(before);
  }
});

test('pages of any size add up to the same list (U3.1, U3.4)', async () => {
  const guids = async (size: number) =>
    (await walk('Customers', ['pageSize', `${size}`])).map(({ Guid }) => Guid).sort();
  const all = await guids(1000);
  for (const size of [1, 7, all.length, all.length + 1]) expect(await guids(size)).toEqual(all);
});

test('modifiedSince goes over the wire as it is signed, and filters (U1.7, U4.2)', async () => {
  const [first] = await walk('Customers');
  const sinceMs = Date.now();
  await kit.person('PATCH', `${TENANT}/unleashed/companies/${guidOf(first as JsonRecord, 'Guid')}`, {
    PhoneNumber: 'just now',
  });
  const changed = await walk('Customers', ['modifiedSince', modifiedSince(sinceMs - 3_000)], ['contactEmail', '']);
  expect(changed.map(({ PhoneNumber }) => PhoneNumber)).toContain('just now');
  expect(changed.length).toBeLessThan((await walk('Customers')).length + 1);
});

test('subscriptions: made once per URL, five at most (U10.1, U10.4)', async () => {
  const states: string[] = [];
  for (const n of [1, 1, 2, 3, 4, 5, 6])
    states.push((await ensureSubscription(client, `https://receiver.example/${n}`)).state);
  // The sandbox begins with one of its own.
  expect(states).toEqual(['created', 'exists', 'created', 'created', 'created', 'full', 'full']);
});

test('a wrong key is told apart from everything else, and does not show in the error', async () => {
  const wrong = createUnleashedClient({
    baseUrl: `${kit.sandboxUrl}/unleashed`,
    apiId: `sandbox-${TENANT}-id`,
    apiKey: 'a-wrong-key',
    outbound: parseOutbound('127.0.0.1'),
  });
  const refused = wrong.list({ resource: 'Customers', pageNumber: 1, parameters: [] });
  await expect(refused).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED', retriable: false });
  await expect(refused).rejects.not.toThrow('a-wrong-key');
  await wrong.close();
});
