import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCommitWindow } from './commit-window.ts';

it('never commits beyond an unfinished record, and everything when all are finished', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
      const window = createCommitWindow(0n);
      for (let offset = 0; offset < 8; offset++) window.begin(BigInt(offset));
      window.advance(10n);
      const finished = new Set<number>();
      for (const offset of order) {
        window.finish(BigInt(offset));
        finished.add(offset);
        const lowest = [0, 1, 2, 3, 4, 5, 6, 7].find((one) => !finished.has(one));
        const wanted = lowest === undefined ? 10n : BigInt(lowest);
        const got = window.toCommit();
        expect(got ?? wanted).toBe(wanted);
        if (got !== null) window.committed(got);
        expect(window.toCommit()).toBe(null);
      }
      expect(window.size()).toBe(0);
    }),
  );
});

it('has nothing to commit before anything was read', () => {
  expect(createCommitWindow(42n).toCommit()).toBe(null);
});
