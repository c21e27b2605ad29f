import { expect, it } from 'vitest';
import { firstCalls } from './chain.ts';

it('takes the first call about the customer after the edit, of that tenant only', () => {
  const edits = [
    { tenant: 'acme', customer: 'guid-1', atMs: 100 },
    { tenant: 'acme', customer: 'guid-2', atMs: 100 },
  ];
  const calls = [
    { tenant: 'acme', url: '/Customers/guid-1', atMs: 90 },
    { tenant: 'bolt', url: '/Customers/guid-1', atMs: 105 },
    { tenant: 'acme', url: '/Customers/guid-1', atMs: 150 },
    { tenant: 'acme', url: '/Customers/guid-1', atMs: 130 },
  ];
  expect(firstCalls(edits, calls)).toEqual([30]);
});
