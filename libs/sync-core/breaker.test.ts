/** The breaker: mass changes wait, single edits go on, and nothing is forgotten. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Link } from '#contracts';
import type { Effects } from './events.ts';
import { createTenantState, explainRecord, resume, step, type TenantState } from './index.ts';
import { LIMITS } from './options.ts';
import { company, createTestTenant, customer, unleashedContact } from './world.fixture.ts';

/** Pairs of a tenant in the property: its limit is the least there is. */
const PAIRS = 90;

type Tenant = ReturnType<typeof createTestTenant>;

const guid = (n: number): string => `${String(n).padStart(8, '0')}-1111-4111-8111-111111111111`;

/** A tenant with so many pairs of companies that are the same on both sides. */
function tenantOf(pairs: number, settings: Record<string, string> = {}, changelog = new Map<string, Link>()): Tenant {
  const tenant = createTestTenant({ enabled: 'true', ...settings });
  tenant.watch((_event, effects) => write(changelog, effects));
  for (let n = 0; n < pairs; n++) {
    tenant.see('crm.company.v1', company(`${n}`, guid(n)));
    tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`));
  }
  tenant.tick(60 * 60_000);
  return tenant;
}

function write(changelog: Map<string, Link>, { links }: Effects): void {
  for (const [key, link] of links) {
    if (link === null) changelog.delete(key);
    else changelog.set(key, link);
  }
}

const edit = (tenant: Tenant, n: number, phone: string) =>
  tenant.see('crm.company.v1', company(`${n}`, guid(n), { phone }));

const standsAs = (tenant: Tenant, reason: string): number[] =>
  [...tenant.state.links.values()].flatMap((link) =>
    explainRecord(tenant.state, link).reason === reason ? [Number(link.crm?.id)] : [],
  );

/** Answers every command, as a perfect sink would. */
function drain(tenant: Tenant): void {
  for (let rounds = 0; tenant.open.length > 0; rounds++) {
    if (rounds > 10_000) throw new Error('it does not come to an end');
    tenant.answer();
  }
}

const about = (n: number) => ({ entity: 'company', side: 'crm', recordId: `${n}` });

describe('a mass of edits', () => {
  test('of more records than the limit: what is beyond it waits, with its reason', () => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 100; n++) {
      edit(tenant, n, `+${n}`);
      tenant.tick(100);
    }
    drain(tenant);
    // A fifth of 300.
    expect(tenant.issued).toHaveLength(60);
    expect(standsAs(tenant, 'breaker-held')).toHaveLength(40);
    const held = tenant.decisions.at(-1);
    expect(tenant.decisions.filter(({ reason }) => reason === 'breaker-held')).toHaveLength(40);
    expect(held).toBeDefined();
  });

  test('lets a single edit pass a minute after its last', () => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 100; n++) edit(tenant, n, `+${n}`);
    drain(tenant);
    edit(tenant, 200, 'in the middle of it');
    expect(standsAs(tenant, 'breaker-held')).toContain(200);
    tenant.tick(LIMITS.breakerBurstMs);
    edit(tenant, 201, 'a person');
    edit(tenant, 200, 'and once more');
    drain(tenant);
    expect(tenant.issued.map(({ fields }) => fields[0]?.value)).toEqual(
      expect.arrayContaining(['a person', 'and once more']),
    );
    expect(standsAs(tenant, 'breaker-held')).toHaveLength(40);
  });

  test('of one record, however often, is no mass', () => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 200; n++) {
      edit(tenant, 7, `+${n}`);
      drain(tenant);
      tenant.tick(10);
    }
    expect(tenant.issued).toHaveLength(200);
  });

  test('that comes slowly passes', () => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 120; n++) {
      edit(tenant, n, `+${n}`);
      drain(tenant);
      tenant.tick(LIMITS.breakerWindowMs / 50);
    }
    expect(tenant.issued).toHaveLength(120);
  });

  test('to one side leaves the other alone', () => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 100; n++) edit(tenant, n, `+${n}`);
    drain(tenant);
    tenant.see('unleashed.customer.v1', customer(guid(250), 'C250', { phone: 'there' }));
    drain(tenant);
    expect(tenant.issued.at(-1)).toMatchObject({ side: 'crm', fields: [{ value: 'there' }] });
  });

  test('is not held where the breaker is off, or the tenant is small', () => {
    const off = tenantOf(300, { breakerShare: '100' });
    for (let n = 0; n < 300; n++) edit(off, n, `+${n}`);
    drain(off);
    expect(off.issued).toHaveLength(300);
    const small = tenantOf(LIMITS.breakerRecordsMin);
    for (let n = 0; n < LIMITS.breakerRecordsMin; n++) edit(small, n, `+${n}`);
    drain(small);
    expect(small.issued).toHaveLength(LIMITS.breakerRecordsMin);
    expect([...small.state.links.values()].every(({ begun }) => begun.length === 0)).toBe(true);
  });
});

describe('what comes in one step', () => {
  test('a change of settings that leads to a mass of writes: all of them wait; an edit of a person goes on', () => {
    const tenant = tenantOf(300);
    tenant.request({ settings: { enabled: 'false' } });
    for (let n = 0; n < 100; n++) edit(tenant, n, `+${n}`);
    tenant.request({ settings: { enabled: 'true' } });
    drain(tenant);
    expect(tenant.issued).toHaveLength(0);
    expect(standsAs(tenant, 'breaker-held')).toHaveLength(100);
    edit(tenant, 200, 'a person');
    drain(tenant);
    expect(tenant.issued).toHaveLength(1);
  });

  test('contacts that would be made are held, too, and one that is tried again by a person is not', () => {
    const tenant = tenantOf(60);
    const make = (n: number) => {
      const name = { firstName: 'Ann', lastName: `Lee ${n}`, email: `ann${n}@acme.example` };
      tenant.see('unleashed.contact.v1', unleashedContact(guid(1_000 + n), guid(1), name));
    };
    tenant.request({ settings: { enabled: 'false' } });
    for (let n = 0; n < 70; n++) make(n);
    tenant.request({ settings: { enabled: 'true' } });
    tenant.wait(LIMITS.creationSettleMs);
    drain(tenant);
    expect(tenant.issued).toHaveLength(0);
    const held = [...tenant.state.links.values()].filter(({ entity }) => entity === 'contact');
    expect(new Set(held.map((link) => explainRecord(tenant.state, link).reason))).toEqual(new Set(['breaker-held']));
    tenant.request({ kind: 'release', entity: 'contact', side: 'unleashed', recordId: guid(1_000) });
    tenant.wait(LIMITS.creationSettleMs);
    drain(tenant);
    expect(tenant.issued).toMatchObject([{ op: 'create' }]);
  });

  test('the first alignment that a person approves is not held again', () => {
    const tenant = createTestTenant({ enabled: 'true', alignment: 'hold' });
    for (let n = 0; n < 100; n++) {
      tenant.see('crm.company.v1', company(`${n}`, guid(n), { phone: '' }));
      tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`));
    }
    tenant.request({ settings: { alignment: 'auto' } });
    drain(tenant);
    expect(tenant.issued).toHaveLength(100);
  });

  test('a first alignment that nobody looked at is', () => {
    const tenant = createTestTenant({ enabled: 'false' });
    for (let n = 0; n < 100; n++) {
      tenant.see('crm.company.v1', company(`${n}`, guid(n), { phone: '' }));
      tenant.see('unleashed.customer.v1', customer(guid(n), `C${n}`));
    }
    tenant.request({ settings: { enabled: 'true' } });
    expect(standsAs(tenant, 'breaker-held')).toHaveLength(100);
  });
});

describe('what is held', () => {
  const heldTenant = (): Tenant => {
    const tenant = tenantOf(300);
    for (let n = 0; n < 100; n++) edit(tenant, n, `+${n}`);
    drain(tenant);
    return tenant;
  };

  test('is written once it is released, and not before', () => {
    const tenant = heldTenant();
    const [first = -1, ...others] = standsAs(tenant, 'breaker-held');
    tenant.request({ kind: 'release', ...about(first) });
    drain(tenant);
    expect(tenant.issued.at(-1)).toMatchObject({ fields: [{ value: `+${first}` }] });
    expect(standsAs(tenant, 'breaker-held')).toEqual(others);
    for (const one of others) tenant.request({ kind: 'release', ...about(one) });
    drain(tenant);
    expect(standsAs(tenant, 'in-sync')).toHaveLength(300);
    expect(tenant.issued).toHaveLength(100);
  });

  test('stays as it is when it is refused, says so, and flows when it is edited again', () => {
    const tenant = heldTenant();
    const [first = -1] = standsAs(tenant, 'breaker-held');
    tenant.request({ kind: 'refuse', ...about(first) });
    const link = [...tenant.state.links.values()].find(({ crm }) => crm?.id === `${first}`)!;
    expect(explainRecord(tenant.state, link)).toEqual({ state: 'off', reason: 'breaker-refused' });
    tenant.tick(LIMITS.breakerBurstMs);
    tenant.see('crm.company.v1', company(`${first}`, guid(first), { phone: `+${first}` }));
    drain(tenant);
    expect(tenant.issued).toHaveLength(60);
    edit(tenant, first, 'by hand');
    drain(tenant);
    expect(tenant.issued.at(-1)).toMatchObject({ fields: [{ value: 'by hand' }] });
  });

  test('is left alone by a retry, and a release of nothing is refused', () => {
    const tenant = heldTenant();
    const [first = -1] = standsAs(tenant, 'breaker-held');
    tenant.request({ kind: 'retry', ...about(first) });
    expect(standsAs(tenant, 'breaker-held')).toContain(first);
    tenant.request({ kind: 'release', ...about(0) });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'nothing-held' });
  });

  test('holds no other field of its record', () => {
    const tenant = heldTenant();
    const [first = -1] = standsAs(tenant, 'breaker-held');
    tenant.tick(LIMITS.breakerBurstMs);
    const change = { phone: `+${first}`, name: 'Renamed' };
    tenant.see('crm.company.v1', company(`${first}`, guid(first), change));
    drain(tenant);
    expect(tenant.issued.at(-1)?.fields.map(({ field }) => field)).toEqual(['name']);
    expect(standsAs(tenant, 'breaker-held')).toContain(first);
  });

  test('gives way to an edit on the other side, by the policy, and the mass value is in the ledger', () => {
    const tenant = heldTenant();
    const [first = -1] = standsAs(tenant, 'breaker-held');
    tenant.tick(60_000);
    tenant.see('unleashed.customer.v1', customer(guid(first), `C${first}`, { phone: 'there' }));
    drain(tenant);
    expect(tenant.issued.at(-1)).toMatchObject({ side: 'crm', fields: [{ value: 'there' }] });
    expect(tenant.conflicts.at(-1)).toMatchObject({ crmValue: `+${first}`, winner: 'unleashed' });
  });
});

/** The tenant as it would be after a restart: from what is on its changelog. */
function reloaded(state: TenantState, changelog: ReadonlyMap<string, Link>, nowMs: number): TenantState {
  const loaded = createTenantState('t', {
    links: [...changelog.values()],
    setting: state.setting,
    lanes: Object.values(state.lanes),
  });
  resume(loaded, nowMs);
  return loaded;
}

const happening = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('edits' as const), from: fc.nat(PAIRS - 1), many: fc.nat(30) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(500, 20_000, 700_000) }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'answer' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'switch' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'refuse' as const), n: fc.nat(PAIRS - 1) }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

describe('whatever happens', () => {
  test('a tenant that was loaded again decides as one that stayed, no more than the limit goes out at once, all that is released arrives', () => {
    fc.assert(
      fc.property(happening, fc.nat(39), (script, restartAt) => {
        const changelog = new Map<string, Link>();
        const tenant = tenantOf(PAIRS, {}, changelog);
        let twin: TenantState | null = null;
        tenant.watch((event, effects) => {
          if (twin !== null) expect(step(twin, event, tenant.now())).toEqual(effects);
          write(changelog, effects);
        });
        let number = 0;
        for (const [index, one] of script.entries()) {
          if (index === restartAt) twin = reloaded(tenant.state, changelog, tenant.now());
          if (one.kind === 'tick') tenant.tick(one.ms);
          else if (one.kind === 'answer') drain(tenant);
          else if (one.kind === 'switch') {
            tenant.request({ settings: { enabled: `${tenant.state.setting?.enabled !== true}` } });
          } else if (one.kind === 'edits') {
            const before = tenant.issued.length;
            for (let i = 0; i < one.many; i++) {
              const n = (one.from + i) % PAIRS;
              edit(tenant, n, `+${number++}`);
            }
            expect(tenant.issued.length - before).toBeLessThanOrEqual(LIMITS.commandsInFlightPerLane);
          } else tenant.request({ kind: one.kind, ...about(one.n) });
        }
        if (tenant.state.setting?.enabled !== true) tenant.request({ settings: { enabled: 'true' } });
        drain(tenant);
        for (const reason of ['breaker-held', 'breaker-refused']) {
          for (const n of standsAs(tenant, reason)) tenant.request({ kind: 'release', ...about(n) });
        }
        drain(tenant);
        expect(standsAs(tenant, 'in-sync')).toHaveLength(PAIRS);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 10) },
    );
  }, 300_000);
});
