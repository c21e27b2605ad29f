/** What the store holds now, read again only where it changed. A tenant that cannot be read keeps the state that was last good. */
import { describeError, RuntimeError } from '../errors.ts';
import type { Tenant } from '../tenant-schema.ts';
import { type KeyRing, type KeySource, loadKeyRing, NO_KEY_HINT } from './key-ring.ts';
import { keyIdOf } from './sealed-box.ts';
import { newestFiles, readStored, type StoreFile, stampOf } from './store-files.ts';
import { openCredentials, openTenant, type StoredTenant } from './stored-tenant.ts';

/** Where tenants are stored, and how their credentials are opened. */
export interface TenantStoreSettings {
  /** The folder. TENANTS_STORE_DIR. */
  readonly folder: string;
  readonly keys: KeySource;
}

/** A tenant of the store. */
export interface StoreEntry {
  readonly id: string;
  /** unreadable: the file or its credentials cannot be used; what was last good stays in force. */
  readonly state: 'active' | 'removed' | 'unreadable';
  /** The file as it is; null when it cannot be read at all. */
  readonly stored: StoredTenant | null;
  /** The tenant in force; null when it is removed or was never readable here. */
  readonly tenant: Tenant | null;
  /** Paths of the credentials that are set, such as prospect.token; empty when they cannot be opened. */
  readonly credentials: readonly string[];
  /** Why it is unreadable and what to do; empty otherwise. */
  readonly trouble: { readonly message: string; readonly hint: string } | null;
}

/** Reads the store. */
export interface StoreReader {
  /** All entries as they are now; null while there is no such folder. Throws RuntimeError TENANTS_STORE_UNAVAILABLE. */
  look(): Promise<readonly StoreEntry[] | null>;
  /** The keys in force; null when none is configured. Throws RuntimeError when they cannot be had. */
  keys(): Promise<KeyRing | null>;
}

/** Keys that a command or a file gives are asked for again after this, milliseconds. */
const KEYS_AGE_MAX_MS = 10 * 60_000;
/** The same, while something waits for a key that is not there. */
const KEYS_WANTED_AGE_MS = 20_000;

/** Makes a reader; reads nothing yet. */
export function createStoreReader(settings: TenantStoreSettings, nowMs = () => performance.now()): StoreReader {
  const { folder } = settings;
  let entries = new Map<string, { readonly stamp: string; readonly entry: StoreEntry }>();
  let ring: { readonly keys: KeyRing | null; readonly atMs: number } | undefined;

  async function keys(): Promise<KeyRing | null> {
    const wanted = [...entries.values()].some(({ entry }) => entry.state === 'unreadable');
    const ageMaxMs = wanted ? KEYS_WANTED_AGE_MS : KEYS_AGE_MAX_MS;
    // What the environment says cannot change, and a file costs nothing to read.
    const isOld = ring === undefined || settings.keys.command === undefined || nowMs() - ring.atMs >= ageMaxMs;
    if (isOld) ring = { keys: await loadKeyRing(settings.keys), atMs: nowMs() };
    return ring?.keys ?? null;
  }

  async function entryOf(file: StoreFile, before: StoreEntry | undefined): Promise<StoreEntry> {
    const { id } = file;
    let stored: StoredTenant | null = null;
    try {
      stored = await readStored(file);
      if (stored.state === 'removed') {
        return { id, state: 'removed', stored, tenant: null, credentials: [], trouble: null };
      }
      const ring = await keys();
      if (ring === null) {
        const message = `The credentials of ${id} are encrypted, and there is no key.`;
        throw new RuntimeError('TENANTS_KEY_MISSING', message, { hint: NO_KEY_HINT });
      }
      const tenant = openTenant(ring, stored);
      const credentials = Object.keys(openCredentials(ring, stored));
      return { id, state: 'active', stored, tenant, credentials, trouble: null };
    } catch (error) {
      const { message, hint } = describeError(error);
      return {
        id,
        state: 'unreadable',
        stored,
        tenant: before?.tenant ?? null,
        credentials: [],
        trouble: { message, hint },
      };
    }
  }

  /** What was read of a file is good for as long as neither the file nor the keys changed. */
  function isKnown(known: { stamp: string; entry: StoreEntry } | undefined, stamp: string): boolean {
    return known !== undefined && known.stamp === stamp && known.entry.state !== 'unreadable';
  }

  return {
    keys,
    async look() {
      const files = await newestFiles(folder);
      if (files === null) return null;
      const next: typeof entries = new Map();
      for (const file of files) {
        const known = entries.get(file.id);
        const stamp = await stampOf(file).catch(() => '');
        if (known !== undefined && isKnown(known, stamp)) next.set(file.id, known);
        else next.set(file.id, { stamp, entry: await entryOf(file, known?.entry) });
      }
      entries = next;
      return [...entries.values()].map(({ entry }) => entry);
    },
  };
}

/** Whether an entry is sealed with a key that is no longer the first. */
export function isSealedWithOldKey({ stored }: StoreEntry, keys: KeyRing): boolean {
  return stored?.sealed != null && keyIdOf(stored.sealed) !== keys[0].id;
}
