/** A contact of an Unleashed customer: its synced fields and the body of an update. Pure. */
import type { ContactField } from '#contracts';
import { type JsonRecord, nullable, pick, textOf } from '#runtime';

/** Values of a contact's synced fields, in Unleashed's form. */
export type ContactValues = Record<ContactField, string>;

/** Where a tenant keeps the phone number of a contact: the resource has two fields for it (section 7 of the facts). */
export type ContactPhoneKey = 'PhoneNumber' | 'OfficePhone';

/** Default of the key for the phone number. */
export const DEFAULT_CONTACT_PHONE_KEY: ContactPhoneKey = 'PhoneNumber';

/** The keys of a contact that are sent (section 7 of the facts). A PUT is taken to replace the whole contact (U6.13). */
export const CONTACT_KEYS = [
  'Guid',
  'FirstName',
  'LastName',
  'EmailAddress',
  'OfficePhone',
  'MobilePhone',
  'PhoneNumber',
  'FaxNumber',
  'DDINumber',
  'TollFreeNumber',
  'Website',
  'Notes',
  'DeliveryAddress',
  'IsDefault',
  'ForOrdering',
  'ForInvoicing',
  'ForShipping',
] as const;

/** Contacts that a customer shows at most inside a list of customers (fact U7.9). */
export const EMBEDDED_CONTACTS = 100;

/** The synced fields that a contact shows. */
export function contactValues(contact: JsonRecord, phoneKey: ContactPhoneKey): ContactValues {
  return {
    firstName: textOf(contact, 'FirstName'),
    lastName: textOf(contact, 'LastName'),
    email: textOf(contact, 'EmailAddress'),
    phone: textOf(contact, phoneKey),
    mobile: textOf(contact, 'MobilePhone'),
    fax: textOf(contact, 'FaxNumber'),
  };
}

/** The body of an update: the contact as it was read, cut down to what may be sent, with only `changes` applied. */
export function contactBody(
  contact: JsonRecord,
  changes: Partial<ContactValues>,
  phoneKey: ContactPhoneKey,
): JsonRecord {
  const body = pick(contact, CONTACT_KEYS);
  const shown = contactValues(contact, phoneKey);
  for (const [field, value] of Object.entries(changes) as [ContactField, string][]) {
    if (shown[field] !== value) body[contactKey(field, phoneKey)] = nullable(value);
  }
  return body;
}

/** The body that makes a contact with a GUID of our own, so that a repetition finds it again (facts U6.7, U13.8). */
export function newContactBody(guid: string, values: Partial<ContactValues>, phoneKey: ContactPhoneKey): JsonRecord {
  return contactBody({ Guid: guid }, values, phoneKey);
}

/** First and last name as they are compared for uniqueness within a customer (fact U7.2): trimmed, regardless of case. */
export function contactName(values: Pick<ContactValues, 'firstName' | 'lastName'>): string {
  return `${values.firstName.trim()}\n${values.lastName.trim()}`.toLowerCase();
}

/** Keys of the API that stand for a field, in lower case: to read from an error which field it is about. */
export const CONTACT_ERROR_KEYS: Record<ContactField, readonly string[]> = {
  firstName: ['firstname', 'first name'],
  lastName: ['lastname', 'last name'],
  email: ['emailaddress', 'email', 'e-mail'],
  phone: ['phonenumber', 'officephone', 'phone number'],
  mobile: ['mobilephone', 'mobile'],
  fax: ['faxnumber', 'fax'],
};

function contactKey(field: ContactField, phoneKey: ContactPhoneKey): string {
  if (field === 'phone') return phoneKey;
  return CONTACT_FIELD_KEYS[field];
}

const CONTACT_FIELD_KEYS = {
  firstName: 'FirstName',
  lastName: 'LastName',
  email: 'EmailAddress',
  mobile: 'MobilePhone',
  fax: 'FaxNumber',
} as const;
