/**
 * Keeps workspaces over restarts, in one SQLite file. Rows are written in the same turn as the change, before the call
 * is answered, so that a kill -9 loses no answered write; counters (quota, call numbers) follow within half a second.
 * Events on their way out and late writes are not kept: losing them is what the real systems may do too.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { restoreWorkspace, savedMeta, takeTouched } from '../model/saved.ts';
import type { Workspace } from '../model/workspace-state.ts';

/** Where workspaces are kept. */
export type Store = {
  /** Puts the saved records into an empty workspace of the same tenant; false when nothing is saved. */
  readonly load: (workspace: Workspace) => boolean;
  /** Writes what was touched since the last time. */
  readonly save: (workspace: Workspace) => void;
  /** Forgets a tenant. */
  readonly drop: (tenantId: string) => void;
  /** Tenants that are saved. */
  readonly tenants: () => string[];
  readonly close: () => void;
};

/** A store that keeps nothing. */
export function createNoStore(): Store {
  const save = (workspace: Workspace): void => {
    for (const _row of takeTouched(workspace));
  };
  return { load: () => false, save, drop: () => undefined, tenants: () => [], close: () => undefined };
}

/** Opens (or creates) the store in a folder. */
export function openStore(folder: string): Store {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'sandbox.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
  database.exec(
    'CREATE TABLE IF NOT EXISTS saved (tenant TEXT, part TEXT, key TEXT, json TEXT, UNIQUE (tenant, part, key))',
  );
  const put = database.prepare(
    'INSERT INTO saved VALUES (?, ?, ?, ?) ON CONFLICT (tenant, part, key) DO UPDATE SET json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM saved WHERE tenant = ? AND part = ? AND key = ?');
  const read = database.prepare('SELECT part, key, json FROM saved WHERE tenant = ? ORDER BY rowid');
  const drop = database.prepare('DELETE FROM saved WHERE tenant = ?');
  const names = database.prepare('SELECT DISTINCT tenant FROM saved ORDER BY tenant');
  return {
    load: (workspace) => load(workspace, read),
    save: (workspace) => {
      database.exec('BEGIN');
      for (const { part, key, row } of takeTouched(workspace)) {
        if (row) put.run(workspace.id, part, key, JSON.stringify(row));
        else remove.run(workspace.id, part, key);
      }
      put.run(workspace.id, 'meta', 'meta', JSON.stringify(savedMeta(workspace)));
      database.exec('COMMIT');
    },
    drop: (tenantId) => {
      drop.run(tenantId);
    },
    tenants: () => names.all().map((row) => String(row.tenant)),
    close: () => database.close(),
  };
}

function load(workspace: Workspace, read: StatementSync): boolean {
  const rows = read.all(workspace.id).map((row) => ({
    part: String(row.part),
    key: String(row.key),
    value: JSON.parse(String(row.json)) as unknown,
  }));
  if (rows.length === 0) return false;
  restoreWorkspace(workspace, rows);
  return true;
}
