import { amount, choice, flag, type ValuesOf } from './switch-definition.ts';

/** Unknowns of the CRM API. The default is the most plausible setting, or the nastiest plausible one. */
export const crmSwitches = {
  keyGetShape: choice(
    'P2.2',
    'A GET by key answers `array`: {value:[record]}, or `object`: the bare record. Clients must take both.',
    ['array', 'object'],
  ),
  keyGetAbsent: choice('P2.2', 'A GET by an absent key answers `empty`: {value:[]}, or `404`.', ['empty', '404']),
  postShape: choice('P2.9', 'A POST answers `object`: the bare record, or `array`: {value:[record]}.', [
    'object',
    'array',
  ]),
  maxPageSize: amount('P2.5, P8.1', 'Most records in one page, whatever $top asks for.', 500, 1, 5000),
  defaultPageSize: amount('P2.5, P8.1', 'Records in one page when $top is absent.', 500, 1, 5000),
  nextLink: flag(
    'P2.5, P8.1',
    'true: a page that the server cut short has @odata.nextLink. false: none ever; only $skip finds the rest.',
    true,
  ),
  stringCompare: choice('P2.6', 'Text comparison in $filter: `ignoreCase` (as the usual SQL collation) or `exact`.', [
    'ignoreCase',
    'exact',
  ]),
  filterNamesIgnoreCase: flag('P2.6', 'true: property names in $filter are found without case. false: exact.', true),
  postDrops: choice(
    'P2.12',
    'Fields silently dropped by POST though PATCH takes them: `some` (Website and AccountManager of a Division; Fax and MobilePhoneNumber of a Contact), `markers` (those, AlternateReference and Source too), or `none`.',
    ['some', 'markers', 'none'],
  ),
  lengths: choice('P2.13', 'Text longer than SqlWidth: `refused` with 400, or `cut` silently to the width.', [
    'refused',
    'cut',
  ]),
  timestampPrecision: choice(
    'P3 time stamps, P8.4',
    'Digits kept in LastUpdatedTimestamp: `microsecond`, `millisecond` or `second`.',
    ['microsecond', 'millisecond', 'second'],
  ),
  noopPatchBumps: flag(
    'P3 time stamps, P8.4',
    'true: a PATCH that changes no value still moves LastUpdatedTimestamp. false: it does not.',
    true,
  ),
  noopPatchFires: flag('P5, P8.5', 'true: a PATCH that changes no value still fires the change event.', true),
  addressChangeBumpsDivision: flag(
    'P3 time stamps',
    'true: a change of an Address moves the LastUpdatedTimestamp of its Division or Contact and fires its event. false: only its own.',
    false,
  ),
  contactChangeBumpsDivision: flag(
    'P3 time stamps',
    'true: a change of a Contact moves the LastUpdatedTimestamp of its Division. false: only its own.',
    false,
  ),
  softDeleteBumps: flag(
    'P3 time stamps, P8.4',
    'true: a soft delete moves LastUpdatedTimestamp. false: it does not.',
    true,
  ),
  softDeleteFires: flag('P5, P8.5', 'true: a soft delete fires a Delete event. false: no event.', true),
  lateVisibleMs: amount(
    'P8.4',
    'Every seventh write carries a time stamp this much older than the moment at which it became visible, as a transaction that takes its stamp at the start and commits late. 0: never.',
    1500,
    0,
    600_000,
  ),
  retryAfterOn429: flag('P1.6', 'true: 429 carries Retry-After in seconds. false: it does not.', false),
  contactAccountsIdWritable: flag(
    'P3 Contact, P8.6',
    'true: a PATCH of Contact.AccountsId is kept. false: it is ignored without an error, as a computed field.',
    false,
  ),
  ledgerAccountsIdWritable: flag(
    'P8.6',
    'true: a PATCH of SalesLedger.AccountsId is kept. false: it is ignored without an error.',
    true,
  ),
  syncFieldHashWritten: flag(
    'P3 Contact, P8.6',
    'true: the server renews SyncFieldHash of a Division or Contact when its fields change. false: it stays as it is.',
    true,
  ),
  accountsIdWrittenByServer: flag(
    'P8.6',
    'true: a write on a SalesLedger whose AccountsId is blank makes the server fill in the GUID of the Unleashed customer of the same code. false: it stays blank.',
    false,
  ),
  webhookPayloadShape: choice(
    'P5, P8.5',
    'Body of a change event: `ids` {WebhookId, EntityType, Action, EntityId}; `record` (those and Data, the whole record); `entityOnly` {EntityType, EntityId}; `list` (an array with one `ids` object).',
    ['ids', 'record', 'entityOnly', 'list'],
  ),
  webhookDuplicateEvery: amount('P5, P8.5', 'Every n-th change event is delivered twice. 0: never.', 20, 0, 1_000_000),
  webhookJitterMs: amount(
    'P5, P8.5',
    'Change events wait a random time up to this before delivery, so that they overtake each other. 0: sent at once, in order.',
    0,
    0,
    600_000,
  ),
  apiWritesFire: flag(
    'P5, P8.9',
    'true: writes through the API fire change events too (echo). false: only people do.',
    true,
  ),
  boundActionsWork: flag(
    'P1.8',
    'true: bound actions (Restore) take effect. false: they answer 200 with 0 and do nothing, as on the read-only host.',
    false,
  ),
} as const;

/** Values of the CRM switches. */
export type CrmSwitches = ValuesOf<typeof crmSwitches>;
