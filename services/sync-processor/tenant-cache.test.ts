import { expect, test } from 'vitest';
import { createTenantState, type TenantState } from '#sync-core';
import { createTenantCache } from './tenant-cache.ts';

/** A tenant that holds so many links. */
function tenant(tenantId: string, links: number): TenantState {
  const state = createTenantState(tenantId, { links: [], setting: null, lanes: [] });
  for (let at = 0; at < links; at++) state.links.set(`company/u:${at}` as never, {} as never);
  return state;
}

test('keeps what was used last, within the limit', () => {
  const cache = createTenantCache(10);
  const part = cache.part();
  for (const id of ['a', 'b', 'c']) part.put(tenant(id, 4));
  expect(cache.links()).toBe(12); // all three are in use
  part.release();
  expect(part.use('a')).toBeUndefined();
  part.use('b');
  part.put(tenant('d', 4));
  part.release();
  expect([part.use('b')?.tenantId, part.use('c')?.tenantId, part.use('d')?.tenantId]).toEqual(['b', undefined, 'd']);
  expect([cache.tenants(), cache.links()]).toEqual([2, 8]);
});

test('never lets go of a tenant that another task is using', () => {
  const cache = createTenantCache(5);
  const [one, two] = [cache.part(), cache.part()];
  one.put(tenant('a', 4));
  two.put(tenant('b', 4));
  two.release();
  expect(two.use('b')).toBeUndefined();
  expect(one.use('a')?.tenantId).toBe('a');
});

test('counts what a tenant gained while it was used', () => {
  const cache = createTenantCache(5);
  const part = cache.part();
  const state = tenant('a', 1);
  part.put(state);
  part.release();
  state.links.set('company/u:9' as never, {} as never);
  part.use('a');
  part.release();
  expect(cache.links()).toBe(2);
});

test('a part that is dropped leaves nothing behind and does not touch the others', () => {
  const cache = createTenantCache(100);
  const [one, two] = [cache.part(), cache.part()];
  one.put(tenant('a', 4));
  two.put(tenant('a', 3));
  one.drop();
  expect([cache.tenants(), cache.links()]).toEqual([1, 3]);
  expect(two.use('a')?.links.size).toBe(3);
  expect(one.use('a')).toBeUndefined();
});
