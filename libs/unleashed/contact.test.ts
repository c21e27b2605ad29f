import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ContactValues, contactBody, contactName, contactValues, newContactBody } from './contact.ts';
import { SAMPLE_CONTACT_GUID, sampleContact } from './sample-records.ts';

test('the six fields are read; the phone number from where the tenant keeps it', () => {
  const values = { firstName: 'Ann', lastName: 'Smith', email: 'ann@acme.example', mobile: '021 1', fax: '' };
  expect(contactValues(sampleContact(), 'PhoneNumber')).toEqual({ ...values, phone: '09 1' });
  expect(contactValues(sampleContact(), 'OfficePhone')).toEqual({ ...values, phone: '09 999 0000' });
});

test('an update sends the whole contact, and nothing that is not on the list (U6.13)', () => {
  const contact = sampleContact({ LastModifiedOn: '/Date(1)/', Strange: 1 });
  expect(contactBody(contact, { phone: '1', fax: '2', email: '' }, 'PhoneNumber')).toEqual(
    sampleContact({ PhoneNumber: '1', FaxNumber: '2', EmailAddress: null }),
  );
  expect(contactBody(contact, { phone: '1' }, 'OfficePhone')).toEqual(sampleContact({ OfficePhone: '1' }));
});

test('property: an update with no change alters nothing', () => {
  const text = fc.oneof(fc.constantFrom(null, ''), fc.string({ unit: 'grapheme' }));
  const contact = fc.record({ FirstName: text, LastName: text, PhoneNumber: text, FaxNumber: text, Notes: text });
  fc.assert(
    fc.property(contact, (changes) => {
      const record = sampleContact(changes);
      expect(contactBody(record, contactValues(record, 'PhoneNumber'), 'PhoneNumber')).toEqual(record);
    }),
  );
});

test('a new contact carries the GUID that we chose and only what is not blank', () => {
  const values: ContactValues = { firstName: 'A', lastName: '', email: 'a@b.c', phone: '', mobile: '1', fax: '' };
  expect(newContactBody(SAMPLE_CONTACT_GUID, values, 'PhoneNumber')).toEqual({
    Guid: SAMPLE_CONTACT_GUID,
    FirstName: 'A',
    EmailAddress: 'a@b.c',
    MobilePhone: '1',
  });
});

test('names are compared trimmed and regardless of case, first and last apart (U7.2)', () => {
  expect(contactName({ firstName: ' ANN', lastName: 'smith ' })).toBe(
    contactName({ firstName: 'Ann', lastName: 'Smith' }),
  );
  expect(contactName({ firstName: 'Ann Smith', lastName: '' })).not.toBe(
    contactName({ firstName: 'Ann', lastName: 'Smith' }),
  );
});
