/** From records of the API to the snapshots that are published. Pure; throws MalformedRecordError and nothing else. */
import type { UnleashedContact, UnleashedCustomer, UnleashedSalesperson } from '#contracts';
import { childOf, guidOf, type JsonRecord, textOf } from '#runtime';
import { chooseAddress, chosenAddress } from './addresses.ts';
import { type ContactPhoneKey, contactValues } from './contact.ts';
import { companyValues } from './customer.ts';
import { parseDateMs } from './dates.ts';
import { MalformedRecordError } from './errors.ts';

/** Why a record was read, as it stands in a snapshot. */
export type ReadCause = 'hint' | 'poll' | 'sweep' | 'request';

/** How a record was read. */
export interface ReadContext {
  tenantId: string;
  /** Our clock when the request was sent, milliseconds. */
  readStartedAtMs: number;
  readCause: ReadCause;
}

/** Snapshot of a customer. */
export function customerSnapshot(customer: JsonRecord, context: ReadContext): UnleashedCustomer {
  const guid = guidOf(customer, 'Guid');
  demand('customer', guid, { Guid: guid });
  const { name, phone, website, accountManager } = companyValues(customer);
  const customerCode = textOf(customer, 'CustomerCode');
  demand('customer', guid, { CustomerCode: customerCode, CustomerName: name });
  const salesPerson = childOf(customer, 'SalesPerson') ?? {};
  return {
    tenantId: context.tenantId,
    guid,
    customerCode,
    obsolete: customer.Obsolete === true,
    deleted: false,
    name,
    phone,
    website,
    address: chosenAddress(customer),
    addressChoice: chooseAddress(customer).choice,
    salesPersonGuid: accountManager,
    salesPersonEmail: textOf(salesPerson, 'Email'),
    salesPersonName: textOf(salesPerson, 'FullName'),
    ...clockOf(customer),
    readStartedAtMs: context.readStartedAtMs,
    readCause: context.readCause,
  };
}

/** Snapshot of a customer that Unleashed no longer knows: all its values are blank. */
export function goneCustomerSnapshot(guid: string, context: ReadContext): UnleashedCustomer {
  const blank = customerSnapshot({ Guid: guid, CustomerCode: '-', CustomerName: '-' }, context);
  return { ...blank, customerCode: '', name: '', deleted: true };
}

/** Snapshot of a contact of a customer. */
export function contactSnapshot(
  contact: JsonRecord,
  customerGuid: string,
  phoneKey: ContactPhoneKey,
  context: ReadContext,
): UnleashedContact {
  const guid = guidOf(contact, 'Guid');
  demand('contact', guid, { Guid: guid });
  return {
    tenantId: context.tenantId,
    guid,
    customerGuid,
    deleted: false,
    ...contactValues(contact, phoneKey),
    isDefault: contact.IsDefault === true,
    // No clock was ever seen on a contact (U7.8); should there be one some day, it is taken.
    ...clockOf(contact),
    readStartedAtMs: context.readStartedAtMs,
    readCause: context.readCause,
  };
}

/** Snapshot of a contact that a complete list of its customer no longer has: all its values are blank. */
export function goneContactSnapshot(guid: string, customerGuid: string, context: ReadContext): UnleashedContact {
  const blank = contactSnapshot({ Guid: guid }, customerGuid, 'PhoneNumber', context);
  return { ...blank, deleted: true };
}

/** Snapshot of a sales person. */
export function salespersonSnapshot(salesPerson: JsonRecord, context: ReadContext): UnleashedSalesperson {
  const guid = guidOf(salesPerson, 'Guid');
  demand('sales person', guid, { Guid: guid });
  return {
    tenantId: context.tenantId,
    guid,
    name: textOf(salesPerson, 'FullName'),
    email: textOf(salesPerson, 'Email'),
    obsolete: salesPerson.Obsolete === true,
    ...clockOf(salesPerson),
    readStartedAtMs: context.readStartedAtMs,
    readCause: context.readCause,
  };
}

function clockOf(record: JsonRecord): { sourceUpdatedAtMs: number | null; sourceUpdatedBy: string | null } {
  const by = textOf(record, 'LastModifiedBy');
  return { sourceUpdatedAtMs: parseDateMs(record.LastModifiedOn), sourceUpdatedBy: by === '' ? null : by };
}

function demand(kind: string, guid: string, values: Record<string, string>): void {
  for (const [key, value] of Object.entries(values)) {
    if (value.trim() === '') throw new MalformedRecordError(kind, key, guid);
  }
}
