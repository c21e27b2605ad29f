/**
 * Takes up changes of the tenants file while the service runs.
 *
 * Editors and deployments replace a file rather than write into it (rename over it, swap a symbolic link of its folder), and
 * some file systems report nothing at all. So a watcher of folders only says "look again", a slow timer says so too, and what
 * counts is what the file then holds. A file with mistakes changes nothing: the last good tenants stay in force.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Env } from './config.ts';
import { watchFolders } from './folder-watch.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Tenant } from './tenant-schema.ts';
import { loadTenants, type TenantsFile, tenantFingerprint } from './tenants-file.ts';

/** What changed between two states of the file. */
export interface TenantsChange {
  readonly added: readonly Tenant[];
  readonly changed: readonly { readonly before: Tenant; readonly after: Tenant }[];
  readonly removed: readonly Tenant[];
  /** All tenants as they are now. */
  readonly tenants: readonly Tenant[];
}

/** What to watch and whom to tell. */
export interface WatchTenantsOptions {
  /** Path of the tenants file. */
  readonly path: string;
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
export function diffTenants(before: readonly Tenant[], after: readonly Tenant[]): TenantsChange {
  const old = new Map(before.map((tenant) => [tenant.id, tenant]));
  const kept = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !old.has(id)),
    changed: after.flatMap((tenant) => {
      const previous = old.get(tenant.id);
      const same = previous === undefined || tenantFingerprint(previous) === tenantFingerprint(tenant);
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
  let file = loadTenants(path, env);
  let byId = new Map(file.tenants.map((tenant) => [tenant.id, tenant]));
  let lastError = '';
  let lastSeen: string | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();
  const figures = watchMetrics(options.metrics, () => file.tenants.length);

  function report(error: unknown): void {
    figures.invalid(true);
    // The same mistake read again is not news.
    const text = String(error);
    if (text === lastError) return;
    lastError = text;
    log.error({ err: error, path }, 'tenants file not taken up, the last good one stays in force');
    options.onError?.(error);
  }

  async function look(): Promise<void> {
    if (closed) return;
    const seen = seenAs([path, ...file.secretFiles]);
    if (seen !== undefined && seen === lastSeen) return;
    lastSeen = undefined;
    let change: TenantsChange;
    try {
      const next = loadTenants(path, env);
      folders.add(placesOf(path, next));
      change = diffTenants(file.tenants, next.tenants);
      file = next;
      byId = new Map(next.tenants.map((tenant) => [tenant.id, tenant]));
    } catch (error) {
      report(error);
      return;
    }
    lastSeen = seen;
    figures.invalid(false);
    lastError = '';
    const count = change.added.length + change.changed.length + change.removed.length;
    if (count === 0) return;
    figures.changed();
    log.info(
      {
        added: ids(change.added),
        changed: ids(change.changed.map(({ after }) => after)),
        removed: ids(change.removed),
      },
      'tenants file taken up',
    );
    try {
      await options.onChange(change);
    } catch (error) {
      log.error({ err: error }, 'a change of the tenants file could not be carried out');
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
  const interval = setInterval(() => void reread(), options.rereadMs ?? REREAD_MS);
  interval.unref();

  return {
    get tenants() {
      return file.tenants;
    },
    tenant: (id) => byId.get(id),
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

function ids(tenants: readonly Tenant[]): string[] {
  return tenants.slice(0, 20).map(({ id }) => id);
}

function watchMetrics(metrics: Metrics | undefined, count: () => number) {
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
    help: 'Tenants in the tenants file.',
    collect: (gauge) => gauge.set(count()),
  });
  return {
    invalid: (is: boolean) => invalid?.set(is ? 1 : 0),
    changed: () => changes?.inc(),
  };
}
