/** The world that every schedule begins with: one tenant, a few companies with contacts, the same on both sides. */

import {
  cloneWorkspace,
  createWorkspace,
  type PersonWrite,
  type Row,
  setHookUrl,
  setWebhookUrl,
  type Workspace,
  writeAsPerson,
} from '../../../services/sandbox/model/index.ts';
import { type SetName, schemas } from '../../../services/sandbox/model/prospect/schema.ts';
import { putRow } from '../../../services/sandbox/model/prospect/state.ts';
import type { Kept } from './fields.ts';

/** Two records that are kept the same. */
export interface Pair {
  kept: Kept;
  crm: string;
  unleashed: string;
  /** Pair of the company, for contacts; -1 for companies. */
  company: number;
}

/** A world. */
export interface Base {
  workspace: Workspace;
  pairs: Pair[];
}

/** Where the world's time begins: a Monday morning, milliseconds. */
export const START_MS = Date.UTC(2026, 10, 23, 9, 0, 0);
/** Id of the tenant. */
export const TENANT = 'sim';
/** Unleashed calls a month: enough that a schedule never runs out. */
export const MONTHLY_CALLS = 1_000_000;
/** Seconds between polls of Unleashed. */
export const POLL_SECONDS = 30;

const DAY_MS = 86_400_000;
const COMPANIES = 2;
const CONTACTS = 2;

/** Makes the world; schedules work on copies. */
export function createBase(): Base {
  const workspace = createWorkspace({
    id: TENANT,
    name: 'Simulated',
    timeZone: 'Pacific/Auckland',
    seed: 'simulation',
    currency: 'NZD',
    monthlyCalls: MONTHLY_CALLS,
    pollSeconds: POLL_SECONDS,
  });
  // Not a whole second: stamps of whole seconds are published again whenever they are read.
  const nowMs = START_MS - DAY_MS + 457;
  const put = (set: SetName, row: Row): void => putRow(workspace.crm, schemas[set], row);
  put('HomeCurrencies', { OperatingCompanyCode: 'A', CompanyName: 'Simulated', CurrencyCode: 'NZD' });
  for (const RoleCode of ['MAIN', 'BUYER']) put('Roles', { RoleCode, Description: RoleCode });
  for (const TypeId of ['CUS', 'PRO']) put('CompanyTypes', { TypeId, Description: TypeId });

  const write = (order: Omit<PersonWrite, 'person'>): Row => {
    const { response } = writeAsPerson(workspace, { ...order, person: 'SYS' }, nowMs);
    if (response.status >= 300) throw new Error(`the base world: ${JSON.stringify(response.body)}`);
    return response.body as Row;
  };
  const create = (side: 'crm' | 'unleashed', collection: string, fields: Row): string =>
    String(write({ side, collection, action: 'create', id: '', fields }).Id);

  create('crm', 'users', { UserCode: 'API', UserName: 'Sync User', AccountManager: 0 });
  const pairs: Pair[] = [];
  for (let index = 0; index < COMPANIES; index++) addCompany(index);
  // Change events go out from now on; the URLs say nothing here.
  setHookUrl(workspace, 'http://hooks.test/crm');
  setWebhookUrl(workspace, 'http://hooks.test/unleashed');
  workspace.outbox.clear();
  return { workspace, pairs };

  function addCompany(index: number): void {
    const code = `COMP000${index}`;
    const name = `Company ${index}`;
    const phone = `09 555 000${index}`;
    const website = `www.company${index}.example`;
    const guid = create('unleashed', 'companies', {
      CustomerCode: code,
      CustomerName: name,
      PhoneNumber: phone,
      Website: website,
      Notes: 'Ring the bell twice.',
      Addresses: [
        {
          AddressType: 'Postal',
          AddressName: 'Main',
          StreetAddress: `${index} Main Street`,
          City: 'Auckland',
          PostalCode: '1010',
          Country: 'New Zealand',
          IsDefault: true,
        },
      ],
    });
    create('crm', 'ledgers', {
      OperatingCompanyCode: 'A',
      SalesLedgerId: code,
      Name: name,
      AccountsId: guid,
      CustomerCode: code,
    });
    const division = create('crm', 'companies', {
      Name: name,
      SalesLedgerId: code,
      PhoneNumber: phone,
      Website: website,
      Address: {
        AddressLine1: `${index} Main Street`,
        AddressLine3: 'Auckland',
        Postcode: '1010',
        Country: 'New Zealand',
      },
    });
    const fields = { DefaultDivisionId: Number(division) };
    write({ side: 'crm', collection: 'ledgers', action: 'update', id: `A|${code}`, fields });
    const company = pairs.length;
    pairs.push({ kept: 'company', crm: division, unleashed: guid, company: -1 });
    for (let number = 0; number < CONTACTS; number++) addContact(company, division, guid, `${index}${number}`);
  }

  function addContact(company: number, division: string, customer: string, name: string): void {
    const email = `person${name}@company.example`;
    const unleashed = create('unleashed', 'contacts', {
      CustomerGuid: customer,
      FirstName: `First${name}`,
      LastName: `Last${name}`,
      EmailAddress: email,
      PhoneNumber: `09 1${name}`,
      MobilePhone: `021 1${name}`,
      FaxNumber: `09 9${name}`,
    });
    const crm = create('crm', 'contacts', {
      DivisionId: Number(division),
      Forename: `First${name}`,
      Surname: `Last${name}`,
      Email: email,
      PhoneNumber: `09 1${name}`,
      MobilePhoneNumber: `021 1${name}`,
      Fax: `09 9${name}`,
    });
    pairs.push({ kept: 'contact', crm, unleashed, company });
  }
}

/** A copy of the world, with chance of its own. */
export function copyBase(base: Base, seed: string): Base {
  return { workspace: cloneWorkspace(base.workspace, seed), pairs: base.pairs.map((pair) => ({ ...pair })) };
}
