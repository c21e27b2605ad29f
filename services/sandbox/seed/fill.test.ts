import { describe, expect, it } from 'vitest';
import type { Row } from '../model/types.ts';
import type { Workspace } from '../model/workspace-state.ts';
import { seedWorkspace } from './fill.ts';
import { lifelikeTenants, manyTenants } from './tenants.ts';

const nowMs = Date.UTC(2026, 0, 15);
const [first] = lifelikeTenants;
if (!first) throw new Error('no tenants');
const workspace = seedWorkspace(first, 'seed', nowMs);
const divisions = [...workspace.crm.tables.Divisions.values()];
const ledgerOf = (division: Row): Row | undefined =>
  workspace.crm.tables.SalesLedgers.get(`A|${division.SalesLedgerId}`);

describe('the lifelike data set', () => {
  it('is the same for the same seed and another for another', () => {
    const dump = (each: Workspace) => JSON.stringify([...each.crm.tables.Contacts, ...each.unleashed.customers]);
    expect(dump(seedWorkspace(first, 'seed', nowMs))).toBe(dump(workspace));
    expect(dump(seedWorkspace(first, 'other', nowMs))).not.toBe(dump(workspace));
  });

  it('has some hundred companies in three tenants, each with 5 to 8 users and sales people', () => {
    const all = lifelikeTenants.map((tenant) => seedWorkspace(tenant, 'seed', nowMs));
    const companies = all.reduce((sum, each) => sum + each.crm.tables.Divisions.size, 0);
    expect(companies).toBeGreaterThan(250);
    for (const each of all) {
      expect(each.crm.tables.Users.size).toBeGreaterThanOrEqual(5);
      expect(each.unleashed.salespersons.size).toBeGreaterThanOrEqual(5);
      expect(each.unleashed.salespersons.size).toBeLessThanOrEqual(8);
    }
  });

  it('links most companies by the customer GUID and some by code alone, each ledger with a default company', () => {
    const linked = divisions.filter((division) => division.SalesLedgerId !== null);
    const byGuid = linked.filter((division) =>
      workspace.unleashed.customers.has(String(ledgerOf(division)?.AccountsId)),
    );
    const byCode = linked.filter((division) => ledgerOf(division)?.AccountsId === null);
    expect(byGuid.length / divisions.length).toBeGreaterThan(0.6);
    expect(byCode.length).toBeGreaterThan(3);
    for (const division of byCode) expect(workspace.unleashed.codes.has(String(division.SalesLedgerId))).toBe(true);
    for (const division of linked) expect(ledgerOf(division)?.DefaultDivisionId).not.toBeNull();
  });

  it('holds what is odd: two companies on one account, no account, closed, names of many scripts, other phone formats', () => {
    const counts = new Map<unknown, number>();
    for (const { SalesLedgerId } of divisions) counts.set(SalesLedgerId, (counts.get(SalesLedgerId) ?? 0) + 1);
    const shared = [...counts].filter(([code, count]) => code !== null && count > 1);
    expect(shared.length).toBeGreaterThan(1);
    expect(counts.get(null)).toBeGreaterThan(3);
    expect([...workspace.unleashed.customers.values()].some(({ Obsolete }) => Obsolete === true)).toBe(true);
    expect(divisions.some(({ Name }) => /[^\u0020-\u024f]/.test(String(Name)))).toBe(true);
    const differing = divisions.filter((division) => {
      const customer = workspace.unleashed.customers.get(String(ledgerOf(division)?.AccountsId));
      return customer && customer.PhoneNumber !== division.PhoneNumber;
    });
    expect(differing.length).toBeGreaterThan(2);
    const towns = [...workspace.unleashed.customers.values()].map(({ Addresses }) => (Addresses as Row[])[0]);
    expect(towns.some((address) => address?.City !== null) && towns.some((address) => address?.Suburb !== null)).toBe(
      true,
    );
  });

  it('the first five companies are plain: linked, open, equal in both systems', () => {
    for (const division of divisions.slice(0, 5)) {
      const customer = workspace.unleashed.customers.get(String(ledgerOf(division)?.AccountsId));
      expect(customer).toMatchObject({ CustomerName: division.Name, Website: division.Website, Obsolete: false });
    }
  });

  it('is dated in the past two years', () => {
    for (const { LastModifiedOn } of workspace.unleashed.customers.values()) {
      expect(Number(LastModifiedOn)).toBeLessThan(nowMs);
      expect(Number(LastModifiedOn)).toBeGreaterThan(nowMs - 731 * 86_400_000);
    }
  });

  it('makes any number of tenants of any size', () => {
    const tenants = manyTenants(20, 30);
    expect(new Set(tenants.map(({ id }) => id)).size).toBe(20);
    const [tenant] = tenants;
    if (tenant) expect(seedWorkspace(tenant, 's', nowMs).crm.tables.Divisions.size).toBeGreaterThan(20);
  });
});
