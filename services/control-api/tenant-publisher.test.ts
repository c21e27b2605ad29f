import { describe, expect, it } from 'vitest';
import { EXAMPLES, type Tenant as PublishedTenant } from '#contracts';
import { type MergedTenants, parseTenants, type StoreStanding, type Tenant } from '#runtime';
import { tenantChanges } from './tenant-publisher.ts';

const text = `tenants:
  - id: acme
    name: Acme
    timeZone: Europe/London
    prospect: { baseUrl: "https://crm.example", token: t, webhookSecret: h }
    unleashed: { baseUrl: "https://erp.example", apiId: i, apiKey: k, monthlyCalls: 100 }
`;
const [acme] = parseTenants(text, { path: '/none', env: {} }).tenants as [Tenant];
const published = (managedBy: string): PublishedTenant => ({
  ...EXAMPLES['sync.tenant.v1'],
  tenantId: 'acme',
  managedBy,
});
const merged = (tenants: Tenant[], standing?: StoreStanding['standing']): MergedTenants => ({
  tenants,
  stored: new Map(
    standing === undefined ? [] : [['acme', { standing, other: '', entry: {} as StoreStanding['entry'] }]],
  ),
});
const changes = (state: MergedTenants, before: PublishedTenant[]) => [...tenantChanges(state, before)];

describe('what is written about tenants', () => {
  it('is what is configured and where, and nothing when the topic says so already', () => {
    const [[id, record]] = changes(merged([acme], 'in-force'), []) as [[string, PublishedTenant]];
    expect([id, record.managedBy]).toEqual(['acme', 'console']);
    expect(changes(merged([acme], 'in-force'), [{ ...record, configuredAtMs: 9 }])).toEqual([]);
    expect(changes(merged([acme], 'in-file'), [record])).toMatchObject([['acme', { managedBy: 'file' }]]);
    expect(JSON.stringify(record)).not.toMatch(/"(t|h|k|i)"/);
  });

  it('is said once more of a tenant whose credentials changed: what waits for them goes on', () => {
    const [[, record]] = changes(merged([acme]), []) as [[string, PublishedTenant]];
    expect([...tenantChanges(merged([acme]), [record], ['acme'])]).toEqual([['acme', record]]);
    expect([...tenantChanges(merged([acme]), [record], ['other'])]).toEqual([]);
  });

  it.each([
    ['a tenant of the file that is gone', published('file'), undefined],
    ['one that somebody removed', published('console'), 'removed'],
    ['one whose account another has', published('console'), 'same-account'],
  ] as const)('is a tombstone for %s', (_what, before, standing) => {
    expect(changes(merged([], standing), [before])).toEqual([['acme', null]]);
  });

  it.each([
    ['whose store is away', undefined],
    ['that cannot be read', 'unreadable'],
  ] as const)('is nothing for a stored tenant %s', (_what, standing) => {
    expect(changes(merged([], standing), [published('console')])).toEqual([]);
  });
});
