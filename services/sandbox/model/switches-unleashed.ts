import { amount, choice, flag, type ValuesOf } from './switch-definition.ts';

/** Unknowns of the Unleashed API. The default is the most plausible setting, or the nastiest plausible one. */
export const unleashedSwitches = {
  checkSignature: flag('U1.5', 'false: signatures are not checked (for trying things by hand only).', true),
  signatureMessage: choice(
    'U1.7 to U1.10',
    'Which bytes the signature is compared with. `wire`: the query as it came, and every query that holds %3A, %40 or + is refused. `canonical`: the query with %3A, %40 and + turned into `:`, `@` and %20, so that a client that signs the raw text passes and one that signs the encoded text does not.',
    ['wire', 'canonical'],
  ),
  modifiedSinceInclusive: flag(
    'U4.5, U13.1',
    'true: a record modified exactly at modifiedSince is listed. false: only later ones.',
    false,
  ),
  modifiedSincePrecision: choice(
    'U4.5, U13.1',
    'Both sides of the comparison are cut down to a `second`, a `millisecond` or a `day`.',
    ['second', 'millisecond', 'day'],
  ),
  modifiedSinceOffsetAccepted: flag(
    'U13.1',
    'true: a modifiedSince with Z or an offset is taken. false: it is answered 400.',
    false,
  ),
  lateVisibleMs: amount(
    'U4.4',
    'Every seventh write carries a LastModifiedOn this much older than the moment at which it became visible. 0: never.',
    1000,
    0,
    600_000,
  ),
  contactEditBumpsCustomer: flag(
    'U4.8, U13.2',
    'true: adding, changing or deleting a contact moves the LastModifiedOn of its customer. false: it does not.',
    false,
  ),
  noopPostBumpsLastModified: flag(
    'U4.9, U13.3',
    'true: a POST that changes nothing moves LastModifiedOn. false: it does not.',
    true,
  ),
  noopPostFires: flag('U13.3', 'true: a POST that changes nothing fires customer.updated. false: it does not.', true),
  contactPutIsPartial: flag(
    'U6.13, U13.8',
    'true: fields left out of a contact PUT stay. false: they are blanked.',
    false,
  ),
  contactPostTakesClientGuid: flag(
    'U13.8',
    'true: a Guid in a contact POST becomes its id, and a second POST with it updates it. false: it is ignored and a new one is made.',
    true,
  ),
  contactNameUniqueEnforced: flag(
    'U7.2, U13.8',
    'true: a second contact of the same first and last name in a customer is answered 400. false: it is taken.',
    true,
  ),
  contactNamesRequired: choice(
    'U7.1, U7.7, U7.10',
    'A contact needs `any` of first name, last name and e-mail, `both` names, or `none` of them.',
    ['any', 'both', 'none'],
  ),
  customerPostEditsPrimaryContact: flag(
    'U5 ContactFirstName',
    'true: ContactFirstName, ContactLastName and Email of a customer are those of its default contact, in GET and in POST (left out: blanked). false: they are fields of their own.',
    true,
  ),
  updateStatus: choice('U6.9, U13.6', 'Status of a customer update.', [200, 201]),
  updateReturnsBody: flag('U6.9, U13.6', 'true: a write answers the record. false: it answers no body.', true),
  updateBodyShows: choice(
    'U6.9, U13.6',
    'The record that a write answers: as `stored`, or what was `sent` laid over it, whatever was stored.',
    ['stored', 'sent'],
  ),
  contactListPaged: flag(
    'U3.6',
    'true: the contact list is paged and has Pagination. false: all Items at once.',
    false,
  ),
  singleGetIncludesContacts: flag(
    'U5 Contacts, U6.3',
    'true: GET of one customer has Contacts (first 100). false: only with includeAllContacts=true.',
    true,
  ),
  codeChangeThroughPost: choice(
    'U5 CustomerCode, U13.11',
    'A POST with another CustomerCode: `refused` with 400, `ignored`, or `applied`.',
    ['refused', 'ignored', 'applied'],
  ),
  duplicateCodeStatus: choice('U6.10, U13.5', 'Status for a CustomerCode that another customer has.', [400, 409, 422]),
  badInputBody: choice(
    'U9.1, U13.5',
    'Body of a 400: `errors` {Description, errors:{field:[text]}}, `description` {Description}, `message` {Message}, or `empty`.',
    ['errors', 'description', 'message', 'empty'],
  ),
  readOnlyKeys: choice(
    'U5 CreatedOn',
    'CreatedOn, CreatedBy, LastModifiedOn, LastModifiedBy or CurrencyId in a POST: `refused` with an empty 500, or `ignored`.',
    ['refused', 'ignored'],
  ),
  unknownKeys: choice('U6.3', 'An unknown key in a POST: `ignored`, or `refused` with an empty 500.', [
    'ignored',
    'refused',
  ]),
  addressListReplaced: flag(
    'U5 Addresses, U13.9',
    'true: Addresses of a POST replace the whole list. false: they are merged by AddressType and AddressName, others stay.',
    true,
  ),
  omittedAddressesCleared: flag(
    'U6.1, U13.9',
    'true: a POST without Addresses clears the list. false: the list stays.',
    true,
  ),
  obsoleteSalesPersonAccepted: choice(
    'U8, U13.5',
    'An obsolete sales person in a customer POST: taken `whenUnchanged` (400 when newly set), `always`, or `never` (400).',
    ['whenUnchanged', 'always', 'never'],
  ),
  websiteRule: choice(
    'U5 Website, U7.4, U13.4',
    'Which websites are taken: `host` (www.x.com or http(s)://x.com), `absolute` (http(s):// needed) or `any`.',
    ['host', 'absolute', 'any'],
  ),
  emailRule: flag('U7.3, U13.4', 'true: an e-mail must be of valid form. false: any text.', true),
  lengths: choice(
    'U5 lengths, U13.4',
    'Text longer than the field: `refused` with 400, `cut` silently, or `unlimited`.',
    ['refused', 'cut', 'unlimited'],
  ),
  pageNumberQueryWorks: flag('U2, U13.12', 'true: ?pageNumber=n chooses the page. false: it has no effect.', false),
  pageZero: choice('U13.12', 'GET /Customers/0: `first` page, or `400`.', ['first', '400']),
  pageSizeAboveMax: choice('U3.3', 'pageSize above 1000: `clamped` to 1000, or `400`.', ['clamped', '400']),
  quotaBlockStatus: choice('U9.7, U13.7', 'Status when the monthly quota is used up.', [403, 429]),
  quotaBlockBody: choice('U9.7, U13.7', 'Body of a quota block: `description` or `empty` (as for a bad signature).', [
    'description',
    'empty',
  ]),
  retryAfterOn429: flag('U9.7', 'true: 429 carries Retry-After in seconds. false: it does not.', false),
  perMinuteLimit: amount('U9.8', 'Calls taken in any 60 s before 429. 0: no such limit.', 0, 0, 100_000),
  absentAfterCreateMs: amount(
    'U6.11',
    'A GET of a customer by GUID answers 404 for this long after its creation. 0: never.',
    250,
    0,
    600_000,
  ),
  webhookDataShape: choice(
    'U10.6',
    'data of a webhook: `alternating` between JSON text and object, always `text`, or always `object`.',
    ['alternating', 'text', 'object'],
  ),
  webhookDuplicateEvery: amount('U10.7', 'Every n-th webhook is delivered twice. 0: never.', 10, 0, 1_000_000),
  webhookJitterMs: amount(
    'U10.10',
    'Webhooks wait a random time up to this before delivery, so that they overtake each other. 0: sent at once, in order.',
    0,
    0,
    600_000,
  ),
  contactEditFires: flag('U10.9, U13.2', 'true: a contact edit fires customer.updated. false: it does not.', false),
  apiWritesFire: flag('U10.9', 'true: writes through the API fire webhooks too (echo). false: only people do.', true),
  webhookDisableAfterFailures: amount(
    'U10.8',
    'A subscription is switched off after this many failed deliveries in a row. 0: never.',
    0,
    0,
    1_000_000,
  ),
  webhookHttpsRequired: flag(
    'U10.1',
    'true: a notificationUrl must be https. false: http is taken too, for receivers on the same machine.',
    false,
  ),
  subscriptionListShape: choice('U2', 'GET of subscriptions answers a bare `array`, or `items` {Items:[…]}.', [
    'array',
    'items',
  ]),
} as const;

/** Values of the Unleashed switches. */
export type UnleashedSwitches = ValuesOf<typeof unleashedSwitches>;
