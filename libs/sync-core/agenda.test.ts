import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAgenda } from './agenda.ts';

test('gives the same as a sorted list, whatever is put in, moved and taken out', () => {
  const ref = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const change = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), ref, at: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), ref }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'look' as const }) },
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const agenda = createAgenda();
      const plain = new Map<string, number>();
      for (const one of changes) {
        if (one.kind === 'set') {
          agenda.set(one.ref, one.at);
          plain.set(one.ref, one.at);
        } else if (one.kind === 'delete') {
          agenda.delete(one.ref);
          plain.delete(one.ref);
        }
        const sorted = [...plain].sort(([refA, a], [refB, b]) => a - b || (refA < refB ? -1 : 1));
        const [first] = sorted;
        expect(agenda.first()).toEqual(first === undefined ? undefined : { ref: first[0], at: first[1] });
        expect(agenda.size).toBe(plain.size);
        expect(agenda.upTo(2)).toEqual(sorted.flatMap(([name, at]) => (at <= 2 ? [name] : [])).sort());
      }
    }),
  );
});

test('keeps its order when what is outdated is cleared away', () => {
  const agenda = createAgenda();
  for (let n = 0; n < 6; n++) agenda.set(`link ${n}`, 10 + n);
  // Each move leaves the old place behind, below the new one.
  for (let move = 0; move < 100; move++) agenda.set('moved', 1_000 - move);
  const order: string[] = [];
  for (let first = agenda.first(); first !== undefined; first = agenda.first()) {
    order.push(first.ref);
    agenda.delete(first.ref);
  }
  expect(order).toEqual(['link 0', 'link 1', 'link 2', 'link 3', 'link 4', 'link 5', 'moved']);
});
