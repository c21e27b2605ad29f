import { expect, test } from 'vitest';
import { contactGuid } from './identity.ts';
import { createMadeGuids } from './made-guids.ts';

test('finds whom a contact was made for among those that are known, of this tenant, and among those that come later', () => {
  const guids = createMadeGuids('t1');
  const ids = ['1', '2'];
  expect(guids.originOf(contactGuid('t1', '2'), ids)).toBe('2');
  expect(guids.originOf(contactGuid('t2', '2'), ids)).toBeUndefined();
  expect(guids.originOf(contactGuid('t1', '3'), ids)).toBeUndefined();
  expect(guids.originOf(contactGuid('t1', '3'), [...ids, '3'])).toBe('3');
});

test('makes no GUID for one that this sync has not given, and each once', () => {
  const guids = createMadeGuids('t1');
  let asked = 0;
  const contactIds = {
    *[Symbol.iterator]() {
      asked += 1;
      yield '1';
    },
  };
  expect(guids.originOf('0b7f3f0e-6f5a-4c1e-9a57-1d0f3c6c2a11', contactIds)).toBeUndefined();
  expect(asked).toBe(0);
  const made = contactGuid('t1', '1');
  for (let n = 0; n < 2; n++) expect(guids.originOf(made, contactIds)).toBe('1');
});
