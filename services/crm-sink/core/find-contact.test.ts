import { expect, test } from 'vitest';
import type { JsonRecord } from '#runtime';
import { contactGuid, markerOf } from '#sync-core';
import { findAlike, findOrigin, type Wanted } from './find-contact.ts';

const wanted: Wanted = { firstName: 'Ann', lastName: 'Smith', email: 'Ann@b.c', phone: '', mobile: '', fax: '' };
const one = (changes: JsonRecord): JsonRecord => ({
  ContactId: 1,
  StatusFlag: 'A',
  AlternateReference: '',
  ...changes,
});
const annByMail = one({ Email: ' ann@B.C ' });
const annByName = one({ ContactId: 2, Forename: 'ann', Surname: 'SMITH' });

test.each<[string, JsonRecord[], JsonRecord | null]>([
  ['none', [], null],
  ['the same address, whatever its case', [annByMail], annByMail],
  ['the same name', [annByName], annByName],
  ['the same address before the same name', [annByName, annByMail], annByMail],
  [
    'a nickname with the same address',
    [one({ Email: 'ann@b.c', Forename: 'Annie', Surname: 'Smith' })],
    one({ Email: 'ann@b.c', Forename: 'Annie', Surname: 'Smith' }),
  ],
  [
    'someone else at the same address: people share mailboxes',
    [one({ Email: 'ann@b.c', Forename: 'Bob', Surname: 'Jones' })],
    null,
  ],
  [
    'two with the same address, one of them by name',
    [annByMail, { ...annByName, Email: 'ann@b.c' }],
    { ...annByName, Email: 'ann@b.c' },
  ],
  ['two with the same name', [annByName, { ...annByName, ContactId: 3 }], null],
  ['a deleted one', [{ ...annByMail, StatusFlag: 'D' }], null],
  ['one that belongs to another contact of Unleashed', [{ ...annByMail, AlternateReference: 'unleashed:x' }], null],
])('%s', (_name, siblings, expected) => {
  expect(findAlike(siblings, wanted)).toEqual(expected);
});

test('whom the contact of Unleashed was made for is found by its GUID, whatever it is called by now', () => {
  const command = { tenantId: 't', marker: markerOf(contactGuid('t', '2')) };
  const renamed = one({ ContactId: 2, Forename: 'Nell', Surname: 'Fox' });
  expect(findOrigin([annByMail, renamed], command)).toBe(renamed);
  expect(findOrigin([annByMail, renamed], { ...command, tenantId: 'u' })).toBeNull();
  expect(findOrigin([annByMail], command)).toBeNull();
  expect(findOrigin([{ ...renamed, StatusFlag: 'D' }], command)).toBeNull();
  expect(findOrigin([{ ...renamed, AlternateReference: 'unleashed:x' }], command)).toBeNull();
});

test('nobody is alike to nobody', () => {
  const nobody: Wanted = { firstName: '', lastName: ' ', email: '', phone: '1', mobile: '', fax: '' };
  expect(findAlike([one({ Email: null, Forename: null, Surname: '' })], nobody)).toBeNull();
});
