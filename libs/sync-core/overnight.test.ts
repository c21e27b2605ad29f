/** Row 12 of the mission: the overnight fix. */
import { describe, expect, test } from 'vitest';
import { nextLocalHour } from './overnight.ts';
import { company, createTestTenant, customer, salesperson, user } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const S1 = 'aaaaaaaa-1111-4111-8111-111111111111';
const S2 = 'bbbbbbbb-1111-4111-8111-111111111111';
const DAY_MS = 86_400_000;

describe('the next local hour', () => {
  const auckland = (iso: string) => nextLocalHour('Pacific/Auckland', 2, Date.parse(iso));
  test.each([
    ['later today', '2026-07-01T12:00:00Z', '2026-07-01T14:00:00Z'],
    ['tomorrow when it is that hour now', '2026-07-01T14:00:00Z', '2026-07-02T14:00:00Z'],
    // Clocks go forward at 2:00 on 27 September 2026: that hour does not exist and the run is at 3:00.
    ['an hour that the clocks leave out', '2026-09-26T12:00:00Z', '2026-09-26T14:00:00Z'],
    ['the day after', '2026-09-26T14:00:00Z', '2026-09-27T13:00:00Z'],
  ])('%s', (_name, after, expected) => {
    expect(new Date(auckland(after)).toISOString()).toBe(expected.replace('Z', '.000Z'));
  });

  test('of a zone that nobody knows is that of UTC', () => {
    const after = Date.parse('2026-07-01T12:00:00Z');
    expect(nextLocalHour('Mars/Olympus', 2, after)).toBe(nextLocalHour('UTC', 2, after));
  });

  test('one run a local day through a year of a zone that changes its clocks at that hour', () => {
    let atMs = Date.parse('2026-01-01T00:00:00Z');
    const days = new Set<string>();
    for (let run = 0; run < 365; run++) {
      atMs = nextLocalHour('Europe/London', 1, atMs);
      days.add(new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(atMs));
    }
    expect(days.size).toBe(365);
  });
});

function tenantAtNight() {
  const tenant = createTestTenant({ enabled: 'true', accountManagers: 'true', accountManagersOvernight: 'true' });
  tenant.see('unleashed.salesperson.v1', salesperson(S1, 'Jo Bell', 'jo@acme.example'));
  tenant.see('unleashed.salesperson.v1', salesperson(S2, 'Kit Low', 'kit@acme.example'));
  tenant.see('crm.user.v1', user('JBL', 'Jo Bell', 'jo@acme.example'));
  tenant.see('crm.company.v1', company('1', G, { accountManager: 'JBL' }));
  tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S1 }));
  tenant.tick(10_000);
  return tenant;
}

describe('the fix', () => {
  test('sets what differs to the sales person of Unleashed; the former manager is in the ledger', () => {
    const tenant = tenantAtNight();
    tenant.request({ settings: { 'conflictPolicy.company.accountManager': 'crm' } });
    tenant.see('crm.user.v1', user('KIT', 'Kit Low', 'kit@acme.example'));
    tenant.request({ kind: 'pause', side: 'crm' });
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S2 }));
    tenant.wait(DAY_MS);
    expect(tenant.state.setting?.overnightLast).toMatchObject({ compared: 1, ordered: 1, stopped: 0 });
    expect(tenant.decisions.at(-1)).toMatchObject({
      cause: 'timer',
      fields: [{ field: 'accountManager', verdict: 'write-crm', reason: 'overnight-fix' }],
    });
    expect(tenant.conflicts.at(-1)).toMatchObject({ field: 'accountManager', policy: 'overnight', crmValue: 'JBL' });
    tenant.request({ kind: 'resume', side: 'crm' });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'accountManager', value: 'KIT' }] }]);
  });

  test('a run that was missed is made up for once, however long ago it was due', () => {
    const tenant = tenantAtNight();
    tenant.wait(5 * DAY_MS);
    const first = tenant.state.setting?.overnightLast;
    expect(first?.startedAtMs).toBe(tenant.now());
    tenant.wait(1_000);
    expect(tenant.state.setting?.overnightLast).toEqual(first);
    expect(tenant.state.setting?.overnightDueAtMs).toBeLessThanOrEqual(tenant.now() + DAY_MS);
  });

  test('commands under way stay allowed: the settings keep their version', () => {
    const tenant = tenantAtNight();
    const version = tenant.state.setting?.version;
    tenant.wait(DAY_MS);
    expect(tenant.state.setting).toMatchObject({ version, holds: true });
  });

  test('a sales person without a user is told and left alone', () => {
    const tenant = tenantAtNight();
    tenant.see('unleashed.customer.v1', customer(G, 'C1', { salesPersonGuid: S2 }));
    tenant.wait(DAY_MS);
    expect(tenant.state.setting?.overnightLast).toMatchObject({ ordered: 0, stopped: 1 });
    expect(tenant.open).toEqual([]);
  });

  test('is off with the syncing of account managers, and cannot be switched on alone', () => {
    const tenant = tenantAtNight();
    tenant.request({ settings: { accountManagers: 'false' } });
    expect(tenant.state.setting).toMatchObject({ accountManagersOvernight: false, overnightDueAtMs: null });
    tenant.request({ settings: { accountManagersOvernight: 'true' } });
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'setting-needs-account-managers' });
  });
});
