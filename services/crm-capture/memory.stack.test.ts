import { expect, it } from 'vitest';
import { useRedis } from '#test/support/redis.ts';
import { createTenantMemory } from './memory.ts';

const { store, keys } = useRedis('capture-memory');

const change = (id: string) => ({ entity: 'Division' as const, id, leftAtMs: 1_000 });

it('changes that are left are kept until they are forgotten', async () => {
  const memory = createTenantMemory(store, 'left');
  await memory.left.leave(change('1'));
  await memory.left.leave(change('2'));
  await memory.left.forget([change('1')]);
  expect(await createTenantMemory(store, 'left').read()).toEqual({ cursors: {}, left: [change('2')] });
});

it('of changes that are left so many are kept at most', async () => {
  const memory = createTenantMemory(store, 'many');
  await memory.left.leave(change('0'));
  const [key] = (await keys()).filter((one) => one.includes('{many}'));
  const more = Array.from({ length: 4_999 }, (_, n) => [`Division/1000/${n + 1}`, '']);
  await store.client.hset(key!, ...more.flat());
  await memory.left.leave(change('5000'));
  const { left } = await memory.read();
  expect([left.length, left.some(({ id }) => id === '5000')]).toEqual([5_000, false]);
  await memory.left.forget([change('7')]);
  await memory.left.leave(change('5000'));
  expect((await memory.read()).left.some(({ id }) => id === '5000')).toBe(true);
});
