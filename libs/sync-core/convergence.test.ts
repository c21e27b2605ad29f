/**
 * The core against a small model of the world: people edit both sides, reads are delayed, repeated and put out of order,
 * writes are lost before or after their effect, or take effect late. What is checked is what the model knows, not what the
 * core says of itself.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Side } from '#contracts';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const FIELDS = ['name', 'phone'] as const;
type Fields = Record<(typeof FIELDS)[number], string>;

type Action =
  | { kind: 'edit'; side: Side; field: (typeof FIELDS)[number] }
  | { kind: 'read'; side: Side }
  | { kind: 'deliver'; at: number; keep: boolean }
  | { kind: 'sink'; fate: 'ok' | 'lost-before' | 'lost-after' | 'late' | 'silent' | 'outage'; editBetween: boolean }
  | { kind: 'late' }
  | { kind: 'tick'; ms: number }
  | { kind: 'enabled'; on: boolean };

/** Schedules for each property; fewer where the tests run for each of thousands of mutants. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 1_000);

/** Long enough for an edit, its write, a fault and what comes after. */
const SCHEDULE = { minLength: 15, maxLength: 60, size: 'max' } as const;

const side = fc.constantFrom<Side>('crm', 'unleashed');
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit' as const), side, field: fc.constantFrom(...FIELDS) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), side }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: fc.nat(5), keep: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sink' as const),
      fate: fc.constantFrom('ok', 'ok', 'ok', 'lost-before', 'lost-after', 'late', 'silent', 'outage'),
      editBetween: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(50, 900, 3_000, 60_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('enabled' as const), on: fc.boolean() }) },
);

function createWorld() {
  const tenant = createTestTenant();
  const sides: Record<Side, Fields> = { crm: { name: 'n0', phone: 'p0' }, unleashed: { name: 'n0', phone: 'p0' } };
  const changedAt: Record<Side, number> = { crm: 0, unleashed: 0 };
  const everShown: Record<Side, Set<string>> = { crm: new Set(['n0', 'p0']), unleashed: new Set(['n0', 'p0']) };
  const queue: { side: Side; values: Fields; readAtMs: number; changedAtMs: number }[] = [];
  const late: Command[] = [];
  /** Values that a read saw and nobody on that side replaced before a read saw the next one. */
  const seen: { side: Side; field: string; value: string }[] = [];
  const edits: { side: Side; field: string; value: string }[] = [];
  const writes: Command[] = [];
  /** Values that a write put there after it had been given up. */
  const cameLate: { side: string; value: string }[] = [];
  let number = 0;

  const read = (which: Side) => {
    // A side is read one request at a time, so no two reads of a record begin in the same millisecond.
    tenant.tick(1);
    for (const field of FIELDS) seen.push({ side: which, field, value: sides[which][field] });
    queue.push({ side: which, values: { ...sides[which] }, readAtMs: tenant.now(), changedAtMs: changedAt[which] });
  };
  const deliver = (at: number, keep: boolean) => {
    const index = queue.length === 0 ? -1 : at % queue.length;
    const one = queue[index];
    if (one === undefined) return;
    if (!keep) queue.splice(index, 1);
    const source = { sourceUpdatedAtMs: one.changedAtMs };
    if (one.side === 'crm') tenant.see('crm.company.v1', { ...company('1', G, one.values), ...source }, one.readAtMs);
    else tenant.see('unleashed.customer.v1', { ...customer(G, 'C1', one.values), ...source }, one.readAtMs);
  };
  const edit = (which: Side, field: (typeof FIELDS)[number]) => {
    number += 1;
    const value = `${field[0]}${number}`;
    tenant.tick(1);
    sides[which][field] = value;
    changedAt[which] = tenant.now();
    everShown[which].add(value);
    edits.push({ side: which, field, value });
  };
  const apply = (command: Command, which: Side) => {
    writes.push(command);
    for (const field of command.fields) {
      if (field.field !== 'name' && field.field !== 'phone') continue;
      sides[which][field.field] = field.value;
      everShown[which].add(field.value);
    }
    changedAt[which] = tenant.now();
  };
  const applyLate = () => {
    for (const command of late.splice(0)) {
      for (const field of command.fields) cameLate.push({ side: command.side, value: field.value });
      apply(command, command.side === 'crm' ? 'crm' : 'unleashed');
    }
  };
  /** A sink as the design has it: read, compare, write what still shows what was expected, read back. */
  const sink = (fate: string, editBetween: boolean) => {
    const command = tenant.open[0];
    if (command === undefined) return;
    const which: Side = command.side === 'crm' ? 'crm' : 'unleashed';
    const unknown = { result: 'unknown', code: 'fate-unknown', fields: [], shown: null, shownReadStartedAtMs: null };
    if (tenant.now() > command.deadlineMs) {
      tenant.answer({ ...unknown, result: 'superseded', code: 'deadline-passed' });
      return;
    }
    if (fate === 'outage') {
      tenant.answer({
        ...unknown,
        result: 'deferred',
        code: 'unavailable',
        scope: 'lane',
        retryAtMs: tenant.now() + 2_000,
      });
      return;
    }
    const before = { ...sides[which] };
    const results = command.fields.map((field) => {
      const shown = field.field === 'name' || field.field === 'phone' ? before[field.field] : '';
      const result = shown === field.expected ? 'written' : shown === field.value ? 'already' : 'changed';
      return { field: field.field, result, code: 'ok', before: shown, sent: result === 'written' ? field.value : '' };
    });
    const todo = { ...command, fields: command.fields.filter((_, index) => results[index]?.result === 'written') };
    if (fate !== 'ok' && todo.fields.length > 0) {
      if (fate === 'lost-after') apply(todo, which);
      if (fate === 'late') late.push(todo);
      if (fate === 'silent') tenant.open.shift();
      else tenant.answer(unknown);
      return;
    }
    if (todo.fields.length > 0) apply(todo, which);
    tenant.tick(5);
    const readAtMs = tenant.now();
    const shown = FIELDS.map((field) => ({ field, value: sides[which][field] }));
    for (const field of FIELDS) seen.push({ side: which, field, value: sides[which][field] });
    tenant.tick(5);
    if (editBetween) edit(which, 'phone');
    tenant.answer({ fields: results, shown, shownReadStartedAtMs: readAtMs, sourceUpdatedAtMs: changedAt[which] });
  };

  return {
    tenant,
    sides,
    seen,
    edits,
    writes,
    cameLate,
    everShown,
    edit,
    read,
    deliver,
    run: (one: Action) => {
      if (one.kind === 'edit') edit(one.side, one.field);
      else if (one.kind === 'read') read(one.side);
      else if (one.kind === 'deliver') deliver(one.at, one.keep);
      else if (one.kind === 'sink') sink(one.fate, one.editBetween);
      else if (one.kind === 'tick') tenant.wait(one.ms);
      else if (one.kind === 'enabled') tenant.request({ settings: { enabled: `${one.on}` } });
      else applyLate();
    },
    settle: () => {
      applyLate();
      tenant.request({ settings: { enabled: 'true' } });
      while (queue.length > 0) deliver(0, false);
      for (let round = 0; round < 12; round++) {
        tenant.wait(60_000);
        for (let guard = 0; tenant.open.length > 0 && guard < 50; guard++) sink('ok', false);
        read('crm');
        read('unleashed');
        while (queue.length > 0) deliver(0, false);
      }
    },
  };
}

function runSchedule(actions: Action[]) {
  const world = createWorld();
  world.read('crm');
  world.read('unleashed');
  world.deliver(0, false);
  world.deliver(0, false);
  world.tenant.wait(10_000);
  for (const one of actions) world.run(one);
  world.settle();
  return world;
}

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
      (one): Action => (one.kind === 'sink' && one.fate === 'late' ? { ...one, fate: 'lost-before' } : one),
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
          for (const { field, source, expected } of command.fields) {
            const edited = world.edits.some(
              (edit) => edit.side === from && edit.field === field && edit.value === source,
            );
            const repairs = world.cameLate.some((late) => late.side === command.side && late.value === expected);
            // Known (docs/limitations.md): answers of writes both ways were lost, and the older of the two came late.
            const older = world.cameLate.some((late) => late.side === from && late.value === source);
            expect(edited || repairs || older, `${source} echoes`).toBe(true);
            if (!edited) continue;
            const number = Number(source.slice(1));
            expect(number, `${source} again`).toBeGreaterThanOrEqual(newest.get(`${from} ${field}`) ?? 0);
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
