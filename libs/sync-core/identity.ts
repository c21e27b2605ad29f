/** Names that this sync gives to records that it makes, so that a retry finds what the first try made (I4). */
import { v5 } from 'uuid';

/** Namespace of the GUIDs of contacts that are made in Unleashed. */
const CONTACT_NAMESPACE = '6f0c3a52-5c1c-4c53-9d5b-6a1f2f1f7a10';

/** The mark that a contact made in the CRM carries in AlternateReference (fact P4.3). */
export function markerOf(guid: string): string {
  return `unleashed:${guid}`;
}

/** Where a GUID says of which version it is. */
const VERSION_AT = 14;

/** Whether a GUID is of the version that this sync gives: hardly any of Unleashed's own is. */
export function mayBeMade(guid: string): boolean {
  return guid[VERSION_AT] === '5';
}

/** Whether an Unleashed contact was made by this sync for this contact of the CRM, as its GUID tells. */
export function isMadeFor(tenantId: string, contactId: string, guid: string): boolean {
  // Without a look at the version the rest would cost a hash each.
  return mayBeMade(guid) && guid === contactGuid(tenantId, contactId);
}

/** The GUID of the Unleashed contact for a CRM contact: the same for every try (fact U6.7). */
export function contactGuid(tenantId: string, contactId: string): string {
  return v5(`${tenantId}/contact/${contactId}`, CONTACT_NAMESPACE);
}
