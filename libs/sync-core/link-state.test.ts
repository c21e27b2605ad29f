import { expect, test } from 'vitest';
import { EXAMPLES, type LinkField } from '#contracts';
import { fieldState, fromRecord, toRecord } from './link-state.ts';

const record = EXAMPLES['sync.link.v1'];

test('a link comes back from its record as it was', () => {
  const link = fromRecord(record);
  expect(fromRecord(toRecord(link))).toEqual(link);
  expect(fieldState(link, 'phone')).toMatchObject({ crm: '+64 9 555 0199', unleashed: '+6495550111' });
});

test('a value that both sides show and agree on is written once', () => {
  const link = fromRecord(record);
  const fields = link.fields.map((field) => ({
    ...field,
    agreed: { crm: 'same', unleashed: 'same' },
    crm: 'same',
    unleashed: 'same',
  }));
  const packed = toRecord({ ...link, fields });
  expect(packed.fields[0]).toMatchObject({ agreed: { crm: 'same', unleashed: null }, crm: null, unleashed: null });
  expect(fromRecord(packed).fields[0]).toMatchObject({ crm: 'same', unleashed: 'same' });
});

test('a field that an older version did not have starts empty; one that is synced no longer is left out', () => {
  const [phone] = record.fields as [LinkField];
  const link = fromRecord({ ...record, fields: [phone, { ...phone, field: 'telex' }] });
  expect(link.fields.map(({ field }) => field)).toEqual(['firstName', 'lastName', 'email', 'phone', 'mobile', 'fax']);
  expect(fieldState(link, 'fax')).toMatchObject({ agreed: null, crm: null, unleashed: null });
  expect(() => fieldState(link, 'telex')).toThrow(RangeError);
});

test('a link of each kind, and of a kind that this version does not know', () => {
  const kinds = ['company', 'contact', 'person', 'invoice'].map((entity) => fromRecord({ ...record, entity }).entity);
  expect(kinds).toEqual(['company', 'contact', 'person', 'contact']);
});
