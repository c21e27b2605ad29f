/** Reads of single records, and of all contacts of a customer. */
import { type CrmRead, companySnapshot, contactSnapshot, isNumericKey, readCompany, readContact } from '#prospect-crm';
import { guidOf, type JsonRecord, recordsOf } from '#runtime';
import type { ObservedRecord } from '#sync-core';
import {
  customerSnapshot,
  EMBEDDED_CONTACTS,
  MAX_PAGE_SIZE,
  UnleashedApiError,
  contactSnapshot as unleashedContactSnapshot,
  walkPages,
} from '#unleashed';
import { type CheckPorts, PURPOSE } from './ports.ts';

/** What a read needs. */
export type ReadPorts = Pick<CheckPorts, 'tenantId' | 'phoneKey' | 'crm' | 'unleashed' | 'signal' | 'now'>;

/** How the snapshots of this service say that they were read: because somebody asked. */
const CAUSE = 'request';

/** A record of the CRM; null when there is none. */
export async function readCrm(
  ports: ReadPorts,
  entity: 'company' | 'contact',
  id: string,
): Promise<ObservedRecord | null> {
  if (!isNumericKey(id)) return null;
  const options = { purpose: PURPOSE, signal: ports.signal };
  const read = await (entity === 'company' ? readCompany : readContact)(ports.crm, id, options);
  return read === null ? null : crmRecord(ports, entity, read);
}

/** What a row of the CRM shows. Throws CrmMalformedRecordError. */
export function crmRecord(
  { tenantId }: Pick<ReadPorts, 'tenantId'>,
  entity: 'company' | 'contact',
  { record, readStartedAtMs }: CrmRead,
): ObservedRecord {
  const read = { tenantId, readStartedAtMs, readCause: CAUSE };
  return entity === 'company'
    ? { topic: 'crm.company.v1', record: companySnapshot(record, read) }
    : { topic: 'crm.contact.v1', record: contactSnapshot(record, read) };
}

/** A customer with its contacts, as far as it shows them. */
export interface CustomerRead {
  /** The customer first, then its contacts. */
  readonly records: ObservedRecord[];
  /** Whether there are no more contacts than these. */
  readonly isComplete: boolean;
}

/** What a customer of a list shows. Throws MalformedRecordError. */
export function customerRecords(
  { tenantId, phoneKey }: Pick<ReadPorts, 'tenantId' | 'phoneKey'>,
  customer: JsonRecord,
  readStartedAtMs: number,
): CustomerRead {
  const read = { tenantId, readStartedAtMs, readCause: CAUSE } as const;
  const contacts = recordsOf(customer, 'Contacts');
  const guid = guidOf(customer, 'Guid');
  const records: ObservedRecord[] = [
    { topic: 'unleashed.customer.v1', record: customerSnapshot(customer, read) },
    ...(contacts ?? []).map((contact) => ({
      topic: 'unleashed.contact.v1' as const,
      record: unleashedContactSnapshot(contact, guid, phoneKey, read),
    })),
  ];
  return { records, isComplete: contacts !== null && contacts.length < EMBEDDED_CONTACTS };
}

/** A customer with all its contacts; null when there is none. One call, or as many as its contacts need. */
export async function readCustomer(ports: ReadPorts, guid: string): Promise<ObservedRecord[] | null> {
  try {
    const options = { purpose: PURPOSE, signal: ports.signal };
    const { record, readStartedAtMs } = await ports.unleashed.getCustomer(guid, options);
    const { records, isComplete } = customerRecords(ports, record, readStartedAtMs);
    const own = records.filter(({ topic }) => topic === 'unleashed.customer.v1');
    return isComplete ? records : [...own, ...(await readContacts(ports, guid))];
  } catch (error) {
    if (error instanceof UnleashedApiError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** All contacts of a customer that there is. */
export async function readContacts(ports: ReadPorts, customerGuid: string): Promise<ObservedRecord[]> {
  const { tenantId, phoneKey } = ports;
  const request = {
    resource: `Customers/${customerGuid}/Contacts`,
    parameters: [['pageSize', `${MAX_PAGE_SIZE}`]] as const,
  };
  const records: ObservedRecord[] = [];
  for await (const page of walkPages(ports.unleashed, request, { purpose: PURPOSE, signal: ports.signal })) {
    const read = { tenantId, readStartedAtMs: page.readStartedAtMs, readCause: CAUSE } as const;
    for (const contact of page.items) {
      const record = unleashedContactSnapshot(contact, customerGuid, phoneKey, read);
      records.push({ topic: 'unleashed.contact.v1', record });
    }
  }
  return records;
}
