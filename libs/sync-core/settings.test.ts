/** Row 8 of the mission: what may be set, and what is refused. */
import { describe, expect, test } from 'vitest';
import { defaultSetting, parseSettings } from './settings.ts';
import { company, createTestTenant, customer, unleashedContact } from './world.fixture.ts';

const G = '11111111-1111-4111-8111-111111111111';
const now = { ...defaultSetting('t'), accountManagers: true };

describe('settings from text', () => {
  test.each([
    [{ enabled: 'true' }, { enabled: true }],
    [{ addresses: 'false' }, { addresses: false }],
    [{ accountManagersOvernight: 'true' }, { accountManagersOvernight: true }],
    [
      { accountManagers: 'false', accountManagersOvernight: 'false' },
      { accountManagers: false, accountManagersOvernight: false },
    ],
    [{ conflictPolicy: 'ask' }, { conflictPolicy: 'ask' }],
    [{ overnightHour: '0' }, { overnightHour: 0 }],
    [{ overnightHour: '23' }, { overnightHour: 23 }],
    [{ driftHour: '4' }, { driftHour: '4' }],
    [{ driftHour: 'off' }, { driftHour: 'off' }],
    [{ driftHour: 'default' }, { driftHour: 'default' }],
    [{ alignment: 'hold' }, { alignment: 'hold' }],
    [{ contactRoleCode: 'BUYER1' }, { contactRoleCode: 'BUYER1' }],
    [
      { 'conflictPolicy.company.phone': 'crm', 'conflictPolicy.contact.email': 'ask' },
      { fieldPolicies: { 'company.phone': 'crm', 'contact.email': 'ask' } },
    ],
    [{ breakerShare: '1' }, { breakerShare: 1 }],
    [{ breakerShare: '100' }, { breakerShare: 100 }],
    [{ 'alignmentPolicy.company.name': 'crm' }, { alignmentPolicies: { 'company.name': 'crm' } }],
    [
      { 'alert.freshness': '60', 'alert.quota': 'off', 'alert.pauseWhenFailing': 'on' },
      { alertRules: { freshness: '60', quota: 'off', pauseWhenFailing: 'on' } },
    ],
    [{}, {}],
  ])('%j', (given, value) => {
    expect(parseSettings(given, now)).toEqual({ ok: true, value });
  });

  test.each([
    [{ enabled: 'yes' }, 'setting-invalid'],
    [{ enabled: '' }, 'setting-invalid'],
    [{ conflictPolicy: 'newest' }, 'setting-invalid'],
    [{ overnightHour: '24' }, 'setting-invalid'],
    [{ overnightHour: '-1' }, 'setting-invalid'],
    [{ overnightHour: '2.5' }, 'setting-invalid'],
    [{ driftHour: '24' }, 'setting-invalid'],
    [{ driftHour: '04' }, 'setting-invalid'],
    [{ driftHour: 'never' }, 'setting-invalid'],
    [{ alignment: 'now' }, 'setting-invalid'],
    [{ contactRoleCode: '' }, 'setting-invalid'],
    [{ contactRoleCode: 'TOOLONG' }, 'setting-invalid'],
    [{ contactRoleCode: ' A' }, 'setting-invalid'],
    [{ 'conflictPolicy.company.phone': 'never' }, 'setting-invalid'],
    [{ 'conflictPolicy.company.shoeSize': 'crm' }, 'setting-unknown'],
    [{ breakerShare: '0' }, 'setting-invalid'],
    [{ breakerShare: '101' }, 'setting-invalid'],
    [{ 'alert.freshness': '0' }, 'setting-invalid'],
    [{ 'alert.pauseWhenFailing': 'off' }, 'setting-invalid'],
    [{ 'alert.weather': '5' }, 'setting-unknown'],
    [{ 'alert.toString': 'off' }, 'setting-unknown'],
    [{ holds: 'true' }, 'setting-unknown'],
    [{ enabled: 'true', nonsense: 'true' }, 'setting-unknown'],
  ])('%j is refused as a whole', (given, reason) => {
    expect(parseSettings(given, now)).toEqual({ ok: false, reason });
  });

  test('a policy of its own is taken away by default', () => {
    const before = { ...now, fieldPolicies: { 'company.phone': 'crm', 'company.name': 'ask' } };
    expect(parseSettings({ 'conflictPolicy.company.phone': 'default' }, before)).toEqual({
      ok: true,
      value: { fieldPolicies: { 'company.name': 'ask' } },
    });
  });

  test('so is a threshold of its own, and the switch beside the rules', () => {
    const before = { ...now, alertRules: { freshness: '60', pauseWhenFailing: 'on' } };
    expect(parseSettings({ 'alert.freshness': 'default' }, before)).toEqual({
      ok: true,
      value: { alertRules: { pauseWhenFailing: 'on' } },
    });
    expect(parseSettings({ 'alert.pauseWhenFailing': 'default' }, before)).toEqual({
      ok: true,
      value: { alertRules: { freshness: '60' } },
    });
  });

  test('without account managers nothing is fixed at night: asked for it is refused, switched off it goes with them', () => {
    const off = { ...now, accountManagers: false };
    expect(parseSettings({ accountManagersOvernight: 'true' }, off)).toEqual({
      ok: false,
      reason: 'setting-needs-account-managers',
    });
    expect(parseSettings({ accountManagers: 'false' }, { ...now, accountManagersOvernight: true })).toEqual({
      ok: true,
      value: { accountManagers: false, accountManagersOvernight: false },
    });
  });
});

describe('requests', () => {
  test('a repeated one is answered once', () => {
    const tenant = createTestTenant();
    const change = { requestId: 'same', settings: { addresses: 'false' } };
    tenant.request(change);
    const version = tenant.state.setting?.version;
    tenant.request(change);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason: 'request-repeated' });
    expect(tenant.state.setting?.version).toBe(version);
  });

  test.each([
    [{ kind: 'set-settings', seenVersion: 99, settings: { enabled: 'false' } }, 'setting-stale'],
    [{ kind: 'set-settings', settings: { enabled: 'perhaps' } }, 'setting-invalid'],
    [{ kind: 'dance' }, 'request-unknown'],
    [{ kind: 'pause', side: 'left' }, 'request-unknown'],
    [{ kind: 'run-overnight' }, 'setting-needs-account-managers'],
    [{ kind: 'read', entity: 'company', side: 'crm', recordId: '404' }, 'record-unknown'],
    [{ kind: 'read', entity: 'invoice', side: 'crm', recordId: '1' }, 'record-unknown'],
    [{ kind: 'read', entity: 'company', side: 'left', recordId: '1' }, 'record-unknown'],
    [{ kind: 'dance', entity: 'company', side: 'crm', recordId: '1' }, 'request-unknown'],
    [{ kind: 'sync-contact', entity: 'company', side: 'crm', recordId: '1' }, 'record-unknown'],
    [{ kind: 'use-existing', entity: 'company', side: 'crm', recordId: '1', targetId: G }, 'record-unknown'],
    [{ kind: 'restore', entity: 'company', side: 'crm', recordId: '1', field: 'fax', value: '1' }, 'field-unknown'],
    [{ kind: 'answer', entity: 'company', side: 'crm', recordId: '1', field: 'phone' }, 'no-question'],
    [{ kind: 'answer', entity: 'company', side: 'crm', recordId: '1', field: null }, 'field-unknown'],
  ])('%j is refused', (request, reason) => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    tenant.request(request);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'refused', reason });
  });

  test('pause and resume of one record', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    const about = { entity: 'company', side: 'crm', recordId: '1' };
    tenant.request({ kind: 'pause', ...about });
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '2' }));
    expect(tenant.open).toEqual([]);
    expect(tenant.decisions.at(-1)).toMatchObject({ verdict: 'waiting', reason: 'record-paused' });
    tenant.request({ kind: 'resume', ...about });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '2' }] }]);
  });

  test('a look at a record orders a read, a retry forgets what stood in the way', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    const about = { entity: 'company', side: 'unleashed', recordId: G };
    tenant.request({ kind: 'read', ...about });
    expect(tenant.open).toMatchObject([{ op: 'read', side: 'unleashed' }]);
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { website: 'no site' }));
    tenant.answer({ result: 'refused', code: 'invalid-value', fields: [], shown: null, shownReadStartedAtMs: null });
    expect(tenant.open).toEqual([]);
    tenant.request({ kind: 'retry', ...about });
    expect(tenant.open).toMatchObject([{ fields: [{ field: 'website', value: 'no site' }] }]);
  });

  test('a tenant whose first settings are wrong starts with all off, and says so', () => {
    const tenant = createTestTenant({ enabled: 'perhaps' });
    expect(tenant.state.setting?.enabled).toBe(false);
    expect(tenant.decisions[0]).toMatchObject({ verdict: 'refused', reason: 'setting-invalid' });
  });
});

test('a contact that the CRM did not take for its role is made once a known one is chosen', () => {
  const P = '22222222-2222-4222-8222-222222222222';
  const tenant = createTestTenant();
  tenant.see('crm.company.v1', company('1', G));
  tenant.see('unleashed.customer.v1', customer(G, 'C1'));
  tenant.see('unleashed.contact.v1', unleashedContact(P, G));
  tenant.wait(5_000);
  expect(tenant.open).toMatchObject([{ op: 'create', side: 'crm' }]);
  tenant.answer({ result: 'refused', code: 'role-unknown', targetId: '', created: false, fields: [], shown: null });
  tenant.wait(60_000);
  expect(tenant.open).toEqual([]);
  tenant.request({ settings: { contactRoleCode: 'BUYER' } });
  tenant.wait(5_000);
  expect(tenant.open).toMatchObject([{ op: 'create', side: 'crm', roleCode: 'BUYER' }]);
});
