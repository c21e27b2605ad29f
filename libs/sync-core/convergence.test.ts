/**
 * The core against a small model of the world: people edit both sides, reads are delayed, repeated and put out of order,
 * writes are lost before or after their effect, or take effect late. What is checked is what the model knows, not what the
 * core says of itself.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Side } from '#contracts';
import { type Action, action, FIELDS, RUNS, runSchedule, SCHEDULE } from './convergence.fixture.ts';

// A thousand schedules each: on a busy machine they take their time.
describe('whatever happens on the way', { timeout: 180_000 }, () => {
  test('both sides agree when edits stop, and nothing is left to do (I2)', () => {
    fc.assert(
      fc.property(fc.array(action, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        expect(world.sides.crm).toEqual(world.sides.unleashed);
        expect(world.tenant.open).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('a value that was seen is on the other side, in the ledger, was replaced on its own side, or a decision names it (I1)', () => {
    fc.assert(
      fc.property(fc.array(action, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        for (const { side: where, field, value } of world.seen) {
          const other: Side = where === 'crm' ? 'unleashed' : 'crm';
          const kept = world.tenant.conflicts.some(
            (conflict) => conflict.crmValue === value || conflict.unleashedValue === value,
          );
          const named = world.tenant.decisions.some((decision) =>
            decision.fields.some((one) => one.verdict === 'not-taken' && one[where] === value),
          );
          const mine = world.edits.filter((edit) => edit.side === where && edit.field === field);
          const replaced = mine.findIndex((edit) => edit.value === value) < mine.length - 1;
          expect(
            world.everShown[other].has(value) || kept || replaced || named,
            `${field} ${value} of ${where} is lost`,
          ).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('what stays is the last edit of one side: nothing old comes back', () => {
    // A write that comes late may replace an edit that nobody ever read: that window is in the limitations.
    const punctual = action.map(
      (one): Action => (one.kind === 'sink' && one.fate.endsWith('late') ? { ...one, fate: 'lost-before' } : one),
    );
    fc.assert(
      fc.property(fc.array(punctual, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        for (const field of FIELDS) {
          const last = (where: Side) =>
            world.edits.findLast((edit) => edit.side === where && edit.field === field)?.value ?? `${field[0]}0`;
          expect([last('crm'), last('unleashed')]).toContain(world.sides.crm[field]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('only what a person edited is ever ordered to be written, and never an older edit after a newer one', () => {
    const brief = action.map((one): Action => (one.kind === 'tick' ? { ...one, ms: Math.min(one.ms, 3_000) } : one));
    fc.assert(
      fc.property(fc.array(brief, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        const newest = new Map<string, number>();
        for (const command of world.tenant.issued) {
          const from: Side = command.side === 'crm' ? 'unleashed' : 'crm';
          // Values are the same on both sides here. What counts is what is written: what brings a value back after a late write
          // of ours names as its source whatever the other side shows meanwhile.
          for (const { field, value, expected } of command.fields) {
            const edited = world.edits.some(
              (edit) => edit.side === from && edit.field === field && edit.value === value,
            );
            const repairs = world.cameLate.some((late) => late.side === command.side && late.value === expected);
            expect(edited || repairs, `${value} echoes`).toBe(true);
            if (!edited) continue;
            const number = Number(value.slice(1));
            expect(number, `${value} again`).toBeGreaterThanOrEqual(newest.get(`${from} ${field}`) ?? 0);
            newest.set(`${from} ${field}`, number);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('at most one command per link is under way, and at most as many writes as edits when nothing fails (I3)', () => {
    const calm = action.filter((one) => one.kind !== 'sink' && one.kind !== 'late' && one.kind !== 'enabled');
    const quiet = fc.oneof(
      { weight: 4, arbitrary: calm },
      { weight: 1, arbitrary: fc.constant<Action>({ kind: 'sink', fate: 'ok', editBetween: false }) },
    );
    fc.assert(
      fc.property(fc.array(quiet, SCHEDULE), (actions) => {
        const world = runSchedule(actions);
        const written = world.writes.reduce((sum, command) => sum + command.fields.length, 0);
        expect(written).toBeLessThanOrEqual(world.edits.length);
      }),
      { numRuns: RUNS },
    );
  });
});
