import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, Side } from '#contracts';
import {
  compareGone,
  compareMissing,
  compareRecord,
  compareTwins,
  type DriftCandidate,
  type SeenRecords,
  stillThere,
} from './drift.ts';
import type { ObservedRecord } from './events.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact, user } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const H = '22222222-2222-4222-8222-222222222222';
const FIELDS = ['name', 'phone'] as const;
type Values = Record<(typeof FIELDS)[number], string>;

/** A pair that is in sync, and hands on what each side really shows. */
function createPair() {
  const tenant = createTestTenant();
  const sides: Record<Side, Values> = { crm: { name: 'n0', phone: 'p0' }, unleashed: { name: 'n0', phone: 'p0' } };
  const changedAtMs: Record<Side, number> = { crm: 0, unleashed: 0 };
  /** Reads of the sync itself that are published and not decided. */
  const published: { side: Side; record: ObservedRecord }[] = [];

  const snapshot = (side: Side): ObservedRecord => {
    tenant.tick(1);
    const read = {
      readStartedAtMs: tenant.now(),
      readCause: 'event',
      sourceUpdatedAtMs: changedAtMs[side],
      sourceUpdatedBy: null,
    };
    return side === 'crm'
      ? { topic: 'crm.company.v1', record: { ...company('1', G, sides.crm), ...read } }
      : { topic: 'unleashed.customer.v1', record: { ...customer(G, 'C1', sides.unleashed), ...read } };
  };
  const put = (side: Side, values: Partial<Values>): void => {
    tenant.tick(1);
    sides[side] = { ...sides[side], ...values };
    changedAtMs[side] = tenant.now();
  };
  const deliver = (one: { record: ObservedRecord }): void => {
    tenant.see(one.record.topic, one.record.record, one.record.record.readStartedAtMs);
  };
  const capture = (side: Side): void => void published.push({ side, record: snapshot(side) });
  const decide = (count: number): void => {
    for (const one of published.splice(0, count)) deliver(one);
  };
  /** What a check does: reads both sides, then lets everything that is published be decided, then compares. */
  const look = (): DriftCandidate[] => {
    const records = (['crm', 'unleashed'] as const).map(snapshot);
    decide(published.length);
    return records.flatMap((record) => compareRecord(tenant.state, record).candidates);
  };
  capture('crm');
  capture('unleashed');
  decide(2);
  return { tenant, sides, put, capture, decide, look, snapshot };
}

type Pair = ReturnType<typeof createPair>;

/** A sink that reads, compares, writes and reads back, or loses its answer before or after the write. */
function sink({ tenant, sides, put }: Pair, fate: 'ok' | 'lost-before' | 'lost-after' | 'silent'): Command | undefined {
  const command = tenant.open[0];
  if (command === undefined) return undefined;
  const side: Side = command.side === 'crm' ? 'crm' : 'unleashed';
  const known = (field: string): field is keyof Values => field === 'name' || field === 'phone';
  const before = { ...sides[side] };
  const fields = command.fields.filter(({ field, expected }) => known(field) && before[field] === expected);
  if (fate !== 'lost-before') put(side, Object.fromEntries(fields.map(({ field, value }) => [field, value])));
  if (fate === 'silent') return tenant.open.shift();
  const nothing = { result: 'unknown', code: 'fate-unknown', fields: [], shown: null, shownReadStartedAtMs: null };
  if (fate !== 'ok') return tenant.answer(nothing);
  tenant.tick(5);
  const shown = FIELDS.map((field) => ({ field, value: sides[side][field] }));
  return tenant.answer({
    fields: command.fields.map((field) => {
      const current = known(field.field) ? before[field.field] : '';
      const written = fields.includes(field);
      return {
        field: field.field,
        result: written ? 'written' : 'changed',
        code: 'ok',
        before: current,
        sent: field.value,
      };
    }),
    shown,
    result: fields.length === command.fields.length ? 'applied' : 'superseded',
    code: fields.length === command.fields.length ? 'ok' : 'changed-meanwhile',
  });
}

const side = fc.constantFrom<Side>('crm', 'unleashed');
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('edit' as const), side, field: fc.constantFrom(...FIELDS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('capture' as const), side }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('decide' as const), count: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sink' as const),
      fate: fc.constantFrom('ok', 'ok', 'ok', 'lost-before', 'lost-after', 'silent'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(50, 900, 20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('request' as const), order: fc.constantFrom('pause', 'resume', 'read') }),
  },
);
const schedule = fc.array(action, { minLength: 5, maxLength: 30, size: 'max' });

let edits = 0;
function run(pair: Pair, actions: typeof schedule extends fc.Arbitrary<infer T> ? T : never): void {
  for (const one of actions) {
    if (one.kind === 'edit') {
      edits += 1;
      pair.put(one.side, { [one.field]: `${one.field[0]}${edits}` });
    } else if (one.kind === 'capture') pair.capture(one.side);
    else if (one.kind === 'decide') pair.decide(one.count);
    else if (one.kind === 'sink') sink(pair, one.fate);
    else if (one.kind === 'tick') pair.tenant.wait(one.ms);
    else pair.tenant.request({ kind: one.order, entity: 'company', side: 'crm', recordId: '1' });
  }
}

describe('a check for drift', () => {
  it('never calls drift what is on its way, whatever happens before, between and at the time of its looks', () => {
    const property = fc.property(schedule, schedule, schedule, (before, between, after) => {
      const pair = createPair();
      run(pair, before);
      const first = pair.look();
      run(pair, between);
      // The sync's own reads have their chance between the looks: that is what is waited for.
      pair.capture('crm');
      pair.capture('unleashed');
      run(pair, after);
      expect(stillThere(first, pair.look())).toEqual([]);
    });
    fc.assert(property, { numRuns: Number(process.env.PROPERTY_RUNS ?? 500) });
  });

  it('finds what no read of the sync ever showed, at whatever time it was planted', () => {
    const property = fc.property(schedule, side, fc.constantFrom(...FIELDS), (before, where, field) => {
      const pair = createPair();
      run(
        pair,
        before.filter(({ kind }) => kind !== 'request'),
      );
      settle(pair);
      const value = `planted in ${where}`;
      pair.sides[where] = { ...pair.sides[where], [field]: value };
      pair.tenant.tick(60_000);
      const first = pair.look();
      pair.tenant.tick(60_000);
      const found = stillThere(first, pair.look());
      expect(found).toMatchObject([{ kind: 'not-as-known', side: where, field, shown: value, linkId: `u:${G}` }]);
      // The repair is a read, and nothing else: it is merged as ever.
      pair.put(where, {});
      pair.capture(where);
      settle(pair);
      expect(pair.sides.crm).toEqual(pair.sides.unleashed);
      expect(pair.look()).toEqual([]);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

/** Until nothing is left to do: reads, writes and the time that late effects of lost writes are waited for. */
function settle(pair: Pair): void {
  for (let round = 0; round < 12; round++) {
    pair.tenant.wait(120_000);
    pair.capture('crm');
    pair.capture('unleashed');
    pair.decide(10);
    while (sink(pair, 'ok') !== undefined);
  }
}

describe('a record that is read', () => {
  const planted = (change: (pair: Pair) => void) => {
    const pair = createPair();
    pair.tenant.tick(60_000);
    change(pair);
    return { pair, comparison: compareRecord(pair.tenant.state, pair.snapshot('crm')) };
  };

  it('counts what is as it should be', () => {
    const { comparison } = planted(() => undefined);
    expect(comparison).toEqual({ equal: 4, inFlight: 0, explained: ['field-off'], candidates: [] });
  });

  it('says that an edit was missed where the clock of the side names one', () => {
    const { comparison } = planted(({ put }) => put('crm', { phone: '9' }));
    expect(comparison.candidates).toMatchObject([{ kind: 'edit-missed', field: 'phone', shown: '9', known: 'p0' }]);
    expect(comparison.candidates[0]?.agreed).toEqual({ crm: 'p0', unleashed: 'p0' });
  });

  it('is left out while something newer may be known, or a write or read of it is under way', () => {
    const busy = planted((pair) => {
      pair.put('unleashed', { phone: '8' });
      pair.capture('unleashed');
      pair.decide(1);
      pair.put('crm', { name: 'other' });
    });
    expect(busy.pair.tenant.open).toHaveLength(1);
    expect(busy.comparison).toMatchObject({ candidates: [], inFlight: 2 });
    const newer = createPair();
    newer.put('crm', { phone: '9' });
    expect(compareRecord(newer.tenant.state, newer.snapshot('crm')).candidates).toEqual([]);
  });

  it('is explained where the sync is off, the record paused or an answer awaited', () => {
    const off = planted(({ tenant }) => void tenant.request({ settings: { enabled: 'false' } }));
    expect(off.comparison).toMatchObject({ explained: ['sync-off'], candidates: [] });
    const paused = planted(({ tenant, put }) => {
      tenant.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' });
      put('crm', { phone: '9' });
    });
    expect(paused.comparison).toMatchObject({ explained: ['record-paused'], candidates: [] });
    const asked = planted((pair) => {
      pair.tenant.request({ settings: { conflictPolicy: 'ask' } });
      for (const each of ['crm', 'unleashed'] as const) pair.put(each, { phone: `${each} 1` });
      for (const each of ['crm', 'unleashed'] as const) pair.capture(each);
      settle(pair);
    });
    expect(asked.comparison.candidates).toEqual([]);
    expect(asked.comparison.explained).toContain('awaiting-answer');
  });

  it('is a difference of the record where its place or state is another one', () => {
    const { tenant } = planted(() => undefined).pair;
    const read = {
      readStartedAtMs: tenant.now(),
      readCause: 'request',
      sourceUpdatedAtMs: tenant.now(),
      sourceUpdatedBy: null,
    };
    const record = { ...company('1', G, { name: 'n0', phone: 'p0', deleted: true }), ...read };
    expect(compareRecord(tenant.state, { topic: 'crm.company.v1', record }).candidates).toMatchObject([
      { kind: 'edit-missed', field: 'record', shown: expect.stringContaining('deleted true') },
    ]);
  });

  it('is unknown when it was never read, unless it is deleted', () => {
    const { tenant } = createPair();
    const read = {
      readStartedAtMs: tenant.now(),
      readCause: 'request',
      sourceUpdatedAtMs: null,
      sourceUpdatedBy: null,
    };
    const unseen = (deleted: boolean): ObservedRecord => ({
      topic: 'unleashed.contact.v1',
      record: { ...unleashedContact(H, G, { deleted }), ...read },
    });
    expect(compareRecord(tenant.state, unseen(false)).candidates).toMatchObject([
      { kind: 'record-unknown', linkId: `u:${H}`, recordId: H, parentId: G, name: 'Ann Lee' },
    ]);
    expect(compareRecord(tenant.state, unseen(true)).candidates).toEqual([]);
  });
});

describe('a single look', () => {
  const read = (readStartedAtMs: number) => ({
    ...{ readStartedAtMs, readCause: 'request', sourceUpdatedAtMs: null, sourceUpdatedBy: null },
  });

  it('at a user of the CRM says nothing: people are looked up and not written', () => {
    const { tenant } = createPair();
    const record = { ...user('AL', 'Ann Lee', 'ann@acme.example'), ...read(tenant.now()) };
    expect(compareRecord(tenant.state, { topic: 'crm.user.v1', record } as ObservedRecord)).toEqual({
      ...{ equal: 0, inFlight: 0, explained: [], candidates: [] },
    });
  });

  it('at a contact that nobody knows calls it by its e-mail address where it has no name, and by its id at its side', () => {
    const { tenant } = createPair();
    const nameless = { firstName: '', lastName: '', email: 'b@x.example' };
    const record = { ...crmContact('9', '1', nameless), ...read(tenant.now()) };
    expect(compareRecord(tenant.state, { topic: 'crm.contact.v1', record }).candidates).toMatchObject([
      { kind: 'record-unknown', linkId: 'c:9', name: 'b@x.example', knownReadAtMs: null },
    ]);
  });

  it('at a record whose state is another one proves nothing while something newer may be known', () => {
    const { tenant } = createPair();
    const record = { ...company('1', G, { name: 'n0', phone: 'p0', deleted: true }), ...read(tenant.now()) };
    expect(compareRecord(tenant.state, { topic: 'crm.company.v1', record })).toMatchObject({
      inFlight: 1,
      candidates: [],
    });
  });

  it('at an address that may be one of several is explained by that', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { addressChoice: 'ambiguous' }));
    tenant.tick(60_000);
    const record = { ...customer(G, 'C1', { addressChoice: 'ambiguous' }), ...read(tenant.now()) };
    expect(compareRecord(tenant.state, { topic: 'unleashed.customer.v1', record })).toMatchObject({
      explained: expect.arrayContaining(['address-ambiguous']),
      candidates: [],
    });
  });
});

describe('a record that is not shown', () => {
  const nothing: SeenRecords = { has: () => false, isComplete: () => true };

  it('is gone where a whole list does not have it, and not where the list is cut or it was there', () => {
    const { tenant } = createPair();
    tenant.tick(60_000);
    const found = compareMissing(tenant.state, nothing, tenant.now());
    expect(found).toMatchObject([
      { kind: 'record-gone', side: 'crm', recordId: '1' },
      { kind: 'record-gone', side: 'unleashed', recordId: G },
    ]);
    expect(compareMissing(tenant.state, { ...nothing, isComplete: () => false }, tenant.now())).toEqual([]);
    expect(compareMissing(tenant.state, { ...nothing, has: (at) => at === 'crm' }, tenant.now())).toHaveLength(1);
    expect(compareGone(tenant.state, 'company', 'crm', '2', tenant.now())).toBeNull();
  });

  it('is left out while it may be newer than the walk, paused, or without a counterpart', () => {
    const { tenant } = createPair();
    expect(compareMissing(tenant.state, nothing, tenant.now())).toEqual([]);
    tenant.tick(60_000);
    tenant.see('crm.contact.v1', crmContact('5', '1'));
    tenant.tick(60_000);
    expect(compareMissing(tenant.state, nothing, tenant.now()).map(({ entity }) => entity)).not.toContain('contact');
    tenant.request({ kind: 'pause', entity: 'company', side: 'crm', recordId: '1' });
    expect(compareMissing(tenant.state, nothing, tenant.now())).toEqual([]);
  });
});

describe('contacts of one creation', () => {
  it('are twice where both are there, and one when the other was deleted', () => {
    const { tenant } = createPair();
    const marker = 'unleashed:x';
    tenant.see('crm.contact.v1', crmContact('5', '1', { marker }));
    tenant.see('crm.contact.v1', crmContact('6', '1', { marker }));
    expect(compareTwins(tenant.state)).toMatchObject([{ kind: 'contact-twice', recordId: '6', known: '5' }]);
    tenant.tick(2_000);
    tenant.see('crm.contact.v1', crmContact('6', '1', { marker, deleted: true }));
    expect(compareTwins(tenant.state)).toEqual([]);
  });

  it('are not looked for while the sync is off', () => {
    const { tenant } = createPair();
    tenant.see('crm.contact.v1', crmContact('5', '1', { marker: 'unleashed:x' }));
    tenant.see('crm.contact.v1', crmContact('6', '1', { marker: 'unleashed:x' }));
    tenant.request({ settings: { enabled: 'false' } });
    expect(compareTwins(tenant.state)).toEqual([]);
  });
});
