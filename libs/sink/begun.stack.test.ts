import { expect, it } from 'vitest';
import { useRedis } from '#test/support/redis.ts';
import { createBegunWrites } from './begun.ts';

const { store, keys } = useRedis('begun');

it('a write is begun once, whoever asks', async () => {
  const mine = createBegunWrites(store, 'crm')('t');
  const another = createBegunWrites(store, 'crm')('t');
  expect(await another.hasBegun('c1')).toBe(false);
  expect(await mine.beginWrite('c1')).toBe(true);
  expect(await another.hasBegun('c1')).toBe(true);
  expect(await another.beginWrite('c1')).toBe(false);
  expect(await createBegunWrites(store, 'unleashed')('t').hasBegun('c1')).toBe(false);
});

it('one that was begun again is known for it, whoever asks', async () => {
  const [mine, another] = [createBegunWrites(store, 'crm')('again'), createBegunWrites(store, 'crm')('again')];
  await mine.beginWrite('c1');
  expect(await another.hasBegunAgain('c1')).toBe(false);
  await another.beginWrite('c1');
  expect(await mine.hasBegunAgain('c1')).toBe(true);
  expect(await mine.hasBegun('c1')).toBe(true);
});

it('the process that began it knows so when Redis has lost it', async () => {
  const mine = createBegunWrites(store, 'crm')('lost');
  await mine.beginWrite('c1');
  await store.client.del(...(await keys()));
  expect(await createBegunWrites(store, 'crm')('lost').hasBegun('c1')).toBe(false);
  expect(await mine.hasBegun('c1')).toBe(true);
  expect(await mine.beginWrite('c1')).toBe(false);
  await store.client.del(...(await keys()));
  expect(await mine.hasBegunAgain('c1')).toBe(true);
});
