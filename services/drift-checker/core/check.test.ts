import { describe, expect, it } from 'vitest';
import { CrmApiError } from '#prospect-crm';
import { createWorld, GUID } from './check.fixture.ts';
import { runCheck } from './check.ts';
import type { CheckOrder } from './tally.ts';

const ORDER: CheckOrder = { checkId: 'c1', cause: 'request', requestedBy: 'ann', requestedAtMs: 5 };

describe('a check', () => {
  it('of two sides that are as they are known finds nothing, waits for nothing and costs a call a page', async () => {
    const world = createWorld();
    const { report, differences } = await runCheck(world.ports, ORDER);
    expect(differences).toEqual([]);
    expect(report).toMatchObject({
      ...{ state: 'finished', requestedBy: 'ann', code: 'ok', differences: 0, inFlight: 0, unconfirmed: 0 },
      ...{ companies: 2, contacts: 2, expected: 4, explained: { 'field-off': 2 }, crmCalls: 2, unleashedCalls: 1 },
    });
    expect(report.equal).toBe(20);
    expect(world.slept).toEqual([]);
    expect(world.states).toContain('comparing');
  });

  it('drops an edit that the sync sees a moment later', async () => {
    const world = createWorld();
    world.crm.Divisions![0]!.PhoneNumber = '2';
    world.sleeps(() => world.capture());
    const { report } = await runCheck(world.ports, ORDER);
    expect(report).toMatchObject({ state: 'finished', differences: 0, inFlight: 1 });
    expect(world.slept).toHaveLength(1);
  });

  it('waits until the own reads of the sync have had their chance, and drops what they bring', async () => {
    const world = createWorld();
    world.customers[0]!.PhoneNumber = '2';
    world.sleeps((count) => {
      if (count === 2) world.capture();
    });
    const { report } = await runCheck(world.ports, ORDER);
    expect(report).toMatchObject({ differences: 0, inFlight: 1 });
    expect(world.slept[1]).toBeGreaterThan(140_000);
    expect(world.states).toContain('confirming');
  });

  it('drops what somebody changed again meanwhile', async () => {
    const world = createWorld();
    world.crm.Divisions![0]!.PhoneNumber = '2';
    world.sleeps((count) => {
      world.crm.Divisions![0]!.PhoneNumber = `3${count}`;
    });
    expect(await runCheck(world.ports, ORDER)).toMatchObject({ differences: [], report: { inFlight: 1 } });
  });

  it('finds what stands and is not known, on either side, with what is safe to do', async () => {
    const world = createWorld();
    const { crm, customers } = world;
    crm.Divisions![0]!.PhoneNumber = '2';
    customers[0]!.Website = 'b.example';
    crm.Contacts!.push({ ...crm.Contacts![0]!, ContactId: 6, Forename: 'New' });
    customers[0]!.Contacts = [];
    const { report, differences } = await runCheck(world.ports, ORDER);
    expect(report).toMatchObject({ differences: 4, kinds: { 'record-unknown': 1, 'record-gone': 1 } });
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ kind: 'not-as-known', linkId: `u:${GUID}`, side: 'crm', recordId: '1', field: 'phone', name: 'Acme' },
          ...{ shown: '2', known: '1', agreedCrm: '1', agreedUnleashed: '1', repair: 'read', repairCalls: 4 },
        }),
        expect.objectContaining({ side: 'unleashed', field: 'website', shown: 'b.example', kind: 'edit-missed' }),
        expect.objectContaining({ kind: 'record-unknown', linkId: 'c:6', repair: 'observe', parentId: '1' }),
        expect.objectContaining({ kind: 'record-gone', side: 'unleashed', entity: 'contact', repair: 'read' }),
      ]),
    );
    for (const one of differences) expect(one.confirmedAtMs - one.firstSeenAtMs).toBeGreaterThanOrEqual(150_000);
  });

  it('makes no call while the sync is off', async () => {
    const world = createWorld();
    world.tenant.request({ settings: { enabled: 'false' } });
    const { report } = await runCheck(world.ports, ORDER);
    expect(report).toMatchObject({ state: 'finished', crmCalls: 0, unleashedCalls: 0, explained: { 'sync-off': 2 } });
  });

  it('waits out a passing trouble and goes on; refused credentials end it', async () => {
    const world = createWorld();
    const failure = (code: 'UNAVAILABLE' | 'CREDENTIALS_REFUSED') => new CrmApiError(code, 'no', { call: 'GET' });
    world.errors.push(failure('UNAVAILABLE'), failure('UNAVAILABLE'));
    expect((await runCheck(world.ports, ORDER)).report).toMatchObject({ state: 'finished', companies: 2 });
    expect(world.slept).toEqual([500, 1_000]);
    world.errors.push(failure('CREDENTIALS_REFUSED'));
    await expect(runCheck(world.ports, ORDER)).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED' });
  });
});
