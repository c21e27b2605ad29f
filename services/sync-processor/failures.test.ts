import { expect, test } from 'vitest';
import { createFailures } from './failures.ts';

test('what failed twice is hopeless until it is forgotten', () => {
  const failures = createFailures();
  failures.note('a');
  expect(failures.isHopeless('a')).toBe(false);
  failures.note('a');
  failures.note('b');
  expect([failures.isHopeless('a'), failures.isHopeless('b'), failures.isHopeless('c')]).toEqual([true, false, false]);
  failures.forget('a');
  expect(failures.isHopeless('a')).toBe(false);
});

test('remembers a limited number, the latest ones', () => {
  const failures = createFailures();
  failures.note('first');
  failures.note('first');
  for (let n = 0; n < 1_000; n++) failures.note(`other-${n}`);
  expect(failures.isHopeless('first')).toBe(false);
  failures.note('other-999');
  expect(failures.isHopeless('other-999')).toBe(true);
});
