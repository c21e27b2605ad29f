/**
 * Synced fields and the text that stands for their values in the pipeline.
 *
 * A value is always text; blank is the empty string. A main address is one value: JSON with fixed keys in fixed order, all
 * of them present, or the empty string when every part is blank. So two values are the same when their texts are.
 */
import type { CrmAddress, UnleashedAddress } from './records.generated.ts';

/** The two systems. */
export type Side = 'crm' | 'unleashed';

/** Both sides, in the order in which they are always treated. */
export const SIDES = ['crm', 'unleashed'] as const satisfies readonly Side[];

/** Kinds of record that are linked: companies and contacts are kept the same, people are only told apart (row 11). */
export type Entity = 'company' | 'contact' | 'person';

/** Synced fields of a company, in their fixed order (row 1 of the mission; accountManager is a user code or a GUID). */
export const COMPANY_FIELDS = ['name', 'phone', 'website', 'address', 'accountManager'] as const;

/** Synced fields of a contact, in their fixed order (row 2 of the mission). */
export const CONTACT_FIELDS = ['firstName', 'lastName', 'email', 'phone', 'mobile', 'fax'] as const;

/** What is known of a CRM user or an Unleashed sales person; read only. */
export const PERSON_FIELDS = ['name', 'email'] as const;

/** Name of a synced field of a company. */
export type CompanyField = (typeof COMPANY_FIELDS)[number];
/** Name of a synced field of a contact. */
export type ContactField = (typeof CONTACT_FIELDS)[number];
/** Name of a synced field. */
export type Field = CompanyField | ContactField;

const FIELDS = { company: COMPANY_FIELDS, contact: CONTACT_FIELDS, person: PERSON_FIELDS } as const;

/** Names of an entity's fields in their fixed order. */
export function fieldsOf(entity: Entity): readonly Field[] {
  return FIELDS[entity];
}

/** The parts of an Unleashed address that are synced; its type and name are left alone. */
export type UnleashedAddressParts = Omit<UnleashedAddress, 'addressType' | 'addressName'>;

const CRM_PARTS = ['line1', 'line2', 'line3', 'line4', 'line5', 'postcode', 'country'] as const;
const UNLEASHED_PARTS = ['street', 'street2', 'suburb', 'city', 'region', 'postalCode', 'country'] as const;

/** Value of a CRM address; null and an address of blanks give the empty string. */
export function crmAddressValue(address: CrmAddress | null): string {
  if (address === null) return '';
  const { line1, line2, line3, line4, line5, postcode, country } = address;
  return addressText({ line1, line2, line3, line4, line5, postcode, country });
}

/** The CRM address that a value stands for; text that is no such value is taken as its first line. */
export function parseCrmAddress(value: string): CrmAddress {
  return parseAddress(CRM_PARTS, value);
}

/** Value of an Unleashed address; null and an address of blanks give the empty string. */
export function unleashedAddressValue(address: UnleashedAddressParts | null): string {
  if (address === null) return '';
  const { street, street2, suburb, city, region, postalCode, country } = address;
  return addressText({ street, street2, suburb, city, region, postalCode, country });
}

/** The Unleashed address parts that a value stands for; text that is no such value is taken as the street. */
export function parseUnleashedAddress(value: string): UnleashedAddressParts {
  return parseAddress(UNLEASHED_PARTS, value);
}

/** A value as people read it: an address is its parts in one line, without those that are blank. */
export function readableValue(value: string): string {
  const given = parsedObject(value);
  const parts =
    given === null ? undefined : [CRM_PARTS, UNLEASHED_PARTS].find((names) => names.every((name) => name in given));
  if (given === null || parts === undefined) return value;
  return parts
    .map((name) => given[name])
    .filter((part) => part !== '')
    .join(', ');
}

/** Text of an address whose parts are given in their fixed order. */
function addressText(parts: Record<string, string>): string {
  for (const part in parts) if (parts[part] !== '') return JSON.stringify(parts);
  return '';
}

function parseAddress<P extends string>(parts: readonly P[], value: string): Record<P, string> {
  const given = parsedObject(value) ?? { [parts[0] ?? '']: value };
  const entries = parts.map((part) => [part, typeof given[part] === 'string' ? given[part] : '']);
  return Object.fromEntries(entries);
}

/** The object that a text is JSON of; null when it is none. */
function parsedObject(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch {
    // Not ours: the caller keeps the whole text, so nothing of it is lost.
    return null;
  }
}
