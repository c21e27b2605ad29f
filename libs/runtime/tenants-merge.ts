/** The tenants file and the store together: the file wins. */

import type { Tenant } from './tenant-schema.ts';
import type { StoreEntry } from './tenant-store/store-reader.ts';
import { claimsOf } from './tenants-file.ts';

/** Where a tenant is described. */
export type TenantSource = 'file' | 'console';

/** A tenant of the store and what keeps it from being in force, if anything does. */
export interface StoreStanding {
  readonly entry: StoreEntry;
  /**
   * - in-force: it is served.
   * - removed: somebody removed it.
   * - unreadable: it cannot be read; what was last good stays in force.
   * - in-file: the tenants file has one of the same id, which is served instead.
   * - same-account: another tenant has the same CRM token or Unleashed account; this one is not served.
   */
  readonly standing: 'in-force' | 'removed' | 'unreadable' | 'in-file' | 'same-account';
  /** The tenant that it stands behind; empty unless same-account. */
  readonly other: string;
}

/** All tenants, from both places. */
export interface MergedTenants {
  /** Tenants in force, those of the file first. */
  readonly tenants: readonly Tenant[];
  /** Every tenant of the store by its id. */
  readonly stored: ReadonlyMap<string, StoreStanding>;
}

/** Puts both together. Two tenants on one account would write over each other for ever: the later one is left out. */
export function mergeTenants(file: readonly Tenant[], entries: readonly StoreEntry[]): MergedTenants {
  const owners = new Map(file.flatMap((tenant) => claimsOf(tenant).map((claim) => [claim, tenant.id] as const)));
  const inFile = new Set(file.map(({ id }) => id));
  const tenants = [...file];
  const stored = new Map<string, StoreStanding>();
  for (const entry of entries) {
    const { id, tenant, state } = entry;
    const claims = tenant === null ? [] : claimsOf(tenant);
    const other = claims.map((claim) => owners.get(claim)).find((owner) => owner !== undefined && owner !== id) ?? '';
    if (inFile.has(id)) stored.set(id, { entry, standing: 'in-file', other: '' });
    else if (state === 'removed') stored.set(id, { entry, standing: 'removed', other: '' });
    else if (other !== '') stored.set(id, { entry, standing: 'same-account', other });
    else {
      stored.set(id, { entry, standing: state === 'unreadable' ? 'unreadable' : 'in-force', other: '' });
      for (const claim of claims) owners.set(claim, id);
      if (tenant !== null) tenants.push(tenant);
    }
  }
  return { tenants, stored };
}
