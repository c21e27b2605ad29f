/** What changed in a record besides what was meant to change (U6.5, invariant I5). Pure. */
import type { CompanyField, ContactField } from '#contracts';
import { isRecord, type JsonRecord, type JsonValue, recordsOf } from '#runtime';
import { chooseAddress } from './addresses.ts';

/** Keys that change by themselves with every write, or that only some reads show. */
const VOLATILE_KEYS = new Set(['LastModifiedOn', 'LastModifiedBy', 'CreatedOn', 'CreatedBy', 'Contacts']);

const COMPANY_KEYS: Record<Exclude<CompanyField, 'address'>, string> = {
  name: 'CustomerName',
  phone: 'PhoneNumber',
  website: 'Website',
  accountManager: 'SalesPerson',
};

/**
 * Keys of a customer, other than those of the fields that were written, whose content differs between two reads. Blank,
 * null and absent count as equal. Addresses are compared as a set without their Guids, which are new after every write.
 */
export function customerDrift(before: JsonRecord, after: JsonRecord, written: readonly CompanyField[]): string[] {
  const ignored = new Set(['Addresses']);
  for (const field of written) if (field !== 'address') ignored.add(COMPANY_KEYS[field]);
  const drifted = differingKeys(before, after, ignored);
  const skipChosen = written.includes('address');
  if (addressSet(before, skipChosen) !== addressSet(after, skipChosen)) drifted.push('Addresses');
  return drifted;
}

/** The same for a contact; `writtenKeys` are keys of the API. */
export function contactDrift(before: JsonRecord, after: JsonRecord, written: readonly ContactField[]): string[] {
  const ignored = new Set(written.flatMap((field) => CONTACT_WRITTEN_KEYS[field]));
  return differingKeys(before, after, ignored);
}

const CONTACT_WRITTEN_KEYS: Record<ContactField, readonly string[]> = {
  firstName: ['FirstName'],
  lastName: ['LastName'],
  email: ['EmailAddress'],
  phone: ['PhoneNumber', 'OfficePhone'],
  mobile: ['MobilePhone'],
  fax: ['FaxNumber'],
};

function differingKeys(before: JsonRecord, after: JsonRecord, ignored: ReadonlySet<string>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => !ignored.has(key) && !VOLATILE_KEYS.has(key))
    .filter((key) => before[key] !== after[key] && canonical(before[key]) !== canonical(after[key]))
    .sort();
}

/** The written address keeps its type, name and mark, which are compared; its parts are not. */
function addressSet(customer: JsonRecord, skipChosen: boolean): string {
  const addresses = recordsOf(customer, 'Addresses') ?? [];
  const chosen = skipChosen ? chooseAddress(customer).index : -1;
  return addresses
    .filter((_address, index) => index !== chosen)
    .map((address) => canonical({ ...address, Guid: null }))
    .sort()
    .join('\n');
}

function canonical(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === '') return '';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .filter((key) => !VOLATILE_KEYS.has(key))
    .sort()
    .map((key) => [key, canonical(value[key])] as const)
    .filter(([, text]) => text !== '');
  return entries.length === 0 ? '' : `{${entries.map(([key, text]) => `${key}:${text}`).join(',')}}`;
}
