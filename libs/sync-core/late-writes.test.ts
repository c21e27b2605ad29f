/** Writes of ours that take effect after their successors: what people edited last stays all the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Side } from '#contracts';
import { action, FIELDS, RUNS, runSchedule, SCHEDULE } from './convergence.fixture.ts';

type World = ReturnType<typeof runSchedule>;

/** The last edit of a side that a read saw; what was there at first, if none. One that nobody read before it was replaced is lost. */
function lastOf(world: World, side: Side, field: string): string {
  const isSeen = (value: string): boolean => world.delivered.some((one) => one.side === side && one.value === value);
  const edits = world.edits.filter((edit) => edit.side === side && edit.field === field && isSeen(edit.value));
  return edits.at(-1)?.value ?? `${field[0]}0`;
}

describe('whatever comes late', { timeout: 180_000 }, () => {
  test('what stays is the last edit of one side that a read saw', () => {
    fc.assert(
      fc.property(fc.array(action, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        for (const field of FIELDS) {
          const last = [lastOf(world, 'crm', field), lastOf(world, 'unleashed', field)];
          // See docs/limitations.md.
          if (world.untold.includes(world.sides.crm[field])) continue;
          expect(last, `${field} shows ${world.sides.crm[field]}`).toContain(world.sides.crm[field]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
