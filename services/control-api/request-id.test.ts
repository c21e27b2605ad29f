import { expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

it('is the same for a retry, and stays the same from release to release', () => {
  expect(requestIdOf('acme', 'ann', 'key-1')).toBe(requestIdOf('acme', 'ann', 'key-1'));
  expect(requestIdOf('acme', 'ann', 'key-1')).toBe('139a2b19-a0ac-5a0e-8b5a-06e96e0f6056');
});

it.each([
  ['another tenant', 'other', 'ann', 'key-1'],
  ['another person', 'acme', 'bob', 'key-1'],
  ['another key', 'acme', 'ann', 'key-2'],
  ['a subject that looks like a part of the key', 'acme', 'ann","key', '1'],
])('differs for %s', (_name, tenantId, subject, key) => {
  expect(requestIdOf(tenantId, subject, key)).not.toBe(requestIdOf('acme', 'ann', 'key-1'));
});
