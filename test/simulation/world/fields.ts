/** Synced fields under the names that people see on the two pages, and what a record shows of them. */
import { COMPANY_FIELDS, CONTACT_FIELDS, crmAddressValue, type Side, unleashedAddressValue } from '#contracts';
import type { Json, Row, Workspace } from '../../../services/sandbox/model/index.ts';

/** Kinds of record that are kept the same. */
export type Kept = 'company' | 'contact';

/** Property of a field at each side. */
export const PROPERTIES: Readonly<Record<Kept, Readonly<Record<Side, Readonly<Record<string, string>>>>>> = {
  company: {
    crm: { name: 'Name', phone: 'PhoneNumber', website: 'Website' },
    unleashed: { name: 'CustomerName', phone: 'PhoneNumber', website: 'Website' },
  },
  contact: {
    crm: {
      firstName: 'Forename',
      lastName: 'Surname',
      email: 'Email',
      phone: 'PhoneNumber',
      mobile: 'MobilePhoneNumber',
      fax: 'Fax',
    },
    unleashed: {
      firstName: 'FirstName',
      lastName: 'LastName',
      email: 'EmailAddress',
      phone: 'PhoneNumber',
      mobile: 'MobilePhone',
      fax: 'FaxNumber',
    },
  },
};

/** Fields that are judged. */
export const FIELDS: Readonly<Record<Kept, readonly string[]>> = {
  company: COMPANY_FIELDS.filter((field) => field !== 'accountManager'),
  contact: CONTACT_FIELDS,
};

function text(value: Json | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

/** What a record shows now, by field; null when there is no such record. */
export function shownBy(workspace: Workspace, side: Side, kept: Kept, id: string): Map<string, string> | null {
  const row = rowOf(workspace, side, kept, id);
  if (row === undefined) return null;
  const names = Object.entries(PROPERTIES[kept][side]);
  const shown = new Map(names.map(([field, name]) => [field, text(row[name])]));
  if (kept === 'company') shown.set('address', addressOf(workspace, side, row));
  return shown;
}

function rowOf(workspace: Workspace, side: Side, kept: Kept, id: string): Row | undefined {
  const { crm, unleashed } = workspace;
  if (side === 'crm') return crm.tables[kept === 'company' ? 'Divisions' : 'Contacts'].get(id);
  return (kept === 'company' ? unleashed.customers : unleashed.contacts).get(id);
}

function addressOf(workspace: Workspace, side: Side, row: Row): string {
  if (side === 'crm') {
    const address = workspace.crm.tables.Addresses.get(text(row.AddressId)) ?? {};
    return crmAddressValue({
      line1: text(address.AddressLine1),
      line2: text(address.AddressLine2),
      line3: text(address.AddressLine3),
      line4: text(address.AddressLine4),
      line5: text(address.AddressLine5),
      postcode: text(address.Postcode),
      country: text(address.Country),
    });
  }
  const list = Array.isArray(row.Addresses) ? (row.Addresses as Row[]) : [];
  const address = list.find(({ IsDefault }) => IsDefault === true) ?? list[0] ?? {};
  return unleashedAddressValue({
    street: text(address.StreetAddress),
    street2: text(address.StreetAddress2),
    suburb: text(address.Suburb),
    city: text(address.City),
    region: text(address.Region),
    postalCode: text(address.PostalCode),
    country: text(address.Country),
  });
}
