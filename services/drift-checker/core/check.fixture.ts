/** Two systems of a few rows and what the sync knows of them, in memory, for tests of a check. */
import type { CrmPage, CrmSet } from '#prospect-crm';
import type { JsonRecord } from '#runtime';
import { type Page, UnleashedApiError } from '#unleashed';
import { createTestTenant } from '../../../libs/sync-core/world.fixture.ts';
import type { CheckPorts } from './ports.ts';
import { crmRecord, customerRecords } from './reads.ts';

export const GUID = '11111111-1111-4111-8111-111111111111';

/** Makes them: a company with one contact on both sides, in sync. Rows may be changed at any time. */
export function createWorld() {
  const tenant = createTestTenant();
  const crm: Partial<Record<CrmSet, JsonRecord[]>> = {
    Divisions: [
      {
        ...{ DivisionId: 1, CompanyId: 1, OperatingCompanyCode: 'A', StatusFlag: 'A', Name: 'Acme', PhoneNumber: '1' },
        ...{ Website: 'a.example', AccountManager: '', AddressId: null, SalesLedgerId: 'L1', MergedWith: null },
        ...{ IsB2C: false, LastUpdatedTimestamp: '1970-01-01T00:00:01Z' },
        SalesLedger: { SalesLedgerId: 'L1', AccountsId: GUID, CustomerCode: 'C1', Closed: false, DefaultDivisionId: 1 },
      },
    ],
    Contacts: [
      {
        ...{ ContactId: 5, DivisionId: 1, StatusFlag: 'A', Forename: 'Ann', Surname: 'Lee', Email: 'a@a.example' },
        ...{ LastUpdatedTimestamp: '1970-01-01T00:00:01Z' },
      },
    ],
  };
  const contact = {
    Guid: '33333333-3333-4333-8333-333333333333',
    FirstName: 'Ann',
    LastName: 'Lee',
    EmailAddress: 'a@a.example',
  };
  const customers: JsonRecord[] = [
    {
      Guid: GUID,
      CustomerCode: 'C1',
      CustomerName: 'Acme',
      PhoneNumber: '1',
      Website: 'a.example',
      Contacts: [contact],
    },
  ];
  const slept: number[] = [];
  const errors: Error[] = [];
  const states: string[] = [];
  const notSeen = new Set<JsonRecord>();
  let onSleep: (count: number) => void = () => undefined;

  const fail = (): void => {
    const error = errors.shift();
    if (error !== undefined) throw error;
  };
  const sent = (): number => {
    tenant.tick(1);
    return tenant.now();
  };
  const ports: CheckPorts = {
    tenantId: 't',
    phoneKey: 'PhoneNumber',
    crm: {
      async get(set, key) {
        fail();
        const record = (crm[set] ?? []).find((row) => Object.values(row)[0] === key);
        return record === undefined ? null : { record, readStartedAtMs: sent() };
      },
      async *pages(set, { skip = 0 }): AsyncGenerator<CrmPage> {
        fail();
        yield { records: (crm[set] ?? []).slice(skip), readStartedAtMs: sent(), answeredAtMs: null };
      },
    },
    unleashed: {
      async list(): Promise<Page> {
        fail();
        return {
          items: customers,
          pageNumber: 1,
          numberOfPages: 1,
          numberOfItems: customers.length,
          readStartedAtMs: sent(),
        };
      },
      async getCustomer(guid) {
        fail();
        const record = customers.find(({ Guid }) => Guid === guid);
        if (record === undefined) throw new UnleashedApiError('NOT_FOUND', 'no such customer', { call: 'GET' });
        return { record, readStartedAtMs: sent() };
      },
    },
    loadState: async () => tenant.state,
    patienceMs: async () => 150_000,
    report: async ({ state }) => void states.push(state),
    signal: new AbortController().signal,
    now: () => tenant.now(),
    async sleep(ms) {
      slept.push(ms);
      tenant.tick(Math.max(0, ms));
      onSleep(slept.length);
    },
  };

  /** The sync reads everything, those rows apart that it does not get to see. */
  function capture(): void {
    const see = (records: readonly { topic: Parameters<typeof tenant.see>[0]; record: object }[]): void => {
      for (const { topic, record } of records) tenant.see(topic, record);
    };
    for (const record of crm.Divisions ?? []) {
      if (!notSeen.has(record)) see([crmRecord(ports, 'company', { record, readStartedAtMs: sent() })]);
    }
    for (const record of crm.Contacts ?? []) {
      if (!notSeen.has(record)) see([crmRecord(ports, 'contact', { record, readStartedAtMs: sent() })]);
    }
    for (const record of customers) see(customerRecords(ports, record, sent()).records);
  }
  capture();
  tenant.tick(60_000);

  return {
    ...{ tenant, crm, customers, ports, slept, errors, states, notSeen, capture },
    /** Told after each sleep, with how many there were. */
    sleeps: (next: (count: number) => void) => {
      onSleep = next;
    },
  };
}
