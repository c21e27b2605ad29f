/** What becomes of a write whose answer was lost: it may come late, and more than once. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from './options.ts';
import { field, G, link, NOTHING_SHOWN, ordered, type Tenant } from './settle.fixture.ts';
import { company, createTestTenant, customer } from './world.fixture.ts';

describe('a write whose answer was lost', () => {
  const ABOUT = { entity: 'company', side: 'unleashed', recordId: G } as const;
  const DONE = { phone: '2', name: 'Acme 2' };

  /** Phone and name were sent to Unleashed; nobody knows whether they arrive, and a read shows that they have not yet. */
  function lost(carried: { field: string; value: string }[] = []) {
    const tenant = ordered();
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown', carried });
    tenant.wait(2_000);
    tenant.answer();
    return tenant;
  }
  const see = (tenant: Tenant, change: object) => {
    tenant.tick(5_000);
    tenant.see('unleashed.customer.v1', customer(G, 'C1', change));
  };
  /** Its second try is through; then a person sets the phone to 3 in the CRM, which is written, too. */
  function succeeded() {
    const tenant = lost();
    tenant.answer();
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { ...DONE, phone: '3' }));
    tenant.answer();
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '3', unleashed: '3' });
    return tenant;
  }

  test('comes after its successor, and comes again: each time the successor is written once more', () => {
    const tenant = succeeded();
    for (const time of [1, 2]) {
      see(tenant, { ...DONE });
      expect(tenant.open).toMatchObject([
        { side: 'unleashed', fields: [{ field: 'phone', value: '3', expected: '2' }] },
      ]);
      expect(tenant.decisions.at(-1)?.fields.at(-1)).toMatchObject({
        verdict: 'write-unleashed',
        reason: 'own-write-late',
      });
      tenant.answer();
      expect(field(tenant, 'phone')).toMatchObject({ agreed: { crm: '3', unleashed: '3' }, restore: null });
      expect(tenant.conflicts).toHaveLength(time);
    }
  });

  test('is an edit a quarter of an hour later: by then it cannot be a write any more', () => {
    const tenant = succeeded();
    tenant.wait(15 * 60_000);
    see(tenant, { ...DONE });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'phone', value: '2', expected: '3' }] }]);
  });

  test('takes back an edit that was read: the edit is brought back and flows; what came late is in the ledger', () => {
    const tenant = lost();
    tenant.answer();
    tenant.request({ kind: 'pause', ...ABOUT });
    see(tenant, { ...DONE, website: 'edited.example' });
    see(tenant, { ...DONE });
    expect(tenant.conflicts).toMatchObject([{ field: 'website', unleashedValue: 'acme.example' }]);
    tenant.request({ kind: 'resume', ...ABOUT });
    expect(tenant.open).toMatchObject([
      { side: 'unleashed', fields: [{ field: 'website', value: 'edited.example', expected: 'acme.example' }] },
    ]);
    tenant.answer();
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'website', value: 'edited.example' }] }]);
  });

  test('takes back an edit that was read, and somebody sets yet another value: the first one is in the ledger', () => {
    const tenant = lost();
    tenant.answer();
    tenant.request({ kind: 'pause', ...ABOUT });
    see(tenant, { ...DONE, website: 'edited.example' });
    see(tenant, { ...DONE });
    see(tenant, { ...DONE, website: 'again.example' });
    expect(tenant.conflicts).toMatchObject([
      { unleashedValue: 'acme.example' },
      { field: 'website', unleashedValue: 'edited.example', winner: 'crm', policy: 'overwritten-by-write' },
    ]);
    tenant.request({ kind: 'resume', ...ABOUT });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'website', value: 'again.example' }] }]);
  });

  test('comes while the edit that it takes back is on its way to the other side: both sides end with the edit', () => {
    const tenant = lost();
    tenant.answer();
    see(tenant, { ...DONE, website: 'edited.example' });
    expect(tenant.open).toMatchObject([{ side: 'crm', fields: [{ field: 'website', value: 'edited.example' }] }]);
    see(tenant, { ...DONE });
    tenant.answer();
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'website', value: 'edited.example' }] }]);
    tenant.answer();
    const both = { crm: 'edited.example', unleashed: 'edited.example' };
    expect(field(tenant, 'website')).toMatchObject({ ...both, agreed: both });
    expect(tenant.open).toEqual([]);
  });

  test('meets an edit of the other side: that edit is written, and nothing is brought back in between', () => {
    const tenant = succeeded();
    tenant.request({ kind: 'pause', ...ABOUT });
    tenant.see('crm.company.v1', company('1', G, { ...DONE, phone: '4' }));
    see(tenant, { ...DONE });
    tenant.request({ kind: 'resume', ...ABOUT });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '4', expected: '2' }] }]);
  });

  test('carried an edit that only its sink had read: that is an edit first, and no edit when it comes back', () => {
    const tenant = lost([{ field: 'website', value: 'unseen.example' }]);
    expect(field(tenant, 'website')).toMatchObject({ unleashed: 'unseen.example', agreed: { crm: 'acme.example' } });
    see(tenant, { ...DONE, website: 'newer.example' });
    tenant.open.splice(0);
    see(tenant, { ...DONE, website: 'unseen.example' });
    expect(field(tenant, 'website')?.restore).toMatchObject({ side: 'unleashed', value: 'newer.example' });
  });

  test('brings back what an edit replaced while it was under way', () => {
    const tenant = ordered();
    see(tenant, { website: 'edited.example' });
    tenant.open.splice(0);
    tenant.wait(45_000);
    tenant.wait(2_000);
    tenant.answer({ shown: [{ field: 'website', value: 'edited.example' }] });
    see(tenant, { ...DONE, website: 'acme.example' });
    expect(field(tenant, 'website')?.restore).toMatchObject({ side: 'unleashed', value: 'edited.example' });
  });

  test("is no late one once its sink said what became of it: the same value is a person's edit", () => {
    const tenant = ordered();
    see(tenant, { website: 'edited.example' });
    tenant.answer({ shown: [{ field: 'website', value: 'edited.example' }] });
    expect(link(tenant)?.ownWrites).toEqual([]);
    tenant.open.splice(0);
    see(tenant, { ...DONE });
    expect(field(tenant, 'website')).toMatchObject({ unleashed: 'acme.example', restore: null });
  });

  test("a value that cannot be brought back goes into the ledger, and the other side's is written", () => {
    const tenant = succeeded();
    see(tenant, { ...DONE });
    tenant.answer({ ...NOTHING_SHOWN, result: 'refused', code: 'invalid-value' });
    expect(field(tenant, 'phone')).toMatchObject({ restore: null, settled: { winner: 'crm', loserValue: '2' } });
    expect(tenant.conflicts.at(-1)).toMatchObject({ field: 'phone', unleashedValue: '3' });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '3', expected: '2' }] }]);
  });

  test('comes once more between the write that mends it and its read-back: it is tried again', () => {
    const tenant = succeeded();
    see(tenant, { ...DONE });
    const late = [
      { field: 'name', value: 'Acme 2' },
      { field: 'phone', value: '2' },
    ];
    for (const wait of [2_000, 4_000]) {
      tenant.answer({ shown: late });
      tenant.wait(wait);
      expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '3' }] }]);
    }
  });

  test('a value that a person wants back is still wanted after a late write', () => {
    const tenant = succeeded();
    tenant.request({ kind: 'pause', ...ABOUT });
    tenant.request({ kind: 'restore', ...ABOUT, field: 'phone', value: '9' });
    see(tenant, { ...DONE });
    tenant.request({ kind: 'resume', ...ABOUT });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '9', expected: '2' }] }]);
  });

  test('to the CRM may have replaced an edit before somebody set the next one: the first one is in the ledger', () => {
    const tenant = createTestTenant();
    tenant.see('crm.company.v1', company('1', G));
    tenant.see('unleashed.customer.v1', customer(G, 'C1'));
    see(tenant, { phone: '2' });
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown', fields: [], shown: null });
    tenant.request({ kind: 'pause', ...ABOUT });
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '3' }));
    // What it showed in between nobody has read: 3, or what the write brought.
    tenant.tick(5_000);
    tenant.see('crm.company.v1', company('1', G, { phone: '4' }));
    expect(tenant.conflicts).toMatchObject([
      { field: 'phone', crmValue: '3', winner: 'crm', policy: 'overwritten-by-write' },
    ]);
    tenant.tick(LIMITS.ownWriteMemoryMs);
    tenant.see('crm.company.v1', company('1', G, { phone: '5' }));
    expect(tenant.conflicts).toHaveLength(1);
  });

  test('a restored value that comes late is no edit either', () => {
    const tenant = succeeded();
    tenant.request({ kind: 'restore', ...ABOUT, field: 'phone', value: '9' });
    tenant.answer({ ...NOTHING_SHOWN, result: 'unknown', code: 'fate-unknown' });
    see(tenant, { ...DONE, phone: '5' });
    tenant.wait(2_000);
    tenant.answer();
    tenant.answer();
    expect(field(tenant, 'phone')?.agreed).toEqual({ crm: '5', unleashed: '5' });
    see(tenant, { ...DONE, phone: '9' });
    expect(tenant.open).toMatchObject([{ side: 'unleashed', fields: [{ field: 'phone', value: '5', expected: '9' }] }]);
  });
});
