import { describe, expect, it } from 'vitest';
import { type FaultKind, maxFaults } from './faults.ts';
import { crm, customerGuid, erp, record, sendable, startMs, testWorkspace } from './test-kit.ts';
import type { Row, Side } from './types.ts';
import { addFault, applyHeld, clearFaults, planCall } from './workspace.ts';
import { apiNowMs, type Workspace } from './workspace-state.ts';

const name = (workspace: Workspace): unknown => workspace.crm.tables.Divisions.get('1001')?.Name;
const rename = (workspace: Workspace, Name: string, nowMs = startMs) =>
  crm(workspace, 'PATCH', '/Divisions(1001)', { body: { Name }, nowMs });

describe('faults of a call', () => {
  it('error strikes before the effect, as often as ordered', () => {
    const workspace = testWorkspace();
    const before = name(workspace);
    addFault(workspace, { side: 'crm', kind: 'error', status: 503, remaining: 2 }, startMs);
    expect([rename(workspace, 'A').status, rename(workspace, 'B').status, name(workspace)]).toEqual([503, 503, before]);
    expect([rename(workspace, 'C').status, name(workspace)]).toEqual([204, 'C']);
    expect(workspace.faults).toEqual([]);
  });

  it('error afterEffect: the write is done and the answer is the error', () => {
    const workspace = testWorkspace();
    addFault(workspace, { side: 'crm', kind: 'error', status: 500, afterEffect: true, remaining: 1 }, startMs);
    expect([rename(workspace, 'Done').status, name(workspace)]).toEqual([500, 'Done']);
  });

  it('refusedConnection loses the request, lostResponse only the answer', () => {
    const workspace = testWorkspace();
    const before = name(workspace);
    addFault(workspace, { side: 'crm', kind: 'refusedConnection', remaining: 1 }, startMs);
    expect([rename(workspace, 'A').status, name(workspace)]).toEqual([0, before]);
    addFault(workspace, { side: 'crm', kind: 'lostResponse', remaining: 1 }, startMs);
    expect([rename(workspace, 'B').status, name(workspace)]).toEqual([0, 'B']);
  });

  it('lateWrite: applied later, even after its successor; reads are not held', () => {
    const workspace = testWorkspace();
    addFault(workspace, { side: 'crm', kind: 'lateWrite', delayMs: 5000, remaining: 1 }, startMs);
    expect(crm(workspace, 'GET', '/Users').status).toBe(200);
    expect(rename(workspace, 'Late').status).toBe(0);
    rename(workspace, 'Successor', startMs + 1000);
    expect(applyHeld(workspace, startMs + 4999)).toEqual([]);
    expect(applyHeld(workspace, startMs + 5000)).toHaveLength(1);
    expect(name(workspace)).toBe('Late');
    expect(workspace.held).toEqual([]);
  });

  it.each([
    ['rateLimit', 'crm', 429],
    ['outage', 'crm', 503],
    ['revokedCredential', 'crm', 401],
    ['revokedCredential', 'unleashed', 403],
    ['quotaUsedUp', 'crm', 429],
    ['quotaUsedUp', 'unleashed', 403],
  ] as const)('%s on %s answers %i', (kind, side, status) => {
    const workspace = testWorkspace();
    addFault(workspace, { side, kind }, startMs);
    const path = side === 'crm' ? '/Users' : '/Customers';
    expect((side === 'crm' ? crm : erp)(workspace, 'GET', path).status).toBe(status);
    clearFaults(workspace, { side });
    expect((side === 'crm' ? crm : erp)(workspace, 'GET', path).status).toBe(200);
  });

  it('rateLimit with and without Retry-After', () => {
    const workspace = testWorkspace();
    addFault(workspace, { side: 'unleashed', kind: 'rateLimit', retryAfterSeconds: 7, remaining: 1 }, startMs);
    addFault(workspace, { side: 'unleashed', kind: 'rateLimit', remaining: 2 }, startMs);
    expect(erp(workspace, 'GET', '/Customers').headers['retry-after']).toBe('7');
    expect(erp(workspace, 'GET', '/Customers').headers['retry-after']).toBeUndefined();
  });

  it('hookServiceDown fails writes with 500 (section 5), reads go on', () => {
    const workspace = testWorkspace();
    const before = name(workspace);
    addFault(workspace, { side: 'crm', kind: 'hookServiceDown' }, startMs);
    expect([rename(workspace, 'x').status, name(workspace)]).toEqual([500, before]);
    expect(crm(workspace, 'GET', '/Users').status).toBe(200);
  });

  it('waits and spoiled bodies are in the plan, for whoever sends the answer', () => {
    const workspace = testWorkspace();
    const kinds: FaultKind[] = ['latency', 'slowBody', 'truncatedBody'];
    for (const kind of kinds) addFault(workspace, { side: 'crm', kind, delayMs: 300 }, startMs);
    addFault(workspace, { side: 'crm', kind: 'latency', delayMs: 50, jitterMs: 10, afterEffect: true }, startMs);
    const request = { method: 'GET', path: '/Users', rawQuery: '', headers: {}, body: '', baseUrl: '' };
    const plan = planCall(workspace, 'crm', request, startMs);
    expect(plan).toMatchObject({ delayBeforeMs: 300, slowBodyMs: 300, mangle: 'truncated' });
    expect(plan.delayAfterMs >= 50 && plan.delayAfterMs < 60).toBe(true);
    for (const kind of ['htmlBody', 'hugeBody'] as const) addFault(workspace, { side: 'unleashed', kind }, startMs);
    expect(planCall(workspace, 'unleashed', request, startMs).mangle).toBe('huge');
  });

  it('is limited to methods, a part of the path, a time and a probability', () => {
    const workspace = testWorkspace();
    const order = { side: 'crm', kind: 'outage', methods: ['GET'], path: 'Contacts', untilMs: startMs + 10 } as const;
    addFault(workspace, order, startMs);
    expect(crm(workspace, 'GET', '/Users').status).toBe(200);
    expect(crm(workspace, 'DELETE', '/Contacts(1001)').status).toBe(204);
    expect(crm(workspace, 'GET', '/Contacts').status).toBe(503);
    expect(crm(workspace, 'GET', '/Contacts', { nowMs: startMs + 10 }).status).toBe(200);
    clearFaults(workspace, {});
    addFault(workspace, { side: 'crm', kind: 'outage', probability: 0.3 }, startMs);
    const struck = Array.from({ length: 300 }, () => crm(workspace, 'GET', '/Users').status).filter((s) => s === 503);
    expect(struck.length > 60 && struck.length < 120).toBe(true);
  });

  it('chance is the same for the same seed', () => {
    const run = () => {
      const workspace = testWorkspace();
      addFault(workspace, { side: 'crm', kind: 'outage', probability: 0.5 }, startMs);
      return Array.from({ length: 50 }, () => crm(workspace, 'GET', '/Users').status);
    };
    expect(run()).toEqual(run());
  });

  it('there are at most so many', () => {
    const workspace = testWorkspace();
    for (let count = 0; count < maxFaults; count++) addFault(workspace, { side: 'crm', kind: 'eventsLost' }, startMs);
    expect(addFault(workspace, { side: 'crm', kind: 'outage' }, startMs)).toBeUndefined();
    clearFaults(workspace, { id: 'fault-1' });
    expect(workspace.faults).toHaveLength(maxFaults - 1);
  });

  it('clockSkew moves the clock of one side: stamps, quota month, webhooks', () => {
    const workspace = testWorkspace();
    addFault(workspace, { side: 'crm', kind: 'clockSkew', skewMs: -90_000 }, startMs);
    expect([apiNowMs(workspace, 'crm', startMs), apiNowMs(workspace, 'unleashed', startMs)]).toEqual([
      startMs - 90_000,
      startMs,
    ]);
    rename(workspace, 'x');
    expect(record(crm(workspace, 'GET', '/Divisions(1001)')).LastUpdatedTimestamp).toMatch(/^2026-01-15T11:58:30/);
  });
});

describe('second writer (U6.6, U6.12, P2.15)', () => {
  const order = (workspace: Workspace, side: Side, more: { field?: string; value?: string } = {}) =>
    addFault(workspace, { side, kind: 'secondWriter', remaining: 1, ...more }, startMs);

  it('edits a CRM record after its GET, as another author; the answer shows it as it was', () => {
    const workspace = testWorkspace();
    order(workspace, 'crm');
    const read = crm(workspace, 'GET', '/Divisions(1001)');
    const [change] = read.changes;
    expect(change).toMatchObject({ entity: 'company', id: '1001', by: 'server' });
    expect(record(read).PhoneNumber).toBe(change?.fields[0]?.before);
    expect(record(crm(workspace, 'GET', '/Divisions(1001)')).PhoneNumber).toBe(change?.fields[0]?.after);
  });

  it('U6.12 blanks Notes of a customer, as the shop connector does', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    erp(workspace, 'POST', `/Customers/${guid}`, { body: sendable(workspace, guid, { Notes: 'mine' }) });
    order(workspace, 'unleashed');
    expect((erp(workspace, 'GET', `/Customers/${guid}`).body as Row).Notes).toBe('mine');
    expect((erp(workspace, 'GET', `/Customers/${guid}`).body as Row).Notes).toBeNull();
  });

  it('writes the ordered field and value, also into a contact', () => {
    const workspace = testWorkspace();
    const guid = customerGuid(workspace);
    const contact = workspace.unleashed.contactsOf.get(guid)?.[0];
    order(workspace, 'unleashed', { field: 'LastName', value: 'Intruder' });
    erp(workspace, 'GET', `/Customers/${guid}/Contacts/${contact}`);
    expect(workspace.unleashed.contacts.get(String(contact))?.LastName).toBe('Intruder');
  });

  it('does nothing after a list, an absent record or a write', () => {
    const workspace = testWorkspace();
    addFault(workspace, { side: 'crm', kind: 'secondWriter' }, startMs);
    addFault(workspace, { side: 'unleashed', kind: 'secondWriter' }, startMs);
    expect(crm(workspace, 'GET', '/Divisions').changes).toEqual([]);
    expect(crm(workspace, 'GET', '/Divisions(9999)').changes).toEqual([]);
    expect(erp(workspace, 'GET', '/Customers').changes).toEqual([]);
    expect(rename(workspace, 'x').changes).toHaveLength(1);
  });
});
