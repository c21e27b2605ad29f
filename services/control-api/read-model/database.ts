/** The file, its connections and its statements. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { v4 as randomId } from 'uuid';
import { codeVersion } from './code-version.ts';
import { SCHEMA } from './schema.ts';

/** A connection to the file; statements are prepared once each. */
export interface Connection {
  /** All rows of a query. `T` is what the query is written to give. */
  all<T>(sql: string, ...values: SQLInputValue[]): T[];
  /** The first row; undefined when there is none. */
  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined;
  /** Rows one by one; whoever stops early leaves the loop. One walk of a statement at a time. */
  walk<T>(sql: string, ...values: SQLInputValue[]): Iterable<T>;
  /** Changes something; gives the number of rows. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Several statements without values. */
  exec(sql: string): void;
  close(): void;
}

const FILE = 'read-model.sqlite';
/** How long a statement waits for the other connection, milliseconds. They meet for moments only. */
const BUSY_TIMEOUT_MS = 5_000;
/** Pages kept in memory: for the one that writes, whose indexes are hit all over, and for the one that reads; kibibytes. */
const CACHE_KIB = { write: 64 * 1024, read: 16 * 1024 } as const;
/** Mapped instead of read, bytes: pages stay in the system's cache, outside of the process. */
const MAPPED_BYTES = 256 * 1024 ** 2;
/** The log of changes is cut back to this after it was moved into the file, bytes. */
const LOG_BYTES = 64 * 1024 ** 2;

/** The file of a folder. */
export function fileOf(folder: string): string {
  return join(folder, FILE);
}

/** Opens one connection to the file of a folder. */
export function connect(folder: string, use: 'write' | 'read'): Connection {
  const db = new DatabaseSync(fileOf(folder), { timeout: BUSY_TIMEOUT_MS });
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -${CACHE_KIB[use]};
    PRAGMA mmap_size = ${MAPPED_BYTES};
    PRAGMA journal_size_limit = ${LOG_BYTES};
    ${use === 'read' ? 'PRAGMA query_only = ON;' : ''}
  `);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    all: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as T[],
    get: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as T | undefined,
    walk: <T>(sql: string, ...values: SQLInputValue[]) => prepared(sql).iterate(...values) as Iterable<T>,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    exec: (sql) => db.exec(sql),
    close: () => db.close(),
  };
}

/** Takes the file away; the folder stays. */
export function removeFiles(folder: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(fileOf(folder) + end, { force: true });
}

/**
 * Opens the file for writing. One that was made by another version, or from another origin, or that cannot be read, is
 * taken away and begun anew: everything in it can be read again.
 *
 * @param origin what it is built from: cluster and topics
 * @param onAnew told why a file that was there is given up
 */
export function openForWriting(folder: string, origin: string, onAnew: (why: string) => void): Connection {
  mkdirSync(folder, { recursive: true });
  const why = unusable(folder, origin);
  if (why === null) return connect(folder, 'write');
  if (why !== 'empty') onAnew(why);
  removeFiles(folder);
  const connection = connect(folder, 'write');
  connection.exec(`BEGIN IMMEDIATE; ${SCHEMA}`);
  const meta = { code: codeVersion(), origin, generation: randomId(), built: 'no' };
  for (const [name, value] of Object.entries(meta)) connection.run('INSERT INTO meta VALUES (?, ?)', name, value);
  connection.exec('COMMIT');
  return connection;
}

/** Why the file of a folder cannot be gone on with; null when it can, `empty` when there is nothing in it. */
function unusable(folder: string, origin: string): string | null {
  let connection: Connection | undefined;
  try {
    connection = connect(folder, 'write');
    const tables = connection.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema')?.n;
    if (tables === 0) return 'empty';
    if (readMeta(connection, 'code') !== codeVersion()) return 'it was written by another version';
    if (readMeta(connection, 'origin') !== origin) return 'it was built from another Kafka cluster, or other topics';
    return null;
  } catch (error) {
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    connection?.close();
  }
}

/** One of the file's own notes: code, origin, generation (another one each time it is begun anew), built. */
export function readMeta(connection: Connection, name: 'code' | 'origin' | 'generation' | 'built'): string {
  return connection.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)?.value ?? '';
}
