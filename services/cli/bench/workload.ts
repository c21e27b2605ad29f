/**
 * What the processor's benches work on: companies that are linked and agreed on both sides, and snapshots that edit them.
 * Made by counting, without a clock or random numbers, so that every run and the baseline get the same bytes.
 */
import { type CrmCompany, type Link, linkKey, snapshotKey, type Tenant, type UnleashedCustomer } from '#contracts';
import { createTenantState, step } from '#sync-core';

/** How much there is. */
export interface WorkloadSize {
  /** Links, spread evenly over the tenants. */
  readonly links: number;
  readonly tenants: number;
}

/** One company on both sides. */
export interface CompanyPlace {
  readonly tenantId: string;
  /** Number of the link, from 0. */
  readonly index: number;
  readonly divisionId: string;
  readonly guid: string;
  /** Key of its link. */
  readonly linkKey: string;
}

/** A snapshot and where it goes. */
export type Snapshot = { readonly key: string; readonly tenantId: string } & (
  | { readonly topic: 'crm.company.v1'; readonly record: CrmCompany }
  | { readonly topic: 'unleashed.customer.v1'; readonly record: UnleashedCustomer }
);

/** When all reads of the made-up connectors began; each snapshot is read a millisecond after the one before. */
const FIRST_READ_MS = 1_790_000_000_000;
/** The same of the snapshots of a run: later than all single edits. */
const FIRST_RUN_READ_MS = FIRST_READ_MS + 60_000_000;
/** Of ten snapshots of a link this many show what the one before showed. */
const NO_OPS_IN_TEN = 3;

/** Tenant number n. */
export function tenantIdOf(index: number): string {
  return `tenant-${String(index).padStart(6, '0')}`;
}

/** Where a link is: link n belongs to tenant n modulo the number of tenants. */
export function placeOf(index: number, { tenants }: WorkloadSize): CompanyPlace {
  const tenantId = tenantIdOf(index % tenants);
  const guid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return {
    tenantId,
    index,
    divisionId: String(10_000 + index),
    guid,
    linkKey: linkKey(tenantId, 'company', `u:${guid}`),
  };
}

/** A tenant's configuration: sync on, nothing else said. */
export function tenantRecord(tenantId: string): Tenant {
  return {
    tenantId,
    name: tenantId,
    timeZone: 'UTC',
    prospectBaseUrl: 'https://crm.invalid',
    unleashedBaseUrl: 'https://unleashed.invalid',
    monthlyCalls: 40_000,
    pollSeconds: 300,
    advancedLedgers: false,
    prospectRecordUrl: '',
    unleashedRecordUrl: '',
    initialSettings: { enabled: 'true', breakerShare: '100' },
    configuredAtMs: FIRST_READ_MS,
    managedBy: 'file',
  };
}

/** The phone number that a link shows in its n-th state; 0 is that on which both sides agree at first. */
export function phoneOf(index: number, state: number): string {
  return `+44 20 ${String(index).padStart(7, '0')} ${String(state).padStart(5, '0')}`;
}

/** Which state a link's n-th snapshot shows: three of ten show the one before again. */
export function stateAt(round: number): number {
  const rest = round % 10;
  return Math.floor(round / 10) * (10 - NO_OPS_IN_TEN) + Math.max(0, rest - Math.floor((rest * NO_OPS_IN_TEN) / 10));
}

/** A snapshot of the CRM's side. */
export function crmSnapshot(place: CompanyPlace, phone: string, readStartedAtMs: number): CrmCompany {
  const { tenantId, index, divisionId, guid } = place;
  return {
    tenantId,
    divisionId,
    companyId: divisionId,
    operatingCompanyCode: 'A',
    statusFlag: 'A',
    deleted: false,
    mergedWith: null,
    isB2C: false,
    name: nameOf(index),
    phone,
    website: websiteOf(index),
    accountManager: '',
    addressId: `A${divisionId}`,
    address: {
      line1: `${index} Wharf Road, Building ${index % 40}`,
      line2: 'Enterprise Park East, deliveries round the back of the hall',
      line3: 'Kingston upon Thames',
      line4: 'Surrey',
      line5: '',
      postcode: 'KT1 2AB',
      country: 'United Kingdom',
    },
    account: {
      salesLedgerId: `L${divisionId}`,
      accountsId: guid,
      customerCode: codeOf(index),
      closed: false,
      duplicate: false,
      isB2C: false,
      defaultDivisionId: divisionId,
    },
    sourceUpdatedAtMs: readStartedAtMs - 1_000,
    sourceUpdatedBy: '12',
    readStartedAtMs,
    readCause: 'event',
  };
}

/** A snapshot of Unleashed's side. */
export function unleashedSnapshot(place: CompanyPlace, phone: string, readStartedAtMs: number): UnleashedCustomer {
  const { tenantId, index, guid } = place;
  return {
    tenantId,
    guid,
    customerCode: codeOf(index),
    obsolete: false,
    deleted: false,
    name: nameOf(index),
    phone,
    website: websiteOf(index),
    address: {
      addressType: 'Physical',
      addressName: 'Main delivery address',
      street: `${index} Wharf Road, Building ${index % 40}`,
      street2: 'Enterprise Park East, deliveries round the back',
      suburb: 'Riverside Quarter',
      city: 'Kingston upon Thames',
      region: 'Surrey',
      postalCode: 'KT1 2AB',
      country: 'United Kingdom',
    },
    addressChoice: 'default',
    salesPersonGuid: '',
    salesPersonEmail: '',
    salesPersonName: '',
    sourceUpdatedAtMs: readStartedAtMs - 1_000,
    sourceUpdatedBy: 'accounts@example.com',
    readStartedAtMs,
    readCause: 'poll',
  };
}

/** Snapshot number n of a run: link after link, links with an even number edited in the CRM, the others in Unleashed. */
export function snapshotAt(at: number, size: WorkloadSize): Snapshot {
  const index = at % size.links;
  const round = Math.floor(at / size.links) + 1;
  return snapshotOf(placeOf(index, size), size, phoneOf(index, stateOf(index, round)), FIRST_RUN_READ_MS + at);
}

/** An edit of link n by itself, before any run: for the latency of single edits. */
export function editAt(at: number, size: WorkloadSize): Snapshot & { readonly linkKey: string } {
  const place = placeOf(at % size.links, size);
  const edited = snapshotOf(place, size, `${phoneOf(place.index, 0)} edited ${at}`, FIRST_READ_MS + 1_000 + at);
  return { ...edited, linkKey: place.linkKey };
}

function snapshotOf(place: CompanyPlace, { tenants }: WorkloadSize, phone: string, readStartedAtMs: number): Snapshot {
  const { tenantId, divisionId, guid } = place;
  return Math.floor(place.index / tenants) % 2 === 0
    ? {
        topic: 'crm.company.v1',
        tenantId,
        key: snapshotKey(tenantId, 'company', divisionId),
        record: crmSnapshot(place, phone, readStartedAtMs),
      }
    : {
        topic: 'unleashed.customer.v1',
        tenantId,
        key: snapshotKey(tenantId, 'customer', guid),
        record: unleashedSnapshot(place, phone, readStartedAtMs),
      };
}

/** Of the first n snapshots, how many show nothing new. */
export function countNoOps(snapshots: number, size: WorkloadSize): number {
  let count = 0;
  for (let at = 0; at < snapshots; at++) {
    const index = at % size.links;
    const round = Math.floor(at / size.links) + 1;
    if (stateOf(index, round) === stateOf(index, round - 1)) count += 1;
  }
  return count;
}

/** The state that a link shows in a round; links begin at different places of the ten, so that a short run has its share. */
function stateOf(index: number, round: number): number {
  return stateAt(round + (index % 10)) - stateAt(index % 10);
}

/** What the core stores of a tenant that was configured, and of a link whose both sides were read and agree. */
export function agreedState(place: CompanyPlace) {
  const { tenantId } = place;
  const state = createTenantState(tenantId, { links: [], setting: null, lanes: [] });
  const origin = { topic: 'sync.tenant.v1', partition: 0, offset: 0 };
  const configured = step(state, { kind: 'tenant', record: tenantRecord(tenantId), origin }, FIRST_READ_MS);
  const phone = phoneOf(place.index, 0);
  const crm = crmSnapshot(place, phone, FIRST_READ_MS);
  const unleashed = unleashedSnapshot(place, phone, FIRST_READ_MS);
  step(state, { kind: 'observation', topic: 'crm.company.v1', record: crm, origin }, FIRST_READ_MS);
  const paired = step(
    state,
    { kind: 'observation', topic: 'unleashed.customer.v1', record: unleashed, origin },
    FIRST_READ_MS,
  );
  const link = paired.links.get(place.linkKey);
  if (configured.setting === null || link == null || link.dirtySinceMs !== null) {
    throw new Error('the made-up company is not agreed on both sides');
  }
  return { setting: configured.setting, link };
}

/** Makes links like `pattern`, which is that of `from`: a million times the core would take a minute. */
export function linkLike(pattern: Link, from: CompanyPlace, to: CompanyPlace): Link {
  const text = JSON.stringify(pattern)
    .replaceAll(from.guid, to.guid)
    .replaceAll(from.tenantId, to.tenantId)
    .replaceAll(`"${from.divisionId}"`, `"${to.divisionId}"`)
    .replaceAll(codeOf(from.index), codeOf(to.index))
    .replaceAll(nameOf(from.index), nameOf(to.index))
    .replaceAll(websiteOf(from.index), websiteOf(to.index))
    .replaceAll(phoneOf(from.index, 0), phoneOf(to.index, 0))
    .replaceAll(
      `${from.index} Wharf Road, Building ${from.index % 40}`,
      `${to.index} Wharf Road, Building ${to.index % 40}`,
    );
  return JSON.parse(text) as Link;
}

const codeOf = (index: number): string => `CUST${String(index).padStart(7, '0')}`;
const nameOf = (index: number): string => `Company ${String(index).padStart(7, '0')} Trading Ltd`;
const websiteOf = (index: number): string =>
  `https://www.company-${String(index).padStart(7, '0')}.example/en-gb/contact-us?office=head-office&team=accounts`;
