/** Records and commands for the tests of carrying out. */
import type { CommandField } from '#contracts';
import type { JsonRecord } from '#runtime';
import { command } from './fake-unleashed.ts';

export const GUID = '6f1b6d0e-9d1c-4b43-8f68-0d0b3f1f2a3b';
export const CONTACT = '0b5a7f5e-57a2-4a0f-8f3a-6f4a5b0d9c11';
export const NEW_CONTACT = '0b5a7f5e-57a2-5a0f-8f3a-6f4a5b0d9c99';

export function customer(changes: JsonRecord = {}): JsonRecord {
  return {
    Guid: GUID,
    CustomerCode: 'ACME',
    CustomerName: 'Acme',
    PhoneNumber: '1',
    Website: 'https://a.example',
    Notes: 'keep me',
    XeroContactId: 'x',
    SalesPerson: null,
    Addresses: [],
    LastModifiedOn: '/Date(5)/',
    ...changes,
  };
}

export function contact(changes: JsonRecord = {}): JsonRecord {
  return { Guid: CONTACT, FirstName: 'Ann', LastName: 'Smith', EmailAddress: 'a@b.c', Notes: 'tea', ...changes };
}

export function field(name: string, expected: string, value: string): CommandField {
  return { field: name, expected, value, source: value };
}

export const phone = field('phone', '1', '2');
export const website = field('website', 'https://a.example', 'b');
export const forCompany = (...fields: CommandField[]) => command({ targetId: GUID, fields });
export const forContact = (...fields: CommandField[]) =>
  command({ entity: 'contact', targetId: CONTACT, parentId: GUID, fields });
export const results = (fields: readonly { field: string; result: string; code: string }[]) =>
  Object.fromEntries(
    fields.map(({ field: name, result, code }) => [name, code === 'ok' ? result : `${result} ${code}`]),
  );
