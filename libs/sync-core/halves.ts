/** What a snapshot says about one half of a link, and the values that it shows. */
import {
  type CrmCompany,
  type CrmContact,
  type CrmUser,
  crmAddressValue,
  type Entity,
  type Field,
  type LinkSide,
  type Side,
  type UnleashedContact,
  type UnleashedCustomer,
  type UnleashedSalesperson,
  unleashedAddressValue,
} from '#contracts';
import type { ObservedRecord } from './events.ts';
import type { ReasonCode } from './reasons.ts';

/** One half as a read shows it. */
export interface Observed {
  entity: Entity;
  side: Side;
  half: LinkSide;
  shown: ReadonlyMap<Field, string>;
}

interface Read {
  readStartedAtMs: number;
  sourceUpdatedAtMs?: number | null;
  sourceUpdatedBy?: string | null;
}

function half(
  read: Read,
  id: string,
  inactive: ReasonCode | null,
  deleted: boolean,
  keys: Partial<Pick<LinkSide, 'parentId' | 'code' | 'accountsId' | 'marker' | 'defaultId'>>,
): LinkSide {
  return {
    id,
    parentId: keys.parentId ?? '',
    deleted,
    active: inactive === null,
    inactiveReason: inactive ?? 'ok',
    code: keys.code ?? '',
    accountsId: keys.accountsId ?? '',
    marker: keys.marker ?? '',
    defaultId: keys.defaultId ?? null,
    readStartedAtMs: read.readStartedAtMs,
    sourceUpdatedAtMs: read.sourceUpdatedAtMs ?? null,
    sourceUpdatedBy: read.sourceUpdatedBy ?? null,
    confirmedAtMs: null,
    unclear: [],
    operatingCompany: '',
  };
}

/** A deleted record shows nothing: its snapshot is blank because there is nothing to read, not because it was cleared. */
const NOTHING: ReadonlyMap<Field, string> = new Map();

/** A company of the CRM. */
export function crmCompany(record: CrmCompany): Observed {
  const { account } = record;
  const keys = {
    code: account === null ? '' : account.customerCode || account.salesLedgerId,
    accountsId: account?.accountsId ?? '',
    defaultId: account?.defaultDivisionId ?? null,
  };
  const shown = new Map<Field, string>([
    ['name', record.name],
    ['phone', record.phone],
    ['website', record.website],
    ['address', crmAddressValue(record.address)],
    ['accountManager', record.accountManager],
  ]);
  const gone = record.deleted;
  return {
    entity: 'company',
    side: 'crm',
    half: {
      ...half(record, record.divisionId, whyInactive(record), gone, keys),
      operatingCompany: gone ? '' : record.operatingCompanyCode,
    },
    shown: gone ? NOTHING : shown,
  };
}

function whyInactive(record: CrmCompany): ReasonCode | null {
  if (record.mergedWith !== null) return 'merged-in-crm';
  if (record.deleted) return 'deleted-in-crm';
  if (record.account === null) return 'no-account';
  if (record.account.closed) return 'account-closed';
  if (record.account.duplicate) return 'account-duplicate';
  return record.isB2C || record.account.isB2C ? 'private-customer' : null;
}

/** A customer of Unleashed. */
export function unleashedCustomer(record: UnleashedCustomer): Observed {
  const inactive = record.deleted ? 'deleted-in-unleashed' : record.obsolete ? 'customer-obsolete' : null;
  const shown = new Map<Field, string>([
    ['name', record.name],
    ['phone', record.phone],
    ['website', record.website],
    ['address', unleashedAddressValue(record.address)],
    ['accountManager', record.salesPersonGuid],
  ]);
  const customer = half(record, record.guid, inactive, record.deleted, { code: record.customerCode });
  const unclear = record.addressChoice === 'ambiguous' ? [{ field: 'address', code: 'address-ambiguous' }] : [];
  return {
    entity: 'company',
    side: 'unleashed',
    half: { ...customer, unclear },
    shown: record.deleted ? NOTHING : shown,
  };
}

function contactValues(record: CrmContact | UnleashedContact): ReadonlyMap<Field, string> {
  if (record.deleted) return NOTHING;
  return new Map<Field, string>([
    ['firstName', record.firstName],
    ['lastName', record.lastName],
    ['email', record.email],
    ['phone', record.phone],
    ['mobile', record.mobile],
    ['fax', record.fax],
  ]);
}

/** A contact of the CRM. */
export function crmContact(record: CrmContact): Observed {
  const inactive = record.mergedWith !== null ? 'merged-in-crm' : record.deleted ? 'deleted-in-crm' : null;
  const keys = { parentId: record.divisionId, accountsId: record.accountsId, marker: record.marker };
  const side = half(record, record.contactId, inactive, record.deleted, keys);
  return { entity: 'contact', side: 'crm', half: side, shown: contactValues(record) };
}

/** A contact of an Unleashed customer. */
export function unleashedContact(record: UnleashedContact): Observed {
  const inactive = record.deleted ? 'deleted-in-unleashed' : null;
  const side = half(record, record.guid, inactive, record.deleted, { parentId: record.customerGuid });
  return { entity: 'contact', side: 'unleashed', half: side, shown: contactValues(record) };
}

/** A user of the CRM; stands for the sales person whose id, e-mail address or name is the same. */
export function crmUser(record: CrmUser): Observed {
  const inactive = record.obsolete ? 'user-obsolete' : record.accountManager ? null : 'user-not-ticked';
  const side = half(record, record.userCode, inactive, record.obsolete, { accountsId: record.accountsId });
  return { entity: 'person', side: 'crm', half: side, shown: personValues(record) };
}

/** A sales person of Unleashed. */
export function unleashedSalesperson(record: UnleashedSalesperson): Observed {
  const inactive = record.obsolete ? 'salesperson-obsolete' : null;
  const side = half(record, record.guid, inactive, record.obsolete, {});
  return { entity: 'person', side: 'unleashed', half: side, shown: personValues(record) };
}

function personValues(record: CrmUser | UnleashedSalesperson): ReadonlyMap<Field, string> {
  return new Map<Field, string>([
    ['name', record.name],
    ['email', record.email],
  ]);
}

/** What a snapshot shows, whatever topic it is of. */
export function observedHalf(observed: ObservedRecord): Observed {
  if (observed.topic === 'crm.company.v1') return crmCompany(observed.record);
  if (observed.topic === 'crm.contact.v1') return crmContact(observed.record);
  if (observed.topic === 'unleashed.customer.v1') return unleashedCustomer(observed.record);
  if (observed.topic === 'unleashed.contact.v1') return unleashedContact(observed.record);
  if (observed.topic === 'crm.user.v1') return crmUser(observed.record);
  return unleashedSalesperson(observed.record);
}
