import { expect, test } from 'vitest';
import { createFirstLooks } from './first-looks.ts';

test('each tenant is taken once, in order, unless it was loaded for an input', () => {
  const looks = createFirstLooks();
  for (const id of ['a', 'b', 'c', 'd']) looks.add(id);
  looks.done('b');
  expect(looks.take(2)).toEqual(['a', 'c']);
  expect(looks.nextAtMs()).toBe(0);
  expect(looks.take(2)).toEqual(['d']);
  expect(looks.nextAtMs()).toBeNull();
});

test('after a look the inputs have three times as long', () => {
  const looks = createFirstLooks();
  looks.add('a');
  looks.rest(1_000, 1_040);
  expect(looks.nextAtMs()).toBe(1_160);
});
