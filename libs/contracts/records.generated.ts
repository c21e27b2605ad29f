// Generated from schemas/ by `npm run schemas:types`. Do not edit.

/** An address row of the CRM (Address). Blank text is the empty string. */
export interface CrmAddress {
  /** AddressLine1, at most 100 characters. */
  line1: string;
  /** AddressLine2, at most 100 characters. */
  line2: string;
  /** AddressLine3, by convention the town, at most 100 characters. */
  line3: string;
  /** AddressLine4, by convention the county or region, at most 100 characters. */
  line4: string;
  /** AddressLine5, at most 100 characters. */
  line5: string;
  /** Postcode, at most 20 characters. */
  postcode: string;
  /** Country, at most 100 characters. */
  country: string;
}

/** The ERP account (SalesLedger) of the company. */
export interface CrmAccount {
  /** SalesLedger.SalesLedgerId, the key on Division. */
  salesLedgerId: string;
  /** SalesLedger.AccountsId: GUID of the Unleashed customer, lower case. Empty when the CRM has none stored. */
  accountsId: string;
  /** SalesLedger.CustomerCode: the account code. Empty when not told. */
  customerCode: string;
  /** SalesLedger.Closed: the account is not active. */
  closed: boolean;
  /** SalesLedger.Duplicate: flagged by the CRM's duplicate detection. */
  duplicate: boolean;
  /** SalesLedger.IsB2C. */
  isB2C: boolean;
  /** SalesLedger.DefaultDivisionId as text: the company that takes part when several share the account; null when not set. */
  defaultDivisionId: string | null;
}

/** Snapshot of a company of the CRM (API: Division; the page calls it Company), published by crm-capture. A full snapshot of the synced fields and of what decides whether the record takes part; never a delta. Key: tenantId/company/divisionId. */
export interface CrmCompany {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Division.DivisionId as text: identity of the company in the CRM. */
  divisionId: string;
  /** Division.CompanyId as text: the company group above it. Empty when not told. */
  companyId: string;
  /** Division.OperatingCompanyCode, one letter. */
  operatingCompanyCode: string;
  /** Division.StatusFlag: A is active, D is deleted (soft). Empty when not told. */
  statusFlag: string;
  /** True when the record is deleted (StatusFlag D) or no longer there. */
  deleted: boolean;
  /** DivisionId this record was merged into; null when not merged. */
  mergedWith: string | null;
  /** Division.IsB2C: a private customer, not a business. */
  isB2C: boolean;
  /** Division.Name, at most 250 characters. */
  name: string;
  /** Division.PhoneNumber, at most 50 characters. */
  phone: string;
  /** Division.Website, at most 250 characters. */
  website: string;
  /** Division.AccountManager: UserCode of three characters. Empty when none. */
  accountManager: string;
  /** Division.AddressId as text: the main address row; null when there is none. */
  addressId: string | null;
  /** The main address; null when there is none or when it could not be read. */
  address: CrmAddress | null;
  /** The ERP account connected to the company; null when there is none. */
  account: CrmAccount | null;
  /** The CRM's own clock (LastUpdatedTimestamp), milliseconds since the epoch; null when the CRM gave none. */
  sourceUpdatedAtMs: number | null;
  /** CRM user that made the last change (LastUpdatedByUserId); null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** Snapshot of a contact of the CRM, published by crm-capture. Key: tenantId/contact/contactId. */
export interface CrmContact {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Contact.ContactId as text. */
  contactId: string;
  /** Contact.DivisionId as text: the company (API: Division) that the contact belongs to. */
  divisionId: string;
  /** Contact.StatusFlag: A is active, D is deleted (soft). */
  statusFlag: string;
  /** True when the record is deleted or no longer there. */
  deleted: boolean;
  /** ContactId this record was merged into; null when not merged. */
  mergedWith: string | null;
  /** Contact.Forename, at most 100 characters. */
  firstName: string;
  /** Contact.Surname, at most 100 characters. */
  lastName: string;
  /** Contact.Email, at most 254 characters. */
  email: string;
  /** Contact.PhoneNumber, at most 50 characters. */
  phone: string;
  /** Contact.MobilePhoneNumber, at most 50 characters. */
  mobile: string;
  /** Contact.Fax, at most 50 characters. */
  fax: string;
  /** Contact.AccountsId: GUID of the Unleashed contact if the CRM stores one, lower case; else empty. */
  accountsId: string;
  /** Contact.AlternateReference: where a contact made by this sync carries its marker (unleashed:GUID); else whatever stands there. */
  marker: string;
  /** The CRM's own clock (LastUpdatedTimestamp), milliseconds since the epoch; null when the CRM gave none. */
  sourceUpdatedAtMs: number | null;
  /** CRM user that made the last change (LastUpdatedByUserId); null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** Snapshot of a user of the CRM, published by crm-capture. Key: tenantId/user/userCode. */
export interface CrmUser {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** User.UserCode, three characters. */
  userCode: string;
  /** User.UserName. */
  name: string;
  /** User.EmailAddress. */
  email: string;
  /** User.AccountManager: the tick box that allows the user as account manager. */
  accountManager: boolean;
  /** User.Obsolete. */
  obsolete: boolean;
  /** User.AccountsId: GUID of the Unleashed sales person if the CRM stores one, lower case; else empty. */
  accountsId: string;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** An address of an Unleashed customer. Blank text is the empty string. */
export interface UnleashedAddress {
  /** Postal, Physical or Shipping. */
  addressType: string;
  /** AddressName. */
  addressName: string;
  /** StreetAddress. */
  street: string;
  /** StreetAddress2. */
  street2: string;
  /** Suburb; the town may stand here or in city. */
  suburb: string;
  /** City. */
  city: string;
  /** Region. */
  region: string;
  /** PostalCode. */
  postalCode: string;
  /** Country, a name. */
  country: string;
}

/** Snapshot of a customer of Unleashed, published by unleashed-connector. Part of the standard feed: published whether two-way sync is on or off. Key: tenantId/customer/guid. */
export interface UnleashedCustomer {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Customer.Guid, lower case. */
  guid: string;
  /** Customer.CustomerCode: the account code. */
  customerCode: string;
  /** Customer.Obsolete: not active. */
  obsolete: boolean;
  /** True when Unleashed no longer knows the customer. */
  deleted: boolean;
  /** CustomerName, at most 500 characters. */
  name: string;
  /** PhoneNumber. */
  phone: string;
  /** Website. */
  website: string;
  /** The default address: the one marked IsDefault, else the Physical, else the Postal one; null when there is none. */
  address: UnleashedAddress | null;
  /** How address was chosen: default (one is marked), only (there is one), type (by type), ambiguous (two are marked default), none. */
  addressChoice: string;
  /** SalesPerson.Guid, lower case; empty when none. */
  salesPersonGuid: string;
  /** SalesPerson.Email; empty when none. */
  salesPersonEmail: string;
  /** SalesPerson.FullName; empty when none. */
  salesPersonName: string;
  /** Unleashed's own clock (LastModifiedOn), milliseconds since the epoch; null when the record has none (contacts have no clock). */
  sourceUpdatedAtMs: number | null;
  /** LastModifiedBy; null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** Snapshot of a contact of an Unleashed customer, published by unleashed-connector. Contacts have no clock of their own. Key: tenantId/contact/guid. */
export interface UnleashedContact {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Contact.Guid, lower case. */
  guid: string;
  /** Guid of the customer that the contact belongs to, lower case. */
  customerGuid: string;
  /** True when a complete list of the customer's contacts no longer has it. */
  deleted: boolean;
  /** FirstName. */
  firstName: string;
  /** LastName. */
  lastName: string;
  /** EmailAddress. */
  email: string;
  /** PhoneNumber, or OfficePhone where the tenant keeps it there. */
  phone: string;
  /** MobilePhone. */
  mobile: string;
  /** FaxNumber. */
  fax: string;
  /** IsDefault: the primary contact. */
  isDefault: boolean;
  /** Unleashed's own clock (LastModifiedOn), milliseconds since the epoch; null when the record has none (contacts have no clock). */
  sourceUpdatedAtMs: number | null;
  /** LastModifiedBy; null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** Snapshot of a sales person of Unleashed. Key: tenantId/salesperson/guid. */
export interface UnleashedSalesperson {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Guid, lower case. */
  guid: string;
  /** FullName, at most 256 characters. */
  name: string;
  /** Email, unique in the account, at most 256 characters. */
  email: string;
  /** Obsolete. */
  obsolete: boolean;
  /** Unleashed's own clock (LastModifiedOn), milliseconds since the epoch; null when the record has none (contacts have no clock). */
  sourceUpdatedAtMs: number | null;
  /** LastModifiedBy; null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock, milliseconds since the epoch (UTC), when the request that read this record was sent. What the source shows is at least this fresh. */
  readStartedAtMs: number;
  /** Why the record was read: event (a change event named it), hint (a webhook of Unleashed named it), catch-up (by time stamp after downtime or at an interval), poll (by modifiedSince), sweep (walk over all records, for those without a clock), request (a person asked). */
  readCause: string;
}

/** A tenant as configured, without secrets, published by control-api from the tenants file and the store of tenants that people added. Compacted; a tombstone means removed. Key: tenantId/tenant. */
export interface Tenant {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Name for people. */
  name: string;
  /** IANA time zone. */
  timeZone: string;
  /** Base URL of the CRM's API. */
  prospectBaseUrl: string;
  /** Base URL of Unleashed's API. */
  unleashedBaseUrl: string;
  /** Unleashed API calls allowed per calendar month (UTC). */
  monthlyCalls: number;
  /** Wanted seconds between polls of Unleashed. */
  pollSeconds: number;
  /** The tenant works with advanced ledgers, as the tenants file says: two-way sync is not available. */
  advancedLedgers: boolean;
  /** Where people open a record in the CRM's pages, with {entity}, {kind}, {id}, {parentId} and {code} to fill in; empty when not known. */
  prospectRecordUrl: string;
  /** The same for Unleashed's pages. */
  unleashedRecordUrl: string;
  /** Settings to begin with when the tenant has none yet: setting name to value. */
  initialSettings: Record<string, string> | null;
  /** When this version of the configuration was published, our clock. */
  configuredAtMs: number;
  /** Where it is configured: file (the tenants file) or console (added by a person). */
  managedBy: string;
}

/** One order that would be given. */
export interface PlanItem {
  /** Kind of the request. */
  kind: string;
  /** company or contact. */
  entity: string;
  /** The side that recordId belongs to, and that a value is restored on. */
  side: string;
  /** Id of the record at that side. */
  recordId: string;
  /** For restore and answer: the synced field. */
  field: string | null;
  /** For restore: the value to bring back. */
  value: string | null;
  /** Fingerprint of what the record showed. */
  seen: string;
  /** ok, or why the order is not given: stable reason code. */
  code: string;
  /** Fields that would be written in the CRM. */
  crmWrites: number;
  /** Fields that would be written in Unleashed. */
  unleashedWrites: number;
  /** Calls of the CRM that it would cost. */
  crmCalls: number;
  /** Calls of Unleashed that it would cost. */
  unleashedCalls: number;
}

/** A part of a plan: a plan comes in as many parts as its items need. */
export interface PlanPart {
  /** What it does: the kind of its orders. */
  kind: string;
  /** What it is about, for people. */
  title: string;
  /** Number of this part, from 0. */
  part: number;
  /** How many parts there are. A plan of which a part is missing is not shown. */
  parts: number;
  /** The items of this part, in order. */
  items: PlanItem[];
}

/** What a person (or the tenants file) orders, written by control-api; the processor decides on it in the tenant's order. Key: tenantId/request/requestId. */
export interface Request {
  /** Identity of the request, chosen by the writer; a repeated one is answered once. */
  requestId: string;
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** set-settings (change settings), sync-contact (make this CRM contact in Unleashed), use-existing (join this CRM contact to the Unleashed contact targetId), make-in-crm (make this Unleashed contact in the CRM although others there look like it), restore (bring back value on the side named), answer (the value of the side named wins an open question), pause, resume, retry, read (look at a record now), run-overnight (fix account managers now, or that of one company), align (align this record although the first alignment is held), release (write what the breaker holds of this record), refuse (leave it unwritten), plan (a part of a plan), approve-plan, pause-plan, resume-plan, cancel-plan, check-drift (compare both sides with what the sync knows), observe (read a record and publish it, whether it is known or not). */
  kind: string;
  /** Who asked: a user name, or tenants-file. */
  requestedBy: string;
  /** When, our clock. */
  requestedAtMs: number;
  /** Version of the settings that the person saw; the request is refused when it is out of date. Null means whatever it is. */
  seenVersion: number | null;
  /** For set-settings: setting name to value (true, false or text). */
  settings: Record<string, string> | null;
  /** For requests about a record: company or contact. */
  entity: string | null;
  /** For requests about a record: the side that recordId belongs to; for pause and resume: the lane. */
  side: string | null;
  /** For requests about a record: its id at that side. */
  recordId: string | null;
  /** For restore and answer: the synced field. */
  field: string | null;
  /** For restore: the value that lost, in the form of its side. */
  value: string | null;
  /** For use-existing: id of the record at the other side. */
  targetId: string | null;
  /** For pause of a side or a kind of record: why, in the words of who asked. */
  reason: string | null;
  /** The plan that the request makes, changes or carries out. */
  planId: string | null;
  /** Fingerprint of what the record showed when the order was planned; the request is refused when it shows something else. Null means whatever it shows. */
  seen: string | null;
  /** For approve-plan: numbers of the items that are left out. */
  leftOut: number[];
  /** For plan: the part. */
  plan: PlanPart | null;
}

/** What became of one field. */
export interface FieldOutcome {
  /** Name of the synced field. */
  field: string;
  /** written, already (showed the value before), changed (the target showed something else than expected: not written), refused, or unknown (may have been written). */
  result: string;
  /** Stable reason code; ok when there is nothing to say. */
  code: string;
  /** What the target showed before the write. */
  before: string;
  /** What was sent; empty when nothing was. */
  sent: string;
}

/** What the target showed for one field. */
export interface ShownField {
  /** Name of the synced field. */
  field: string;
  /** Value in the form of the target side. */
  value: string;
}

/** What became of a command, published by the sink that carried it out. Key: tenantId/entity/linkId. */
export interface Outcome {
  /** The command this answers. */
  commandId: string;
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Side that was to be written: crm or unleashed. */
  side: string;
  /** company or contact. */
  entity: string;
  /** Link that the command served. */
  linkId: string;
  /** applied (written, or nothing to write), refused (the target will not take it), superseded (not tried: settings, deadline or pause), deferred (not tried or failed for now: again at retryAtMs), unknown (sent, fate not known). */
  result: string;
  /** Stable reason code; ok when applied without remark. */
  code: string;
  /** A sentence for people; no secrets. Empty when there is nothing to say. */
  message: string;
  /** What the code is about: record, or lane (the whole side of this tenant: outage, quota, credentials). */
  scope: string;
  /** For deferred: not before this time, our clock. */
  retryAtMs: number | null;
  /** Identity of the record at the target, also for one just made or found. Empty when there is none. */
  targetId: string;
  /** Identity of its parent at the target; empty when none. */
  parentId: string;
  /** True when this command made the record. */
  created: boolean;
  /** One entry per field of the command. */
  fields: FieldOutcome[];
  /** All synced fields of the record as last read from the target; null when it was not read. */
  shown: ShownField[] | null;
  /** What the target showed right before a write that replaces the whole record, in the fields that the write did not order: it carries them along, and an edit that was made in between is undone, at once or when it comes late. Empty for other writes. */
  carried: ShownField[];
  /** A write of this command may take effect yet, whatever this outcome says: an earlier delivery had begun it and never answered, or what the target shows may as well be a person's. */
  mayComeLate: boolean;
  /** Our clock when the read of shown began; null without shown. */
  shownReadStartedAtMs: number | null;
  /** The target's own clock of the record as last read; null when it has none. */
  sourceUpdatedAtMs: number | null;
  /** When the sink began, our clock. */
  startedAtMs: number;
  /** When the sink was done, our clock. */
  finishedAtMs: number;
  /** API calls used. */
  calls: number;
}

/** One field that a command writes. */
export interface CommandField {
  /** Name of the synced field. */
  field: string;
  /** Value to write, in the form of the target side. */
  value: string;
  /** What the target showed when the command was made, in its own form: the sink writes the field only if it still shows this. */
  expected: string;
  /** What the other side showed, in its own form: becomes its half of the agreed pair. */
  source: string;
}

/** A write, a creation or a read that the processor orders on the CRM; carried out by crm-sink, which answers each with one outcome. Key: tenantId/entity/linkId. Same shape as the other command topic. */
export interface Command {
  /** Identity of the command: tenantId/entity/linkId#number. A repeated delivery has the same id. */
  commandId: string;
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Side that is written: crm or unleashed. */
  side: string;
  /** company or contact. */
  entity: string;
  /** Link that the command serves. */
  linkId: string;
  /** update (change fields), create (make the record, once), read (write nothing, report what is there). */
  op: string;
  /** Identity of the record at the target: DivisionId, ContactId or GUID. Empty for a creation whose id the target chooses. */
  targetId: string;
  /** Identity of the parent at the target: for a contact the DivisionId or the customer's GUID. Empty for companies. */
  parentId: string;
  /** For a creation: the mark that the record carries at the target so that it is found again. Else empty. */
  marker: string;
  /** Creation in the CRM: ContactIds that are alike and known to be somebody else; they are not taken for the contact. */
  notThese: string[];
  /** For the creation of a CRM contact: the required RoleCode. Else empty. */
  roleCode: string;
  /** Fields to write, at most one entry per field. Empty for op read. */
  fields: CommandField[];
  /** Version of the tenant's settings that allowed the command. The sink refuses it when the settings are newer and no longer allow it. */
  settingVersion: number;
  /** live, repair or backfill: in what order the call budget is given out. */
  priority: string;
  /** When the command was made, our clock. */
  issuedAtMs: number;
  /** No write begins after this time, our clock. */
  deadlineMs: number;
  /** 1 for the first try, counted per link and side. */
  attempt: number;
}

/** Where something came from: a record on a topic. */
export interface Origin {
  /** Topic name. */
  topic: string;
  /** Partition number. */
  partition: number;
  /** Offset in the partition. */
  offset: number;
}

/** What was decided about one field. Only fields with something to say are listed. */
export interface FieldDecision {
  /** Name of the synced field. */
  field: string;
  /** changed-crm, changed-unleashed, agreed, write-crm, write-unleashed, conflict-crm, conflict-unleashed, conflict-ask, blocked, not-taken (what was read is not believed). */
  verdict: string;
  /** Stable reason code. */
  reason: string;
  /** What the CRM shows, in its form; null when it was never seen. */
  crm: string | null;
  /** What Unleashed shows, in its form; null when it was never seen. */
  unleashed: string | null;
  /** The CRM half of the agreed pair before this step; null when there was none. */
  agreedCrm: string | null;
  /** The Unleashed half; null when there was none. */
  agreedUnleashed: string | null;
}

/** What the processor decided about one input record or timer, per field, and what followed. Each observation ends in exactly one decision. Key: tenantId/entity/linkId, or tenantId/tenant when it is about no single record. */
export interface Decision {
  /** topic/partition/offset of the cause, or timer/linkId/time. */
  decisionId: string;
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** company, contact, user, salesperson, setting, or tenant. */
  entity: string;
  /** Link that was decided on; empty when about none. */
  linkId: string;
  /** observation, outcome, request, tenant or timer. */
  cause: string;
  /** The record that caused it; null for a timer. */
  origin: Origin | null;
  /** Source time of the edit, by the source's clock; null when it has none. */
  sourceUpdatedAtMs: number | null;
  /** User of the source that made the edit, if known. */
  sourceUpdatedBy: string | null;
  /** The one time that the step used, our clock. */
  nowMs: number;
  /** Version of the tenant's settings in force; 0 when there are none yet. */
  settingVersion: number;
  /** unchanged, agreed, write, create, conflict, waiting, not-eligible, stale, read, settled, accepted, refused, retry, parked: what happened to the record as a whole. */
  verdict: string;
  /** Stable reason code that says why; ok when there is nothing more to say. */
  reason: string;
  /** Per field. */
  fields: FieldDecision[];
  /** Commands that this step issued for the link. */
  commandIds: string[];
  /** Conflicts that this step recorded. */
  conflictIds: string[];
}

/** The ledger: a value that lost, with the one that won. Key: tenantId/entity/linkId/field. */
export interface Conflict {
  /** tenantId/entity/linkId/field#number. */
  conflictId: string;
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** company or contact. */
  entity: string;
  /** The link. */
  linkId: string;
  /** Name of the synced field. */
  field: string;
  /** Policy that decided: latest, crm, unleashed or ask. */
  policy: string;
  /** Side whose value stays: crm or unleashed; none while open (ask). */
  winner: string;
  /** What the CRM showed, in its form. */
  crmValue: string;
  /** What Unleashed showed, in its form. */
  unleashedValue: string;
  /** The CRM half of the pair agreed before; null when the link was new. */
  agreedCrm: string | null;
  /** The Unleashed half; null when the link was new. */
  agreedUnleashed: string | null;
  /** When the CRM value was edited: source clock, else when it was first seen. */
  crmEditedAtMs: number | null;
  /** When the Unleashed value was edited: source clock, else when it was first seen. */
  unleashedEditedAtMs: number | null;
  /** CRM user, if known. */
  crmEditedBy: string | null;
  /** Unleashed user, if known. */
  unleashedEditedBy: string | null;
  /** Decision that recorded it. */
  decisionId: string;
  /** When, our clock. */
  decidedAtMs: number;
  /** Settings in force. */
  settingVersion: number;
}

/** A field whose value at this side cannot be told. */
export interface UnclearField {
  /** Name of the synced field. */
  field: string;
  /** Stable reason code, for example address-ambiguous. */
  code: string;
}

/** One side of a link. */
export interface LinkSide {
  /** Identity at that side: DivisionId, ContactId or GUID. */
  id: string;
  /** Identity of the parent at that side, for contacts; empty for companies. */
  parentId: string;
  /** Deleted or gone at that side. */
  deleted: boolean;
  /** False when it may not take part: obsolete, closed, merged, B2C, duplicate. */
  active: boolean;
  /** Stable reason code for active false; ok when active. */
  inactiveReason: string;
  /** For companies: the account code at that side. Else empty. */
  code: string;
  /** CRM side: GUID that the CRM stores for its counterpart. Else empty. */
  accountsId: string;
  /** CRM side: the marker that the record carries. Else empty. */
  marker: string;
  /** CRM company: the account's default company; null when not set. */
  defaultId: string | null;
  /** Our clock of the read that this state comes from. */
  readStartedAtMs: number;
  /** Source clock of the record; null when it has none. */
  sourceUpdatedAtMs: number | null;
  /** User that made the last change; null when not told. */
  sourceUpdatedBy: string | null;
  /** Our clock when our last write at that side was read back, or went out where it needs no read-back; null when we never wrote there. */
  confirmedAtMs: number | null;
  /** Fields whose value at this side cannot be told; they are left alone in both directions. Empty nearly always. */
  unclear: UnclearField[];
  /** OperatingCompanyCode of a company of the CRM; empty elsewhere. */
  operatingCompany: string;
}

/** The two forms that count as equal. */
export interface AgreedPair {
  /** CRM form. */
  crm: string;
  /** Unleashed form; null when it is the same text. */
  unleashed: string | null;
}

/** How the last conflict was decided, until both sides agree again. */
export interface SettledConflict {
  /** crm, unleashed, or none (ask). */
  winner: string;
  /** The value that lost, in the form of its side; empty for none. */
  loserValue: string;
}

/** A value that the other side does not take. */
export interface BlockedField {
  /** Side that does not take it. */
  side: string;
  /** The value that was not taken, in the form of the side that shows it. */
  value: string;
  /** Stable reason code. */
  code: string;
  /** What the API said, without secrets; may be empty. */
  message: string;
}

/** A value that a person wants back on one side, or that a late write of ours replaced there. */
export interface Restore {
  /** Side that it is written to; from there it flows like any edit. */
  side: string;
  /** The value, in the form of that side. */
  value: string;
  /** The request that asked for it; empty when a late write of ours is made good. */
  requestId: string;
}

/** State of one synced field. */
export interface LinkField {
  /** Name of the synced field. */
  field: string;
  /** The agreed pair; null when nothing is agreed yet. */
  agreed: AgreedPair | null;
  /** What the CRM shows; null when it shows its half of the agreed pair, or was never seen. */
  crm: string | null;
  /** What Unleashed shows; null when it shows its half of the agreed pair, or was never seen. */
  unleashed: string | null;
  /** When the CRM value was edited, if it differs from the agreed one. */
  crmEditedAtMs: number | null;
  /** When the Unleashed value was edited, if it differs from the agreed one. */
  unleashedEditedAtMs: number | null;
  /** Set while a decided conflict is being carried out; null otherwise. */
  settled: SettledConflict | null;
  /** Set while the field cannot flow; null otherwise. */
  blocked: BlockedField | null;
  /** Set until the side shows the value; null otherwise. */
  restore: Restore | null;
}

/** One field that a command writes. */
export interface InFlightField {
  /** Name of the synced field. */
  field: string;
  /** Value to write, in the form of the target side. */
  value: string;
  /** What the target showed when the command was made, in its own form: the sink writes the field only if it still shows this. */
  expected: string;
  /** What the other side showed, in its own form: becomes its half of the agreed pair. */
  source: string;
  /** The value is one that a person wants back: shown again, it counts as an edit of that person and flows on. */
  restores: boolean;
}

/** The one command under way for the link. */
export interface InFlightCommand {
  /** The command. */
  commandId: string;
  /** Target side. */
  side: string;
  /** update, create or read. */
  op: string;
  /** When it was made. */
  issuedAtMs: number;
  /** No write begins after this. */
  deadlineMs: number;
  /** Settings that allowed it. */
  settingVersion: number;
  /** Start of the newest read of the target that was known when it was made, our clock; what its answer shows was read later, whatever the clocks say. 0 when none was known. */
  knownReadAtMs: number;
  /** What it writes. */
  fields: InFlightField[];
}

/** A value that we sent and whose fate is not known, or that may yet take effect. */
export interface OwnWrite {
  /** Name of the synced field. */
  field: string;
  /** Side it was sent to. */
  side: string;
  /** What was sent, in the form of that side. */
  value: string;
  /** What the other side showed then. */
  source: string;
  /** The command. */
  commandId: string;
  /** Until when it is remembered, our clock. */
  untilMs: number;
  /** Not a value of the other side: a write of the whole record carried it along, or it was to be brought back. */
  carried: boolean;
}

/** When and why the link is tried again. */
export interface RetryPlan {
  /** Side that failed. */
  side: string;
  /** Tries so far. */
  attempt: number;
  /** Not before this time, our clock. */
  atMs: number;
  /** Stable reason code of the last failure. */
  code: string;
  /** What the API said, without secrets; may be empty. */
  message: string;
}

/** When a write to a side last began to be wanted, as the breaker counts it. */
export interface BegunWrite {
  /** Side that is to be written: crm or unleashed. */
  side: string;
  /** True: an edit of an agreed field was seen; false: a first alignment, a creation, a change of settings, an overnight run. */
  live: boolean;
  /** When, our clock. */
  atMs: number;
}

/** The agreed state of a pair of records, or of a record that waits for its counterpart. Compacted; the authority from which Redis is rebuilt. Unchanged values are written once: null means "as the agreed value". Key: tenantId/entity/linkId. */
export interface Link {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** company, contact, or person: a CRM user and the Unleashed sales person that stands for the same human being (read only, so that account managers can be told apart). */
  entity: string;
  /** u:GUID when the Unleashed record is known, else c:ID of the CRM record. */
  linkId: string;
  /** Counts up with every change of the link. */
  version: number;
  /** The CRM side; null when it is not known. */
  crm: LinkSide | null;
  /** The Unleashed side; null when it is not known. */
  unleashed: LinkSide | null;
  /** Synced fields in their fixed order. */
  fields: LinkField[];
  /** Null when none is under way. */
  inFlight: InFlightCommand | null;
  /** Values of ours whose fate is open, at most 64. */
  ownWrites: OwnWrite[];
  /** Null when nothing waits. */
  retry: RetryPlan | null;
  /** Side that must be read again before anything is decided: crm, unleashed, or both; null when none. */
  readSide: string | null;
  /** Number of the command that was under way when the read was asked for; its own answer may have been read before and does not count. 0 when none was. */
  readAfter: number;
  /** A person pressed Sync to Unleashed for this CRM contact, or had this Unleashed contact made in the CRM although others look like it. */
  createWanted: boolean;
  /** ContactIds of unpaired CRM contacts that look like this Unleashed contact, none of them without doubt; at most 10. */
  lookalikes: string[];
  /** This sync made the record on one side. */
  createdBySync: boolean;
  /** A person paused this record. */
  paused: boolean;
  /** Since when something waits to be written; null when nothing does. */
  dirtySinceMs: number | null;
  /** What the breaker counts of this record: at most one entry for each side. Empty where the tenant has too few records for a breaker. */
  begun: BegunWrite[];
  /** Number of the last command of the link. */
  commandNumber: number;
  /** Number of the last conflict of the link. */
  conflictNumber: number;
  /** Time of the step that made this version. */
  updatedAtMs: number;
}

/** What an overnight fix found. */
export interface OvernightRun {
  /** When it ran, our clock. */
  startedAtMs: number;
  /** Companies that take part. */
  compared: number;
  /** Companies whose account manager differed and is set to Unleashed's. */
  ordered: number;
  /** Companies whose account manager differs and cannot be set: each record says why. */
  stopped: number;
}

/** A pause of writing. */
export interface Pause {
  /** What is paused: writing to a side (crm, unleashed), or of a kind of record (company, contact). */
  what: string;
  /** Who ordered it: a user name, or alert-rule when many records failed. */
  by: string;
  /** When it was decided, our clock. */
  sinceMs: number;
  /** Why, in the words of who ordered it; empty when they gave none. */
  reason: string;
}

/** The settings of a tenant and whether a switch-off holds, published by the processor. Compacted. Key: tenantId/setting. */
export interface Setting {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Counts up with every change. */
  version: number;
  /** Enable Syncing between the CRM and your ERP system: one switch for companies and contacts. */
  enabled: boolean;
  /** Enable the syncing of Account Managers. */
  accountManagers: boolean;
  /** Fix incorrect Account Managers overnight. */
  accountManagersOvernight: boolean;
  /** Enable Syncing of Company Addresses between the CRM and your ERP system. */
  addresses: boolean;
  /** RoleCode given to contacts that are made in the CRM. */
  contactRoleCode: string;
  /** Who wins when both sides changed a field: latest, crm, unleashed or ask. */
  conflictPolicy: string;
  /** True when the state is in force: after a switch-off, when no command of an older version can write any more. */
  holds: boolean;
  /** Lanes that a person paused: crm, unleashed. */
  pausedSides: string[];
  /** Who made the last change. */
  changedBy: string;
  /** When it was decided, our clock. */
  changedAtMs: number;
  /** The request that changed it; empty for the first. */
  requestId: string;
  /** IANA time zone of the tenant, from its configuration, for example Pacific/Auckland; empty counts as UTC. */
  timeZone: string;
  /** As in the tenant's configuration: while it is true the sync cannot be switched on. */
  advancedLedgers: boolean;
  /** Hour of the local day, 0 to 23, at which the overnight fix begins. */
  overnightHour: number;
  /** When the overnight fix is due next, our clock; null when it is off. */
  overnightDueAtMs: number | null;
  /** The last run of the overnight fix; null before the first. */
  overnightLast: OvernightRun | null;
  /** Who wins a conflict of one field, where it differs from conflictPolicy: entity.field (company.phone) to latest, crm, unleashed or ask. */
  fieldPolicies: Record<string, string>;
  /** What happens to fields that differ when two records are joined for the first time: auto (as conflictPolicy says), hold (nothing is written until it is approved). */
  alignment: string;
  /** Whose value stays when two records are joined for the first time and both sides show another value of this field, where it differs from the policy for conflicts: entity.field (company.phone) to latest, crm, unleashed or ask. Blanks are filled in any case. */
  alignmentPolicies: Record<string, string>;
  /** The tenant was removed: nothing is written to either side until it is configured again. The other settings stay for then. */
  removed: boolean;
  /** Rules of the alerts where they differ from their defaults: rule (freshness) to off or a threshold in the rule's unit; pauseWhenFailing to on. */
  alertRules: Record<string, string>;
  /** The breaker: when more than this percentage of the linked records, and more than 50, begin to be written to one side within 15 minutes, the rest waits for approval. 100: there is no breaker. */
  breakerShare: number;
  /** Hour of the local day, 0 to 23, at which the nightly comparison of both sides begins; off: there is none; default: as the tenant's configuration says. */
  driftHour: string;
  /** Kinds of record that a person paused: company, contact. Neither side is written to for them. */
  pausedEntities: string[];
  /** Why pausedSides and pausedEntities are paused. One that is missing was paused by a version that did not note it. */
  pauses: Pause[];
}

/** How a lane (one tenant, one target side) stands, published by the processor when it changes. Compacted. Key: tenantId/lane/side. */
export interface Lane {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Target side: crm or unleashed. */
  side: string;
  /** open, deferred (waiting until deferredUntilMs), or probing (one command at a time until one succeeds). */
  state: string;
  /** For deferred: no command before this time, our clock. */
  deferredUntilMs: number | null;
  /** Why it is deferred: stable reason code; ok when open. */
  code: string;
  /** Consecutive deferrals. */
  failures: number;
  /** When it changed, our clock. */
  changedAtMs: number;
}

/** A record that could not be read, kept as it was. Key: topic/partition/offset of the record. */
export interface Quarantine {
  /** Topic it was on. */
  topic: string;
  /** Partition. */
  partition: number;
  /** Offset. */
  offset: number;
  /** Its key, as it was. */
  key: Buffer | null;
  /** Its value, as it was; at most 900 kB, cut off beyond. */
  value: Buffer | null;
  /** Stable error code. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** Service that found it. */
  service: string;
  /** When, our clock. */
  foundAtMs: number;
}

/** Where a topic ended after the snapshots were written. */
export interface TopicEnd {
  /** Name of the topic, without prefix. */
  topic: string;
  /** Offset that the next record of the tenant's partition got, or a later one. */
  offset: number;
}

/** How far a side of a tenant has been read, published by crm-capture and unleashed-connector when it moves or when reading fails, every five seconds at most. Compacted. Key: tenantId/progress/side. */
export interface Progress {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Side that is read: crm or unleashed. */
  side: string;
  /** Every edit made there before this moment, our clock, is in a snapshot below ends; null before everything was read once. */
  readUntilMs: number | null;
  /** Time after which readUntilMs moves on as long as nothing is in the way, milliseconds. */
  everyMs: number;
  /** Partition number that ends are about: that of the tenant when this was written. */
  partition: number;
  /** Whoever has taken in the snapshots below these offsets knows every edit made before readUntilMs. */
  ends: TopicEnd[];
  /** Why reading fails: stable error code; empty while it goes well. */
  troubleCode: string;
  /** Since when it fails, our clock; null while it goes well. */
  troubleSinceMs: number | null;
  /** Calls counted in the running month (Unleashed) or in the last ten minutes (CRM); null when that was not to be known. */
  usedCalls: number | null;
  /** Calls that the month or the ten minutes allow; null when that was not to be known. */
  limitCalls: number | null;
  /** Since when the month's calls are counted, our clock; null for the CRM. */
  countedSinceMs: number | null;
  /** When the month's count begins anew, our clock; null for the CRM. */
  resetsAtMs: number | null;
  /** When this was written, our clock. */
  sentAtMs: number;
}

/** How fresh a direction of a tenant is, published by control-api when it moves, every five seconds at most. Compacted. Key: tenantId/freshness/side. */
export interface Freshness {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Side that the edits were made on: crm (edits flow to Unleashed) or unleashed (edits flow to the CRM). */
  side: string;
  /** Every edit made on this side before this moment, our clock, is applied on the other side or explained: a decision says why it is not. Null while that is not known. */
  freshUntilMs: number | null;
  /** Every edit made on this side before this moment was read and decided on; null while that is not known. */
  readUntilMs: number | null;
  /** Records with an edit of this side that is neither applied nor explained yet. */
  waiting: number;
  /** When the oldest of them began to wait, or was edited as its side tells, whichever is earlier; null when none waits. */
  oldestWaitingMs: number | null;
  /** Time after which readUntilMs moves on as long as nothing is in the way, milliseconds. */
  everyMs: number;
  /** When this was found, our clock. */
  changedAtMs: number;
}

/** An incident of a tenant: that a rule of its alerts applies, and what came of it; published by control-api when it begins, when it is told of again and when it is over. Compacted. Key: tenantId/alert/rule/subject/firedAtMs; a tombstone forgets an old one. */
export interface Alert {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Rule that applies: freshness, failing, quota, credentials, unreadable or lane. */
  rule: string;
  /** What of the tenant it is about: crm, unleashed, or empty for all of it. */
  subject: string;
  /** firing or resolved. */
  state: string;
  /** What was measured last, in the unit of the rule. */
  value: number;
  /** From which value the rule applies, in the same unit. */
  threshold: number;
  /** Stable code that says more, for example of the error; empty for none. */
  detail: string;
  /** Since when the rule has applied without a break, our clock. */
  sinceMs: number;
  /** When the incident began: sinceMs and the time that the rule has to apply for. */
  firedAtMs: number;
  /** When it was over; null while it is not. */
  resolvedAtMs: number | null;
  /** When the webhook last took a notice of it; null when it never did. */
  toldAtMs: number | null;
  /** State that was told then: firing or resolved; empty for none. */
  toldState: string;
  /** Deliveries of the notice that is due that failed so far. */
  tries: number;
  /** Why the last delivery failed; empty when it did not. */
  lastError: string;
  /** A pause of the lane was ordered because of it. */
  pausedLane: boolean;
  /** When this was written, our clock. */
  changedAtMs: number;
}

/** How a check stands, or what it came to. */
export interface DriftReport {
  /** queued, comparing (pages of both APIs are read), confirming (what differs is given time and read again), finished, failed. */
  state: string;
  /** request (somebody ordered it) or nightly. */
  cause: string;
  /** Who ordered it: a user name; empty for nightly. */
  requestedBy: string;
  /** When it was ordered or fell due, our clock. */
  requestedAtMs: number;
  /** When its first page was read, our clock; null while queued. */
  startedAtMs: number | null;
  /** When this was written, our clock. */
  updatedAtMs: number;
  /** While confirming: when what still differs is read again, our clock. */
  confirmAtMs: number | null;
  /** When it ended, our clock; null before. */
  finishedAtMs: number | null;
  /** For failed: stable error code; else ok. */
  code: string;
  /** For failed: why, for people; else empty. */
  message: string;
  /** Companies that were read, both sides counted. */
  companies: number;
  /** Contacts that were read, both sides counted. */
  contacts: number;
  /** Records that are read in all, as far as is known: for a progress bar; 0 when nothing is known. */
  expected: number;
  /** Values that are as the sync knows them, of records that are in sync. */
  equal: number;
  /** Values that were left out because an edit or a write of them is on its way, or was until they were read again. */
  inFlight: number;
  /** What is not the same for a known reason, by stable reason code: fields, or whole records where the reason is the record's. */
  explained: Record<string, number>;
  /** Differences that were confirmed; each is a record of this topic. */
  differences: number;
  /** Differences that were not looked at again because there were too many; another check finds them. */
  unconfirmed: number;
  /** The differences by kind. */
  kinds: Record<string, number>;
  /** Calls of the CRM's API that the check made. */
  crmCalls: number;
  /** Calls of Unleashed's API that the check made. */
  unleashedCalls: number;
}

/** What one side shows and the sync does not know, confirmed by two more reads. */
export interface DriftDifference {
  /** edit-missed (edited there, and no read brought it), not-as-known (it shows another value although its clock names no edit since the last read), record-unknown (there, and never read), record-gone (linked, and no longer there), contact-twice (two contacts of the CRM carry the mark of one creation). */
  kind: string;
  /** company or contact. */
  entity: string;
  /** The link that it is about; for a record that is not known the id that its link will have. */
  linkId: string;
  /** The side that shows it: crm or unleashed. */
  side: string;
  /** Id of the record at that side. */
  recordId: string;
  /** Id at that side of the record that it belongs to; empty for a company. */
  parentId: string;
  /** The synced field; for what is about the record as a whole: record. */
  field: string;
  /** What the record is called, to be shown. */
  name: string;
  /** What the side shows, in its form; null for nothing. */
  shown: string | null;
  /** What the sync knows of that side; null for nothing. */
  known: string | null;
  /** The agreed pair, the CRM's half; null when nothing was agreed. */
  agreedCrm: string | null;
  /** The agreed pair, Unleashed's half. */
  agreedUnleashed: string | null;
  /** Time of the record's last change by the clock of its side; null when it has none. */
  sourceUpdatedAtMs: number | null;
  /** When the sync last read that side of the record, our clock; null for never. */
  knownReadAtMs: number | null;
  /** When this check first saw it, our clock. */
  firstSeenAtMs: number;
  /** When it was last read and still so, our clock. */
  confirmedAtMs: number;
  /** What is safe to order: read (the record is read by the sync and merged as ever), observe (the record is read and published, since the sync does not know it), none (a person has to correct it). */
  repair: string;
  /** Calls that the repair may cost, a write that follows from it included. */
  repairCalls: number;
}

/** Comparisons of both sides with what the sync knows, written by drift-checker: for each check one report, replaced while it goes on, and one record for each difference. Compacted; the checks of a tenant that are older than its last 30 are taken away. Keys: tenantId/drift/checkId for the report, tenantId/drift/checkId/number for a difference. */
export interface Drift {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** Identity of the check: the id of the request that ordered it, or nightly- and its time. */
  checkId: string;
  /** 0 for the report; differences count from 1. */
  number: number;
  /** For number 0. */
  report: DriftReport | null;
  /** For all others. */
  difference: DriftDifference | null;
}

/** How a tenant stood at a moment, published by control-api every five minutes for the charts of a day and a month. Compacted, and bounded: places are used again, so that a key holds the last that was written to its place. Key: tenantId/sample/span/place. */
export interface Sample {
  /** Tenant the record belongs to: one CRM workspace with one Unleashed account. Same id as in the tenants file. */
  tenantId: string;
  /** What the sample is one of: day (one for each five minutes of a day, 288 places) or month (one for each day of UTC, 40 places; written again until the day is over). */
  span: string;
  /** When it was taken, our clock. */
  atMs: number;
  /** How far freshUntilMs of edits of the CRM was behind atMs, milliseconds; null while that was not known. */
  crmLagMs: number | null;
  /** The same of edits of Unleashed. */
  unleashedLagMs: number | null;
  /** Records with an edit of the CRM that was neither applied nor explained. */
  crmWaiting: number;
  /** The same of edits of Unleashed. */
  unleashedWaiting: number;
  /** Records that failed; null while that was not known. */
  failing: number | null;
  /** Calls of Unleashed counted in the month that ran; null when that was not to be known. */
  usedCalls: number | null;
  /** Calls that the month allowed; null when that was not to be known. */
  limitCalls: number | null;
}

/** The record type of each topic. */
export interface TopicRecords {
  'crm.company.v1': CrmCompany;
  'crm.contact.v1': CrmContact;
  'crm.user.v1': CrmUser;
  'unleashed.customer.v1': UnleashedCustomer;
  'unleashed.contact.v1': UnleashedContact;
  'unleashed.salesperson.v1': UnleashedSalesperson;
  'sync.tenant.v1': Tenant;
  'sync.request.v1': Request;
  'sync.outcome.v1': Outcome;
  'sync.command.crm.v1': Command;
  'sync.command.unleashed.v1': Command;
  'sync.decision.v1': Decision;
  'sync.conflict.v1': Conflict;
  'sync.link.v1': Link;
  'sync.setting.v1': Setting;
  'sync.lane.v1': Lane;
  'sync.quarantine.v1': Quarantine;
  'sync.progress.v1': Progress;
  'sync.freshness.v1': Freshness;
  'sync.alert.v1': Alert;
  'sync.drift.v1': Drift;
  'sync.sample.v1': Sample;
}
