/**
 * Why a record or field is as it is: stable codes, each with a sentence for people and what to do about it.
 *
 * Codes are part of the contract with whoever reads the topics: they are added, never renamed. Codes that come from a sink
 * (what an API answered) pass through unchanged and are listed here too.
 */

/** What a code means to a person. */
export interface Reason {
  /** One sentence that says what is the case. */
  readonly sentence: string;
  /** What someone can do about it; empty when nothing is needed. */
  readonly action: string;
}

/** Every reason code. */
export const REASONS = {
  ok: { sentence: 'Nothing more to say.', action: '' },
  'in-sync': { sentence: 'Both sides show the same.', action: '' },
  noted: { sentence: 'The record was noted; nothing depends on it now.', action: '' },
  'no-change': { sentence: 'The record shows what was known already.', action: '' },
  'first-alignment': { sentence: 'The two records were joined and compared for the first time.', action: '' },
  edited: { sentence: 'The value was edited on one side.', action: '' },
  'filled-blank': { sentence: 'The other side was blank and is filled.', action: '' },
  'both-edited': {
    sentence: 'Both sides changed the field; the policy decided and the losing value is kept.',
    action: 'Restore the losing value if the decision was not what you want.',
  },
  'overwritten-by-write': {
    sentence: 'An edit was made in the moment of our write and replaced by it; the value is kept.',
    action: 'Restore the losing value if it was the right one.',
  },
  'awaiting-answer': {
    sentence: 'Both sides changed the field and the policy is to ask.',
    action: 'Choose which value stays.',
  },
  restored: {
    sentence: 'A person brought this value back; it counts as an edit of that person.',
    action: '',
  },
  answered: { sentence: 'A person chose which value stays.', action: '' },
  'no-question': { sentence: 'There is no open question about the field.', action: 'Load the page again.' },
  'field-unknown': { sentence: 'The record has no such field.', action: 'Check the name of the field.' },
  'already-linked': {
    sentence: 'The Unleashed contact belongs to another contact of the CRM.',
    action: 'Choose another contact.',
  },
  'no-company-known': {
    sentence: "The contact's company was not read yet.",
    action: 'Wait for the next catch-up, or have the company read now.',
  },
  'alignment-pending': {
    sentence: 'The two records differ and the first alignment was not approved yet.',
    action: 'Look at the plan and approve it.',
  },
  'advanced-ledgers': {
    sentence: 'Two-way sync is not available for a CRM with advanced ledgers.',
    action: 'Work without advanced ledgers and say so in the tenants file, or leave two-way sync off.',
  },
  'address-ambiguous': {
    sentence: 'Several addresses are marked default in Unleashed.',
    action: 'Mark one address as the default one; the address flows from then on.',
  },
  'address-missing': {
    sentence: 'There is no main address to write to.',
    action: 'Give the company a main address in the CRM.',
  },
  'parent-missing': {
    sentence: 'The company that the contact would be made under is not there.',
    action: 'Look at the company for the reason.',
  },
  'role-unknown': {
    sentence: 'The CRM does not know the role code that new contacts are given.',
    action: 'Choose a role code of the CRM in the Settings Centre.',
  },
  'command-invalid': {
    sentence: 'The order could not be understood by the service that writes.',
    action: 'Run the same version of every service; report it if it stays.',
  },
  'manager-unknown': {
    sentence: 'The account manager is nobody that was read yet.',
    action: 'Wait for the next read of users and sales people.',
  },
  'manager-without-salesperson': {
    sentence: 'The account manager has no matching sales person in Unleashed.',
    action: 'Choose a user with a sales person, or add a sales person with the same e-mail address in Unleashed.',
  },
  'salesperson-without-user': {
    sentence: 'The sales person has no matching user in the CRM.',
    action: 'Add a user with the same e-mail address, or store the id of the sales person on the user.',
  },
  'manager-ambiguous': {
    sentence: 'Several people on the other side could be the account manager.',
    action: 'Give each of them an e-mail address of their own.',
  },
  'user-not-ticked': {
    sentence: 'The user is not ticked as account manager in the CRM.',
    action: 'Tick Account Manager on the user.',
  },
  'user-obsolete': { sentence: 'The user is obsolete in the CRM.', action: 'Choose another account manager.' },
  'salesperson-obsolete': {
    sentence: 'The sales person is obsolete in Unleashed.',
    action: 'Choose another account manager.',
  },
  'person-matched': { sentence: 'The user and the sales person are the same human being.', action: '' },
  'person-unmatched': {
    sentence: 'Nobody on the other side matches by id, e-mail address or unique name.',
    action: 'Give both the same e-mail address if they are the same human being.',
  },
  'person-told-apart': { sentence: 'People are matched, never written.', action: '' },
  'overnight-fix': {
    sentence: 'The overnight fix set the account manager to the one in Unleashed.',
    action: 'Restore the former account manager if that was wrong.',
  },
  'no-manager-in-unleashed': {
    sentence: 'Unleashed names no sales person; the account manager of the CRM stays.',
    action: 'Set the sales person in Unleashed if there should be one.',
  },
  'several-operating-companies': {
    sentence: 'Two-way sync is not available for a CRM with several operating companies.',
    action: 'Keep all companies in one operating company, or leave two-way sync off.',
  },
  'setting-needs-account-managers': {
    sentence: 'The overnight fix needs the syncing of account managers.',
    action: 'Switch on the syncing of account managers first.',
  },
  'not-shown': {
    sentence: 'The value was written and did not show afterwards; it is tried once more.',
    action: '',
  },
  'timer-fired': { sentence: 'A time that was waited for has come.', action: '' },
  'own-write-late': {
    sentence: 'A write of ours came late and brought an old value back; the newer one is written again.',
    action: 'Restore the old value if somebody had set it by hand.',
  },
  'own-write': { sentence: 'The value is one that this sync wrote; it is not an edit.', action: '' },
  'write-under-way': {
    sentence: 'A write for the record is under way; this is looked at when it is answered.',
    action: '',
  },
  'older-read': { sentence: 'The record was read before something newer that is known already.', action: '' },
  'read-again': {
    sentence: 'The record was read around the time of our own write; it is read again before anything is decided.',
    action: '',
  },
  'sync-off': { sentence: 'Two-way sync is switched off.', action: 'Switch it on in the Settings Centre.' },
  'tenant-removed': {
    sentence: 'The tenant was removed: nothing is read or written for it.',
    action: 'Add it again to go on; what was known of its records and its settings was kept.',
  },
  'field-off': {
    sentence: 'The syncing of this field is switched off.',
    action: 'Switch it on in the Settings Centre.',
  },
  'side-paused': { sentence: 'Writing to that side is paused for this tenant.', action: 'Resume it.' },
  'entity-paused': { sentence: 'Writing records of this kind is paused for this tenant.', action: 'Resume it.' },
  'record-paused': { sentence: 'This record is paused.', action: 'Resume it.' },
  'breaker-held': {
    sentence: 'Held by the breaker: it is one of too many records that change at once.',
    action: 'Look at it under Plans, and release or refuse it.',
  },
  'breaker-refused': {
    sentence: 'A person refused the mass change that this value came with; it stays on its side only.',
    action: 'Release it if it should flow after all, or edit the value again.',
  },
  'nothing-held': {
    sentence: 'Nothing of the record is held.',
    action: 'Load the page again.',
  },
  'plan-outdated': {
    sentence: 'The record has changed since the plan was made.',
    action: 'Make the plan again to see what would be written now.',
  },
  'lane-deferred': {
    sentence: 'The other system cannot be written to right now; it is tried again by itself.',
    action: '',
  },
  'awaiting-turn': { sentence: 'The write waits for its turn.', action: '' },
  'no-account': {
    sentence: 'The company has no ERP account.',
    action: 'Connect the company to an Unleashed account.',
  },
  'no-customer': {
    sentence: 'The ERP account has no customer in Unleashed that is known.',
    action: 'Check the account code, or wait for the next import.',
  },
  'no-company': {
    sentence: 'No company of the CRM is connected to this Unleashed customer.',
    action: 'Set the sales ledger on the company in the CRM.',
  },
  'not-default-company': {
    sentence: 'Several companies share the account and another one is its default company.',
    action: 'Make this company the default of the account if it should take part.',
  },
  'no-default-company': {
    sentence: 'Several companies share the account and none is its default company.',
    action: 'Choose the default company of the account.',
  },
  'ambiguous-code': {
    sentence: 'Several Unleashed customers have the account code.',
    action: 'Store the customer id on the account, or make the codes different.',
  },
  'account-closed': {
    sentence: 'The ERP account is closed.',
    action: 'Open the account again if it should take part.',
  },
  'account-duplicate': {
    sentence: 'The ERP account is flagged as a duplicate.',
    action: 'Resolve the duplicate on the sales ledger.',
  },
  'private-customer': { sentence: 'The account is a private customer (B2C).', action: '' },
  'customer-obsolete': {
    sentence: 'The customer is obsolete in Unleashed.',
    action: 'Make the customer active again if it should take part.',
  },
  'deleted-in-crm': {
    sentence: 'The record is deleted in the CRM.',
    action: 'Restore it there if it should take part.',
  },
  'deleted-in-unleashed': { sentence: 'The record is deleted in Unleashed.', action: '' },
  'match-ambiguous': {
    sentence: 'Contacts of the CRM look like this one, and none is it without doubt.',
    action: 'Say which one it is, or have it made in the CRM.',
  },
  'merged-in-crm': { sentence: 'The record was merged into another one in the CRM.', action: '' },
  'company-not-synced': {
    sentence: 'The company of the contact does not take part.',
    action: 'See the company for the reason.',
  },
  'contact-elsewhere': {
    sentence: 'The contact belongs to different companies on the two sides.',
    action: 'Move the contact to the right company on one side.',
  },
  'not-in-target': { sentence: 'The record exists on one side only and is made on the other.', action: '' },
  'not-in-unleashed': {
    sentence: 'The contact was made in the CRM and is not in Unleashed.',
    action: 'Press Sync to Unleashed if it should be there.',
  },
  'contact-without-name': {
    sentence: 'The contact has no first or last name.',
    action: 'Give the contact a first and a last name.',
  },
  'creation-settling': { sentence: 'The record is new; its counterpart may be on the way.', action: '' },
  'too-long': {
    sentence: 'The value is longer than the other side allows.',
    action: 'Shorten the value; it flows once it fits.',
  },
  'invalid-value': {
    sentence: 'The other side does not allow this value.',
    action: 'Correct the value; it flows once it is valid.',
  },
  'not-translatable': { sentence: 'The value has no form on the other side.', action: 'Correct the value.' },
  'deadline-passed': { sentence: 'The write came too late to begin and is ordered again.', action: '' },
  'no-answer': {
    sentence: 'The write was not answered in time; the record is read to see what became of it.',
    action: '',
  },
  'fate-unknown': {
    sentence: 'It is not known whether the write took effect; the record is read to find out.',
    action: '',
  },
  'setting-changed': { sentence: 'The settings changed before the write began.', action: '' },
  paused: { sentence: 'A pause came before the write began.', action: '' },
  'target-missing': { sentence: 'The record is no longer there on the other side.', action: '' },
  'target-deleted': { sentence: 'The record is deleted on the other side.', action: '' },
  unsendable: {
    sentence: 'The other system refuses the record without saying why.',
    action: 'Look at the record there; try again after it was corrected.',
  },
  'rate-limited': { sentence: 'The other system asked to slow down.', action: '' },
  'quota-spent': { sentence: 'The call budget is spent.', action: 'Wait for it to renew, or buy more calls.' },
  unavailable: { sentence: 'The other system did not answer.', action: '' },
  'credentials-refused': {
    sentence: 'The other system refuses the credentials.',
    action: 'Check the credentials of the tenant.',
  },
  'nonsense-answer': { sentence: 'The other system gave an answer that makes no sense.', action: '' },
  'name-taken': {
    sentence: 'A contact with this first and last name exists already.',
    action: 'Use the existing contact, or change the name.',
  },
  'other-field-drift': {
    sentence: 'A field that is not synced changed during the write.',
    action: 'Look at the record in Unleashed.',
  },
  'setting-accepted': { sentence: 'The settings were changed.', action: '' },
  'setting-stale': {
    sentence: 'The settings changed since the page was loaded.',
    action: 'Load the page again and repeat the change.',
  },
  'setting-unknown': { sentence: 'There is no such setting.', action: 'Check the name of the setting.' },
  'setting-invalid': { sentence: 'The value is not one the setting takes.', action: 'Check the value.' },
  'setting-not-available': { sentence: 'The option is not available yet.', action: '' },
  'request-accepted': { sentence: 'The request was accepted.', action: '' },
  'request-repeated': { sentence: 'The request was answered before.', action: '' },
  'request-unknown': { sentence: 'There is no such kind of request.', action: 'Check the kind of the request.' },
  'record-unknown': { sentence: 'The record is not known.', action: 'Check the id, or wait until it was read.' },
  'already-there': { sentence: 'The contact is in Unleashed already.', action: '' },
  'outcome-late': { sentence: 'The answer came after the write was given up; what it shows was taken in.', action: '' },
  'outcome-unasked': { sentence: 'The answer belongs to no known write.', action: '' },
} as const satisfies Record<string, Reason>;

/** A stable reason code. */
export type ReasonCode = keyof typeof REASONS;

/** What a code means; a code that this version does not know is said to be so. */
export function reasonOf(code: string): Reason {
  const known: Record<string, Reason> = REASONS;
  return known[code] ?? { sentence: `Reason ${code}, which this version does not know.`, action: '' };
}
