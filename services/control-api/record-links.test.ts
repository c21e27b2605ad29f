import { expect, test } from 'vitest';
import { linksOf } from './record-links.ts';

const half = (id: string) => ({
  ...{ id, parentId: '7', code: 'A/1', deleted: false, active: true, inactiveReason: '' },
  ...{ readAt: '', updatedAt: null, updatedBy: null, confirmedAt: null },
});

test('fills a record in, as text of a URL', () => {
  const templates = {
    prospectRecordUrl: 'https://crm.example/view/{entity}/{id}?of={parentId}',
    unleashedRecordUrl: 'https://erp.example/{kind}/{code}/{id}',
  };
  expect(linksOf(templates, { entity: 'contact', crm: half('5'), unleashed: half('a b') })).toEqual({
    crm: 'https://crm.example/view/Contact/5?of=7',
    unleashed: 'https://erp.example/contacts/A%2F1/a%20b',
  });
  expect(linksOf(templates, { entity: 'company', crm: half('5'), unleashed: half('9') })).toEqual({
    crm: 'https://crm.example/view/Division/5?of=7',
    unleashed: 'https://erp.example/companies/A%2F1/9',
  });
});

test('gives none where the record is not, or where the pages are not known', () => {
  const templates = { prospectRecordUrl: 'https://crm.example/{id}', unleashedRecordUrl: '' };
  expect(linksOf(templates, { entity: 'company', crm: null, unleashed: half('9') })).toEqual({
    crm: null,
    unleashed: null,
  });
});
