/**
 * What a lane gives out, whatever is edited, answered, deferred, paused and waited for: watched from outside, command by
 * command. What wants to be done is read off each link anew, so that a queue that forgets or confuses one is seen.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Command, type Entity, linkKey, type Outcome, SIDES, type Side } from '#contracts';
import { RUNS } from './convergence.fixture.ts';
import { isEntityPaused, sideHeld } from './eligibility.ts';
import { type LinkState, toRecord } from './link-state.ts';
import { LIMITS } from './options.ts';
import { PRIORITIES, type Priority, WRITTEN } from './tenant-state.ts';
import { notBefore, workOf } from './work.ts';
import { company, createTestTenant, crmContact, customer, unleashedContact } from './world.fixture.ts';

const COMPANIES = 5;
/** Companies, and a contact of each. */
const PAIRS = 2 * COMPANIES;
const guid = (n: number): string => `11111111-1111-4111-8111-00000000000${n}`;

const pair = fc.nat(PAIRS - 1);
const side = fc.constantFrom<Side>(...SIDES);
const FATES = [
  'applied',
  'applied',
  'applied',
  'lane',
  'record',
  'refused',
  'unknown',
  'superseded',
  'silent',
] as const;
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('edit' as const), side, n: pair }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mass' as const), side }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), at: fc.nat(7), fate: fc.constantFrom(...FATES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 900, 5_000, 60_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lane' as const), side, pause: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('entity' as const),
      one: fc.constantFrom(...WRITTEN),
      pause: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('record' as const), n: pair, pause: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), side, n: pair }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('enabled' as const), on: fc.boolean() }) },
);

/** A place in a lane. */
interface Place {
  readonly ref: string;
  readonly priority: Priority;
  readonly sinceMs: number;
}

/** Whether a place comes before another: the more urgent first, then who has waited longest. */
function comesBefore(a: Place, b: Place): boolean {
  const rank = (place: Place): number => PRIORITIES.indexOf(place.priority);
  return rank(a) === rank(b) ? a.sinceMs < b.sinceMs : rank(a) < rank(b);
}

/** A tenant whose pairs meet for the first time and differ, with a watch over every command. */
function watchedTenant() {
  const tenant = createTestTenant({ enabled: 'true' });
  const { state } = tenant;
  /** Commands under way as a bystander counts them: ordered, not answered, and not given up for want of an answer. */
  const underWay = new Map<string, Command>();
  const givenUp = ({ deadlineMs }: Command): boolean => tenant.now() >= deadlineMs + LIMITS.outcomeGraceMs;
  const countOf = (where: Side): number => [...underWay.values()].filter((one) => one.side === where).length;

  /** What a link wants of a side right now. */
  const wish = (link: LinkState, where: Side): Place | null => {
    if (link.inFlight !== null || isEntityPaused(state.setting, link.entity)) return null;
    const work = workOf(state, link).find((one) => one.side === where);
    if (work === undefined || notBefore(link, work) > tenant.now()) return null;
    return { ref: link.ref, priority: work.priority, sinceMs: link.dirtySinceMs ?? 0 };
  };
  const wishes = (where: Side): Place[] => [...state.links.values()].flatMap((link) => wish(link, where) ?? []);

  tenant.watch((event, effects) => {
    if (event.kind === 'outcome') underWay.delete(event.record.commandId);
    for (const [id, command] of underWay) if (givenUp(command)) underWay.delete(id);
    for (const command of effects.commands) {
      const link = linkKey('t', command.entity as Entity, command.linkId);
      const others = [...underWay.values()].map((one) => linkKey('t', one.entity as Entity, one.linkId));
      expect(others, 'a second command of one link').not.toContain(link);
      underWay.set(command.commandId, command);
      expect(sideHeld(state, command.side as Side), 'a command to a side that is held').toBeNull();
      expect(state.setting?.pausedEntities, 'a command for a kind of record that is paused').not.toContain(
        command.entity,
      );
    }
    for (const where of SIDES) {
      const lane = state.lanes[where];
      const credit = lane.state === 'open' ? LIMITS.commandsInFlightPerLane : lane.state === 'probing' ? 1 : 0;
      const ordered = effects.commands.filter((one) => one.side === where);
      if (ordered.length > 0) expect(countOf(where), `more than the credit of ${where}`).toBeLessThanOrEqual(credit);
      expect(countOf(where)).toBeLessThanOrEqual(LIMITS.commandsInFlightPerLane);
      expect(state.inFlight[where].size, 'what the core counts').toBe(countOf(where));
      const queued = WRITTEN.flatMap((entity) => PRIORITIES.map((one) => state.queues[where][entity][one].size));
      expect(queued.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(state.links.size);
      const waiting = wishes(where);
      // Whoever waits has nobody less urgent, and nobody who came later, before it.
      for (const command of ordered) {
        const link = state.links.get(`${command.entity as Entity}/${command.linkId}`);
        const taken: Place = {
          ref: command.linkId,
          priority: command.priority as Priority,
          sinceMs: link?.dirtySinceMs ?? 0,
        };
        expect(waiting.filter((one) => comesBefore(one, taken))).toEqual([]);
      }
      // Nobody waits for a lane that has room.
      if (sideHeld(state, where) === null && countOf(where) < credit) expect(waiting, `${where} has room`).toEqual([]);
    }
  });
  return tenant;
}

function outcomeOf(fate: (typeof FATES)[number], nowMs: number): Partial<Outcome> {
  const nothing = { fields: [], shown: null, shownReadStartedAtMs: null };
  switch (fate) {
    case 'lane':
      return { ...nothing, result: 'deferred', code: 'unavailable', scope: 'lane', retryAtMs: nowMs + 2_000 };
    case 'record':
      return { ...nothing, result: 'deferred', code: 'unavailable', scope: 'record' };
    case 'refused':
      return { ...nothing, result: 'refused', code: 'invalid-value' };
    case 'unknown':
      return { ...nothing, result: 'unknown', code: 'fate-unknown' };
    case 'superseded':
      return { ...nothing, result: 'superseded', code: 'deadline-passed' };
    default:
      return {};
  }
}

test('one command of a link at a time, never more than the credit of its lane, the most urgent and longest waiting first, and nobody is forgotten', {
  timeout: 180_000,
}, () => {
  const ordered = new Set<string>();
  fc.assert(
    fc.property(fc.array(happening, { minLength: 15, maxLength: 80, size: 'max' }), (script) => {
      const tenant = watchedTenant();
      const phones = { crm: Array<string>(PAIRS).fill('crm'), unleashed: Array<string>(PAIRS).fill('unleashed') };
      let number = 0;
      const show = (where: Side, n: number): void => {
        const phone = phones[where][n] ?? '';
        const of = n % COMPANIES;
        const contact = { phone, email: `p${n}@acme.example`, lastName: `Lee ${n}` };
        if (n < COMPANIES && where === 'crm') tenant.see('crm.company.v1', company(`${n}`, guid(n), { phone }));
        else if (n < COMPANIES) tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`, { phone }));
        else if (where === 'crm') tenant.see('crm.contact.v1', crmContact(`${n}`, `${of}`, contact));
        else tenant.see('unleashed.contact.v1', unleashedContact(guid(n), guid(of), contact));
      };
      const edit = (where: Side, n: number): void => {
        tenant.tick(1);
        phones[where][n] = `+${number++}`;
        show(where, n);
      };
      for (let n = 0; n < PAIRS; n++) for (const where of SIDES) show(where, n);
      for (const one of script) {
        if (one.kind === 'edit') edit(one.side, one.n);
        else if (one.kind === 'mass') for (let n = 0; n < PAIRS; n++) edit(one.side, n);
        else if (one.kind === 'wait') tenant.wait(one.ms);
        else if (one.kind === 'lane') tenant.request({ kind: one.pause ? 'pause' : 'resume', side: one.side });
        else if (one.kind === 'entity') tenant.request({ kind: one.pause ? 'pause' : 'resume', entity: one.one });
        else if (one.kind === 'enabled') tenant.request({ settings: { enabled: `${one.on}` } });
        else if (one.kind === 'record' || one.kind === 'look') {
          const entity = one.n < COMPANIES ? 'company' : 'contact';
          const where = one.kind === 'look' ? one.side : 'crm';
          const kind = one.kind === 'look' ? 'read' : one.pause ? 'pause' : 'resume';
          tenant.request({ kind, entity, side: where, recordId: where === 'crm' ? `${one.n}` : guid(one.n) });
        } else if (tenant.open.length > 0) {
          tenant.open.unshift(...tenant.open.splice(one.at % tenant.open.length, 1));
          // One that nobody answers is given up in time.
          if (one.fate === 'silent') tenant.open.shift();
          else tenant.answer(outcomeOf(one.fate, tenant.now()));
        }
      }
      for (const { priority } of tenant.issued) ordered.add(priority);
    }),
    { numRuns: RUNS },
  );
  // All three classes met, or nothing was shown.
  if (RUNS >= 100) expect([...ordered].toSorted()).toEqual([...PRIORITIES].toSorted());
});

describe('a backlog', () => {
  const of = (n: number, change: object) => company(`${n}`, guid(n), change);
  /** Pairs that agree, and then nothing that can be written. */
  function held(hold: (tenant: ReturnType<typeof createTestTenant>) => void) {
    const tenant = createTestTenant({ enabled: 'true' });
    for (let n = 0; n < PAIRS; n++) {
      tenant.see('crm.company.v1', of(n, {}));
      tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`));
    }
    tenant.tick(60_000);
    hold(tenant);
    const editAll = (round: number): void => {
      for (let n = 0; n < PAIRS; n++) {
        tenant.tick(1_000);
        tenant.see('crm.company.v1', of(n, { phone: `+${String(round).padStart(4, '0')}` }));
      }
    };
    /** Bytes of what is stored of the tenant, and places in its queues. */
    const size = () => ({
      stored: JSON.stringify([...tenant.state.links.values()].map(toRecord)).length,
      queued: SIDES.flatMap((where) =>
        WRITTEN.flatMap((entity) => PRIORITIES.map((one) => tenant.state.queues[where][entity][one].size)),
      ).reduce((sum, count) => sum + count, 0),
    });
    return { tenant, editAll, size };
  }
  const NOTHING = { fields: [], shown: null, shownReadStartedAtMs: null };
  type Tenant = ReturnType<typeof createTestTenant>;

  test.each<[string, (tenant: Tenant) => void, (tenant: Tenant) => void]>([
    [
      'of a side that is paused',
      (tenant) => tenant.request({ kind: 'pause', side: 'unleashed' }),
      (tenant) => tenant.request({ kind: 'resume', side: 'unleashed' }),
    ],
    [
      'of a kind of record that is paused',
      (tenant) => tenant.request({ kind: 'pause', entity: 'company' }),
      (tenant) => tenant.request({ kind: 'resume', entity: 'company' }),
    ],
    [
      'of an outage, or a throttle',
      (tenant) => {
        tenant.see('crm.company.v1', of(0, { phone: 'first' }));
        const retryAtMs = tenant.now() + 30 * 86_400_000;
        tenant.answer({ ...NOTHING, result: 'deferred', scope: 'lane', code: 'unavailable', retryAtMs });
      },
      (tenant) => tenant.wait(30 * 86_400_000),
    ],
    [
      'while sync is off',
      (tenant) => tenant.request({ settings: { enabled: 'false' } }),
      (tenant) => tenant.request({ settings: { enabled: 'true' } }),
    ],
  ])('%s is as large as its records, however many edits come, and each record is written once', (_of, hold, end) => {
    const { tenant, editAll, size } = held(hold);
    const before = tenant.issued.length;
    editAll(1);
    const once = size();
    for (let round = 2; round <= 500; round++) editAll(round);
    const then = size();
    expect(then.queued).toBe(once.queued);
    expect(then.queued).toBeLessThanOrEqual(PAIRS);
    // Numbers and times may have a digit more.
    expect(then.stored).toBeLessThan(once.stored * 1.05);
    expect(tenant.issued.length, 'nothing is given out meanwhile').toBe(before);
    end(tenant);
    while (tenant.open.length > 0) tenant.answer();
    const written = tenant.issued.slice(before);
    expect(written.map(({ linkId }) => linkId).toSorted()).toEqual(
      Array.from({ length: PAIRS }, (_, n) => `u:${guid(n)}`).toSorted(),
    );
    expect(new Set(written.map(({ fields }) => fields[0]?.value))).toEqual(new Set(['+0500']));
  });
});
