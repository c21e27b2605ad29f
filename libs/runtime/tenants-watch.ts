/**
 * Takes up changes of the tenants file, and of the store of tenants that people added, while the service runs.
 *
 * Editors and deployments replace a file rather than write into it (rename over it, swap a symbolic link of its folder), and
 * some file systems report nothing at all. So a watcher of folders only says "look again", a slow timer says so too, and what
 * counts is what the file then holds. A file with mistakes changes nothing: the last good tenants stay in force. The same holds
 * for each tenant of the store, and for all of them while the store cannot be read.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createCommandAnswers } from './command-output.ts';
import type { Env } from './config.ts';
import { watchFolders } from './folder-watch.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Tenant } from './tenant-schema.ts';
import {
  createStoreReader,
  type StoreEntry,
  type StoreReader,
  type TenantStoreSettings,
} from './tenant-store/store-reader.ts';
import { loadTenants, type TenantsFile, tenantFingerprint } from './tenants-file.ts';
import { type MergedTenants, mergeTenants } from './tenants-merge.ts';

/** What changed between two states of the file. */
export interface TenantsChange {
  readonly added: readonly Tenant[];
  readonly changed: readonly { readonly before: Tenant; readonly after: Tenant }[];
  readonly removed: readonly Tenant[];
  /** All tenants as they are now. */
  readonly tenants: readonly Tenant[];
  /** How each tenant of the store stands. */
  readonly stored: MergedTenants['stored'];
}

/** What to watch and whom to tell. */
export interface WatchTenantsOptions {
  /** Path of the tenants file. */
  readonly path: string;
  /** The store of tenants that people added. Default: there is none. */
  readonly store?: TenantStoreSettings | undefined;
  /** What `${NAME}` refers to. Default: process.env. */
  readonly env?: Env;
  readonly log: Log;
  /** Where `twoway_tenants_…` metrics go. Default: nowhere. */
  readonly metrics?: Metrics;
  /** Called with each change, one after the other; not for the state at start. What it throws is reported as an error. */
  readonly onChange: (change: TenantsChange) => void | Promise<void>;
  /** Called when a changed file is not usable. It has been logged and counted already. Default: nothing more. */
  readonly onError?: (error: unknown) => void;
  /** Quiet time before a changed file is read, milliseconds. Default 200. */
  readonly debounceMs?: number;
  /** The file is looked at this often even when nothing was reported, milliseconds. Default 30,000. */
  readonly rereadMs?: number;
}

/** A tenants file under watch. */
export interface TenantsWatch {
  /** The tenants in force: of the last good state of the file. */
  readonly tenants: readonly Tenant[];
  /** The tenant with this id, or undefined. */
  tenant(id: string): Tenant | undefined;
  /** How each tenant of the store stands; empty without a store. */
  readonly stored: MergedTenants['stored'];
  /** The store's reading side; null without a store. */
  readonly store: StoreReader | null;
  /** Looks at the file now; resolves when a change, if any, was handed to `onChange`. */
  reread(): Promise<void>;
  /** Stops watching; resolves when no callback runs any more. */
  close(): Promise<void>;
}

const DEBOUNCE_MS = 200;
/** Longest wait for a quiet moment, in debounce times. */
const DEBOUNCE_ROUNDS = 10;
/** File times are no finer than this on some systems: a younger file may change again without showing it, milliseconds. */
const FILE_TIME_GRAIN_MS = 3_000;
const REREAD_MS = 30_000;

/** What has to be done to get from one list of tenants to another. */
export function diffTenants(before: readonly Tenant[], after: readonly Tenant[]): Omit<TenantsChange, 'stored'> {
  const old = new Map(before.map((tenant) => [tenant.id, tenant]));
  const kept = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !old.has(id)),
    changed: after.flatMap((tenant) => {
      const previous = old.get(tenant.id);
      if (previous === undefined || previous === tenant) return [];
      const same = tenantFingerprint(previous) === tenantFingerprint(tenant);
      return same ? [] : [{ before: previous, after: tenant }];
    }),
    removed: before.filter(({ id }) => !kept.has(id)),
    tenants: after,
  };
}

/**
 * Reads the file and watches it.
 * @throws TenantsFileError or RuntimeError when the file is not usable at start
 */
export async function watchTenants(options: WatchTenantsOptions): Promise<TenantsWatch> {
  const { path, log, env = process.env, debounceMs = DEBOUNCE_MS } = options;
  const answers = createCommandAnswers();
  let file = await loadTenants(path, env, answers);
  const store = options.store === undefined ? null : createStoreReader(options.store);
  let entries: readonly StoreEntry[] = [];
  let merged: MergedTenants = mergeTenants(file.tenants, entries);
  let byId = new Map<string, Tenant>();
  let lastError = '';
  let lastSeen: string | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();
  const figures = watchMetrics(options.metrics, () => ({ tenants: merged.tenants.length, stored: merged.stored }));
  const said = new Map<string, string>();

  /** Reads the store; what cannot be read leaves what was there. */
  async function lookAtStore(): Promise<void> {
    if (store === null) return;
    try {
      entries = (await store.look()) ?? entries;
      said.delete('');
    } catch (error) {
      sayOnce('', error, 'the store of tenants cannot be read, what was last read stays in force');
    }
    for (const { id, trouble } of entries) {
      if (trouble === null) said.delete(id);
      else sayOnce(id, trouble, 'a stored tenant cannot be read, what was last good stays in force');
    }
  }

  function sayOnce(id: string, reason: unknown, message: string): void {
    const text = reason instanceof Error ? reason.message : JSON.stringify(reason);
    if (said.get(id) === text) return;
    said.set(id, text);
    log.error(id === '' ? { err: reason } : { tenantId: id, reason }, message);
  }

  function mergeAgain(): Omit<TenantsChange, 'stored'> {
    const before = merged.tenants;
    merged = mergeTenants(file.tenants, entries);
    byId = new Map(merged.tenants.map((tenant) => [tenant.id, tenant]));
    return diffTenants(before, merged.tenants);
  }

  function report(error: unknown): void {
    figures.invalid(true);
    // The same mistake read again is not news.
    const text = String(error);
    if (text === lastError) return;
    lastError = text;
    log.error({ err: error, path }, 'tenants file not taken up, the last good one stays in force');
    options.onError?.(error);
  }

  /** Reads the tenants file, unless nothing can have changed. */
  async function lookAtFile(): Promise<void> {
    const seen = seenAs([path, ...file.secretFiles]);
    if (seen !== undefined && seen === lastSeen && !answers.stale()) return;
    lastSeen = undefined;
    try {
      const next = await loadTenants(path, env, answers);
      folders.add(placesOf(path, next));
      file = next;
    } catch (error) {
      report(error);
      return;
    }
    lastSeen = seen;
    figures.invalid(false);
    lastError = '';
  }

  async function look(): Promise<void> {
    if (closed) return;
    const before = JSON.stringify(standings(merged));
    const had = [file, ...entries];
    await lookAtFile();
    await lookAtStore();
    // A folder reports much that is not about us, and going through all tenants is not free.
    const has = [file, ...entries];
    if (closed || (has.length === had.length && has.every((one, at) => one === had[at]))) return;
    const change = mergeAgain();
    const count = change.added.length + change.changed.length + change.removed.length;
    if (count === 0 && JSON.stringify(standings(merged)) === before) return;
    if (count > 0) figures.changed();
    log.info(
      {
        added: ids(change.added),
        changed: ids(change.changed.map(({ after }) => after)),
        removed: ids(change.removed),
      },
      'tenants taken up',
    );
    try {
      await options.onChange({ ...change, stored: merged.stored });
    } catch (error) {
      log.error({ err: error }, 'a change of the tenants could not be carried out');
      options.onError?.(error);
    }
  }

  function reread(): Promise<void> {
    queue = queue.then(look);
    return queue;
  }

  let waitingSinceMs: number | undefined;

  /** Looks after a quiet moment; in a folder that is never quiet, after a while all the same. */
  function soon(): void {
    const nowMs = performance.now();
    waitingSinceMs ??= nowMs;
    if (closed || nowMs - waitingSinceMs > DEBOUNCE_ROUNDS * debounceMs) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      waitingSinceMs = undefined;
      void reread();
    }, debounceMs);
  }

  const folders = watchFolders(soon, (error, folder) => {
    log.warn({ err: error, folder }, 'a folder cannot be watched; it is looked at from time to time');
  });
  folders.add(placesOf(path, file));
  if (options.store !== undefined && existsSync(options.store.folder)) folders.add([options.store.folder]);
  await lookAtStore();
  mergeAgain();
  const interval = setInterval(() => void reread(), options.rereadMs ?? REREAD_MS);
  interval.unref();

  return {
    get tenants() {
      return merged.tenants;
    },
    tenant: (id) => byId.get(id),
    get stored() {
      return merged.stored;
    },
    store,
    reread,
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(interval);
      folders.close();
      await queue;
    },
  };
}

/** The folders where a change shows: of the tenants file, of each secret's file, and of what links among them lead to. */
function placesOf(path: string, { secretFiles }: TenantsFile): string[] {
  return [path, ...secretFiles].flatMap((one) => {
    try {
      return [dirname(one), dirname(realpathSync(one))];
    } catch {
      return [dirname(one)];
    }
  });
}

/** What files look like from outside, to tell that none has changed; undefined when that is not sure. */
function seenAs(files: readonly string[]): string | undefined {
  try {
    const all = files.map((one) => statSync(one));
    if (all.some(({ ctimeMs }) => Date.now() - ctimeMs < FILE_TIME_GRAIN_MS)) return undefined;
    return JSON.stringify(all.map(({ dev, ino, size, ctimeMs, mtimeMs }) => [dev, ino, size, ctimeMs, mtimeMs]));
  } catch {
    return undefined;
  }
}

/** What of the store's tenants may change without a tenant in force changing. */
function standings({ stored }: MergedTenants): unknown {
  return [...stored].map(([id, { entry, standing, other }]) => [id, standing, other, entry.stored?.revision]);
}

function ids(tenants: readonly Tenant[]): string[] {
  return tenants.slice(0, 20).map(({ id }) => id);
}

function watchMetrics(metrics: Metrics | undefined, count: () => { tenants: number; stored: MergedTenants['stored'] }) {
  const invalid = metrics?.gauge({
    name: 'twoway_tenants_file_invalid',
    help: '1 while the tenants file has mistakes and the last good one is in force.',
  });
  const changes = metrics?.counter({
    name: 'twoway_tenants_file_changes_total',
    help: 'Changes of the tenants file that were taken up.',
  });
  metrics?.gauge({
    name: 'twoway_tenants_count',
    help: 'Tenants in force, of the tenants file and of the store.',
    collect: (gauge) => gauge.set(count().tenants),
  });
  metrics?.gauge({
    name: 'twoway_tenants_unreadable_count',
    help: 'Stored tenants that cannot be read; what was last good stays in force.',
    collect: (gauge) =>
      gauge.set([...count().stored.values()].filter(({ standing }) => standing === 'unreadable').length),
  });
  return {
    invalid: (is: boolean) => invalid?.set(is ? 1 : 0),
    changed: () => changes?.inc(),
  };
}
