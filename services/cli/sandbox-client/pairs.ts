/** Judges from the outside, by what both systems show, whether they agree. Knows nothing of how the sync works. */
import { crmEssence, unleashedEssence } from '#sync-core';
import type { SandboxClient, SandboxRecord } from './client.ts';

/** A company of the CRM and the Unleashed customer that is the same company. */
export interface CompanyPair {
  readonly crm: SandboxRecord;
  readonly unleashed: SandboxRecord;
}

/** A contact on both sides. */
export interface ContactPair {
  readonly crm: SandboxRecord;
  readonly unleashed: SandboxRecord;
}

/** Synced text fields of a company: name in the CRM, name in Unleashed. The address is compared apart. */
export const COMPANY_FIELDS = [
  ['Name', 'CustomerName'],
  ['PhoneNumber', 'PhoneNumber'],
  ['Website', 'Website'],
] as const;

/** Synced fields of a contact, likewise. */
export const CONTACT_FIELDS = [
  ['Forename', 'FirstName'],
  ['Surname', 'LastName'],
  ['Email', 'EmailAddress'],
  ['PhoneNumber', 'PhoneNumber'],
  ['MobilePhoneNumber', 'MobilePhone'],
  ['Fax', 'FaxNumber'],
] as const;

/** Text of a field; blank is the empty string. */
export function textOf(record: SandboxRecord, field: string): string {
  const value = record[field];
  return typeof value === 'string' ? value : '';
}

/** A field on which the two sides do not agree. */
export interface Difference {
  readonly tenant: string;
  readonly record: string;
  readonly field: string;
  readonly crm: string;
  readonly unleashed: string;
}

/** Companies that take part: active on both sides, one company to the account or its default company. */
export async function companyPairs(client: SandboxClient, tenant: string): Promise<CompanyPair[]> {
  const [companies, customers] = await Promise.all([
    client.list(tenant, 'crm', 'companies'),
    client.list(tenant, 'unleashed', 'companies'),
  ]);
  const byAccount = new Map<string, SandboxRecord[]>();
  for (const company of companies) {
    const ledger = ledgerOf(company);
    if (ledger === null || company.StatusFlag === 'D' || company.MergedWith !== null || company.IsB2C === true)
      continue;
    if (ledger.Closed === true || ledger.Duplicate === true || ledger.IsB2C === true) continue;
    const account = `${ledger.SalesLedgerId}`;
    byAccount.set(account, [...(byAccount.get(account) ?? []), company]);
  }
  return [...byAccount.values()].flatMap((sharing) => {
    const ledger = ledgerOf(sharing[0]!)!;
    const chosen = sharing.filter((company) => company.Id === String(ledger.DefaultDivisionId ?? ''));
    const crm = sharing.length === 1 ? sharing[0] : chosen[0];
    const unleashed = customers.filter(
      (customer) =>
        customer.Obsolete !== true &&
        (ledger.AccountsId ? customer.Id === ledger.AccountsId : customer.CustomerCode === ledger.CustomerCode),
    );
    return crm === undefined || unleashed.length !== 1 ? [] : [{ crm, unleashed: unleashed[0]! }];
  });
}

/** Contacts of company pairs that are on both sides: by stored id or marker. */
export async function contactPairs(
  client: SandboxClient,
  tenant: string,
  companies: readonly CompanyPair[],
): Promise<ContactPair[]> {
  const [ours, theirs] = await Promise.all([
    client.list(tenant, 'crm', 'contacts'),
    client.list(tenant, 'unleashed', 'contacts'),
  ]);
  const active = ours.filter((contact) => contact.StatusFlag !== 'D' && contact.MergedWith === null);
  return companies.flatMap(({ crm: company, unleashed: customer }) =>
    theirs
      .filter((contact) => contact.CustomerGuid === customer.Id)
      .flatMap((unleashed) => {
        const crm = active.filter(
          (contact) =>
            String(contact.DivisionId) === company.Id &&
            (contact.AccountsId === unleashed.Id || contact.AlternateReference === `unleashed:${unleashed.Id}`),
        );
        return crm.length === 1 ? [{ crm: crm[0]!, unleashed }] : [];
      }),
  );
}

/** Every synced field of the tenant's pairs on which the two sides differ. */
export async function differences(client: SandboxClient, tenant: string): Promise<Difference[]> {
  const companies = await companyPairs(client, tenant);
  const contacts = await contactPairs(client, tenant, companies);
  const found: Difference[] = [];
  const compare = (what: string, field: string, crm: string, unleashed: string): void => {
    if (crm !== unleashed) found.push({ tenant, record: what, field, crm, unleashed });
  };
  for (const { crm, unleashed } of companies) {
    const what = `company ${crm.Id} ⇄ ${unleashed.CustomerCode}`;
    for (const [ours, theirs] of COMPANY_FIELDS) compare(what, ours, textOf(crm, ours), textOf(unleashed, theirs));
    compare(what, 'Address', ...addressEssences(crm, unleashed));
  }
  for (const { crm, unleashed } of contacts) {
    const what = `contact ${crm.Id} ⇄ ${unleashed.Id}`;
    for (const [ours, theirs] of CONTACT_FIELDS) compare(what, ours, textOf(crm, ours), textOf(unleashed, theirs));
  }
  return found;
}

/** The same over several tenants. */
export async function allDifferences(client: SandboxClient, tenants: readonly string[]): Promise<Difference[]> {
  return (await Promise.all(tenants.map((tenant) => differences(client, tenant)))).flat();
}

/** Both addresses in the form in which they can be compared: each side has lines and parts of its own. */
function addressEssences(crm: SandboxRecord, unleashed: SandboxRecord): [string, string] {
  const ours = (crm.Address ?? {}) as Record<string, unknown>;
  const all = (Array.isArray(unleashed.Addresses) ? unleashed.Addresses : []) as Record<string, unknown>[];
  const theirs =
    all.find(({ IsDefault }) => IsDefault === true) ??
    all.find(({ AddressType }) => AddressType === 'Physical') ??
    all.find(({ AddressType }) => AddressType === 'Postal') ??
    {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const crmText = JSON.stringify(
    crmEssence({
      line1: text(ours.AddressLine1),
      line2: text(ours.AddressLine2),
      line3: text(ours.AddressLine3),
      line4: text(ours.AddressLine4),
      line5: text(ours.AddressLine5),
      postcode: text(ours.Postcode),
      country: text(ours.Country),
    }),
  );
  const unleashedText = JSON.stringify(
    unleashedEssence({
      street: text(theirs.StreetAddress),
      street2: text(theirs.StreetAddress2),
      suburb: text(theirs.Suburb),
      city: text(theirs.City),
      region: text(theirs.Region),
      postalCode: text(theirs.PostalCode),
      country: text(theirs.Country),
    }),
  );
  return [crmText, unleashedText];
}

function ledgerOf(company: SandboxRecord): Record<string, unknown> | null {
  const ledger = company.SalesLedger;
  return typeof ledger === 'object' && ledger !== null ? (ledger as Record<string, unknown>) : null;
}
