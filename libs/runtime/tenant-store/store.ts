/** Changes of the store: tenants that people add, change and remove while the system runs, and a new key for all of them. */
import { RuntimeError } from '../errors.ts';
import type { Tenant } from '../tenant-schema.ts';
import { type KeyRing, NO_KEY_HINT } from './key-ring.ts';
import { newestFiles, readStored, writeStored } from './store-files.ts';
import { isSealedWithOldKey, type StoreReader } from './store-reader.ts';
import {
  HISTORY_MAX,
  openCredentials,
  partTenant,
  type StoredChange,
  type StoredTenant,
  sealCredentials,
} from './stored-tenant.ts';

/** Who changes something, when, and which fields were given. */
export interface StoreOrder {
  readonly by: string;
  readonly atMs: number;
  /** Names of the fields; never a value. */
  readonly fields: readonly string[];
}

/** What became of an encryption with the newest key. */
export interface RotationReport {
  /** Id of the newest key. */
  readonly keyId: string;
  /** Tenants whose credentials were encrypted anew. */
  readonly changed: readonly string[];
  /** Tenants that had the newest key already. */
  readonly unchanged: number;
  /** Tenants that stay as they were, with the reason. */
  readonly failed: readonly { readonly id: string; readonly message: string }[];
}

/** The store, for writing. Every method throws RuntimeError. */
export interface TenantStore {
  /** Adds a tenant, or one that was removed. TENANTS_STORE_STALE when there is one of that id. */
  add(tenant: Tenant, order: StoreOrder): Promise<StoredTenant>;
  /** Puts a tenant in place of the revision that was seen. TENANTS_STORE_STALE when that is not the newest. */
  change(tenant: Tenant, seenRevision: number, order: StoreOrder): Promise<StoredTenant>;
  /** Marks a tenant as removed and forgets its credentials. */
  remove(id: string, seenRevision: number, order: StoreOrder): Promise<StoredTenant>;
  /** Encrypts everything with the first key. */
  rotate(order: StoreOrder): Promise<RotationReport>;
  /** Throws TENANTS_KEY_MISSING with what to do when nothing could be encrypted. */
  demandKeys(): Promise<KeyRing>;
}

/** Makes the writing side of a store; `reader` is asked for keys. */
export function createTenantStore(folder: string, reader: StoreReader): TenantStore {
  async function newest(id: string): Promise<StoredTenant | null> {
    const file = (await newestFiles(folder))?.find((one) => one.id === id);
    return file === undefined ? null : await readStored(file);
  }

  async function demandKeys(): Promise<KeyRing> {
    const keys = await reader.keys();
    if (keys !== null) return keys;
    throw new RuntimeError('TENANTS_KEY_MISSING', 'Credentials are stored encrypted only, and there is no key.', {
      hint: NO_KEY_HINT,
    });
  }

  async function put(
    before: StoredTenant | null,
    next: Pick<StoredTenant, 'id' | 'state' | 'plain' | 'sealed'>,
    what: string,
    { by, atMs, fields }: StoreOrder,
  ): Promise<StoredTenant> {
    const change: StoredChange = { at: new Date(atMs).toISOString(), by, what, fields: [...fields] };
    const stored: StoredTenant = {
      version: 1,
      ...next,
      revision: (before?.revision ?? 0) + 1,
      history: [...(before?.history ?? []), change].slice(-HISTORY_MAX),
    };
    await writeStored(folder, stored);
    return stored;
  }

  async function sealed(before: StoredTenant | null, tenant: Tenant, what: string, order: StoreOrder) {
    const keys = await demandKeys();
    const { id } = tenant;
    const { plain, credentials } = partTenant(tenant);
    const box = sealCredentials(keys, id, plain, credentials);
    return await put(before, { id, state: 'active', plain, sealed: box }, what, order);
  }

  async function seen(id: string, revision: number): Promise<StoredTenant> {
    const before = await newest(id);
    if (before !== null && before.state === 'active' && before.revision === revision) return before;
    throw new RuntimeError('TENANTS_STORE_STALE', `${id} is not what it was when you looked.`, {
      hint: 'Look at it as it is now, and repeat the change if it is still wanted.',
    });
  }

  return {
    demandKeys,
    async add(tenant, order) {
      const before = await newest(tenant.id);
      if (before?.state === 'active') {
        const message = `There is a tenant ${tenant.id} already.`;
        throw new RuntimeError('TENANTS_STORE_STALE', message, { hint: 'Change it, or give another id.' });
      }
      return await sealed(before, tenant, before === null ? 'added' : 'added again', order);
    },
    async change(tenant, seenRevision, order) {
      return await sealed(await seen(tenant.id, seenRevision), tenant, 'changed', order);
    },
    async remove(id, seenRevision, order) {
      const before = await seen(id, seenRevision);
      return await put(before, { id, state: 'removed', plain: before.plain, sealed: null }, 'removed', order);
    },
    async rotate(order) {
      const keys = await demandKeys();
      const report = {
        keyId: keys[0].id,
        changed: [] as string[],
        unchanged: 0,
        failed: [] as RotationReport['failed'][number][],
      };
      for (const entry of (await reader.look()) ?? []) {
        const { id, stored } = entry;
        if (entry.state === 'removed') continue;
        try {
          if (stored === null) throw new Error(entry.trouble?.message ?? 'it cannot be read');
          if (!isSealedWithOldKey(entry, keys)) {
            report.unchanged++;
            continue;
          }
          const box = sealCredentials(keys, id, stored.plain, openCredentials(keys, stored));
          await put(stored, { id, state: 'active', plain: stored.plain, sealed: box }, 'encrypted anew', order);
          report.changed.push(id);
        } catch (error) {
          report.failed.push({ id, message: error instanceof Error ? error.message : String(error) });
        }
      }
      return report;
    },
  };
}
