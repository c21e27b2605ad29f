/** How long a text may be (SqlWidth in the metadata, fact P2.13 and section 3). Longer text is refused here, never cut. */
import { type CompanyField, type ContactField, type CrmAddress, parseCrmAddress } from '#contracts';

/** Longest value per part of an address, characters as the server counts them (UTF-16). */
export const ADDRESS_WIDTHS: Readonly<Record<keyof CrmAddress, number>> = {
  line1: 100,
  line2: 100,
  line3: 100,
  line4: 100,
  line5: 100,
  postcode: 20,
  country: 100,
};

/** Longest value per field of a company but its address. */
export const COMPANY_WIDTHS: Readonly<Record<Exclude<CompanyField, 'address'>, number>> = {
  name: 250,
  phone: 50,
  website: 250,
  accountManager: 3,
};

/** Longest value per field of a contact. */
export const CONTACT_WIDTHS: Readonly<Record<ContactField, number>> = {
  firstName: 100,
  lastName: 100,
  email: 254,
  phone: 50,
  mobile: 50,
  fax: 50,
};

/** Length of Contact.AlternateReference, which holds the marker. */
export const MARKER_WIDTH = 100;

/** What makes a value of a company one that the CRM cannot hold, as a sentence; null when nothing does. */
export function companyValueProblem(field: CompanyField, value: string): string | null {
  if (field === 'address') return addressProblem(value);
  return tooLong(field, value, COMPANY_WIDTHS[field]);
}

/** The same for a contact. */
export function contactValueProblem(field: ContactField, value: string): string | null {
  return tooLong(field, value, CONTACT_WIDTHS[field]);
}

function addressProblem(value: string): string | null {
  const address = parseCrmAddress(value);
  for (const part of Object.keys(ADDRESS_WIDTHS) as (keyof CrmAddress)[]) {
    const problem = tooLong(`${part} of the address`, address[part], ADDRESS_WIDTHS[part]);
    if (problem !== null) return problem;
  }
  return null;
}

function tooLong(what: string, value: string, width: number): string | null {
  return value.length > width ? `${what}: ${value.length} characters, and the CRM holds ${width}` : null;
}
