/**
 * A small model of the world for properties: people edit both sides, reads are delayed, repeated and put out of order, writes
 * are lost before or after their effect, or take effect late. Unleashed replaces whole records, so a late write there brings
 * back what the other fields showed when it was sent.
 */
import fc from 'fast-check';
import type { Command, Side } from '#contracts';
import type { CoreEvent, Effects } from './events.ts';
import { company, createTestTenant, customer } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
/** The fields of the model. */
export const FIELDS = ['name', 'phone'] as const;
type Fields = Record<(typeof FIELDS)[number], string>;

/** What happens. */
export type Action =
  | { kind: 'edit'; side: Side; field: (typeof FIELDS)[number] }
  | { kind: 'read'; side: Side }
  | { kind: 'deliver'; at: number; keep: boolean }
  | {
      kind: 'sink';
      fate: 'ok' | 'lost-before' | 'lost-after' | 'late' | 'silent' | 'silent-late' | 'outage';
      editBetween: boolean;
    }
  | { kind: 'late' }
  | { kind: 'tick'; ms: number }
  | { kind: 'enabled'; on: boolean };

/** Schedules for each property; fewer where the tests run for each of thousands of mutants. */
export const RUNS = Number(process.env.PROPERTY_RUNS ?? 1_000);

/** A request does not arrive later than this after it was sent, milliseconds: what the core remembers it for. */
const LATEST_MS = 14 * 60_000;

/** Long enough for an edit, its write, a fault and what comes after. */
export const SCHEDULE = { minLength: 15, maxLength: 60, size: 'max' } as const;

const side = fc.constantFrom<Side>('crm', 'unleashed');
/** Any of it. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit' as const), side, field: fc.constantFrom(...FIELDS) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), side }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: fc.nat(5), keep: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sink' as const),
      fate: fc.constantFrom('ok', 'ok', 'ok', 'lost-before', 'lost-after', 'late', 'silent', 'silent-late', 'outage'),
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
  const late: { command: Command; body: Fields; sentAtMs: number; told: boolean }[] = [];
  /** Values that a read saw and nobody on that side replaced before a read saw the next one. */
  const seen: { side: Side; field: string; value: string }[] = [];
  const edits: { side: Side; field: string; value: string }[] = [];
  const writes: Command[] = [];
  /** Values that a write put there after it had been given up. */
  const cameLate: { side: string; value: string }[] = [];
  /** Edits that only a write of ours whose answer never came carried along, and no read saw: nobody can tell it from an edit. */
  const untold: string[] = [];
  /** Values that a read showed and that were taken in. */
  const delivered: { side: Side; value: string }[] = [];
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
    const before = tenant.decisions.length;
    if (one.side === 'crm') tenant.see('crm.company.v1', { ...company('1', G, one.values), ...source }, one.readAtMs);
    else tenant.see('unleashed.customer.v1', { ...customer(G, 'C1', one.values), ...source }, one.readAtMs);
    // What is to be read again, since it may be older than what is known, is not known by it.
    if (tenant.decisions.slice(before).some(({ verdict }) => verdict === 'stale')) return;
    for (const field of FIELDS) delivered.push({ side: one.side, value: one.values[field] });
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
  const apply = (command: Command, which: Side, carried: Partial<Fields> = {}) => {
    writes.push(command);
    for (const field of FIELDS) sides[which][field] = carried[field] ?? sides[which][field];
    for (const field of command.fields) {
      if (field.field !== 'name' && field.field !== 'phone') continue;
      sides[which][field.field] = field.value;
      everShown[which].add(field.value);
    }
    changedAt[which] = tenant.now();
  };
  const applyLate = () => {
    for (const { command, body, sentAtMs, told } of late.splice(0)) {
      if (tenant.now() - sentAtMs > LATEST_MS) continue;
      if (!told && command.side === 'unleashed') {
        const isSeen = (value: string) => delivered.some((one) => one.side === 'unleashed' && one.value === value);
        untold.push(...Object.values(body).filter((value) => !isSeen(value)));
      }
      const which: Side = command.side === 'crm' ? 'crm' : 'unleashed';
      for (const field of command.fields) cameLate.push({ side: which, value: field.value });
      if (which === 'unleashed') for (const field of FIELDS) cameLate.push({ side: which, value: body[field] });
      apply(command, which, which === 'unleashed' ? body : {});
    }
  };
  const carriedBy = ({ fields }: Command, body: Fields) =>
    FIELDS.filter((name) => fields.every(({ field }) => field !== name)).map((field) => ({
      field,
      value: body[field],
    }));
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
      if (fate === 'late' || fate === 'silent-late')
        late.push({ command: todo, body: before, sentAtMs: tenant.now(), told: fate === 'late' });
      if (fate === 'silent' || fate === 'silent-late') tenant.open.shift();
      else
        tenant.answer({ ...unknown, carried: fate === 'late' && which === 'unleashed' ? carriedBy(todo, before) : [] });
      return;
    }
    if (todo.fields.length > 0) apply(todo, which);
    tenant.tick(5);
    const readAtMs = tenant.now();
    const shown = FIELDS.map((field) => ({ field, value: sides[which][field] }));
    for (const field of FIELDS) seen.push({ side: which, field, value: sides[which][field] });
    for (const { value } of shown) delivered.push({ side: which, value });
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
    delivered,
    untold,
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

/** The world after a schedule, and after all has settled. `watch` is told of every step, and when it was. */
export function runSchedule(
  actions: Action[],
  watch: (event: CoreEvent, effects: Effects, nowMs: number) => void = () => undefined,
) {
  const world = createWorld();
  world.tenant.watch((event, effects) => watch(event, effects, world.tenant.now()));
  world.read('crm');
  world.read('unleashed');
  world.deliver(0, false);
  world.deliver(0, false);
  world.tenant.wait(10_000);
  for (const one of actions) world.run(one);
  world.settle();
  return world;
}
