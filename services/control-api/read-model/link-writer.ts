/** Links → rows, and whom a change of one concerns. */
import type { Link } from '#contracts';
import type { Connection } from './database.ts';
import { contactsOf } from './judge.ts';
import type { KindBook } from './kinds.ts';
import { columnsOf, type LinkColumns, type LinkKeys } from './link-row.ts';

/** What has to be judged anew in a tenant. */
export interface Stale {
  /** Row ids of links. */
  readonly links: Set<number>;
  /** A user or a sales person changed. */
  people: boolean;
}

/** Writes links. */
export interface LinkWriter {
  /** Writes a link and adds what it concerns to `stale`; `stale` null: everything is judged later anyway. */
  put(tenantNo: number, link: Link, body: Uint8Array, stale: Stale | null): void;
  /** Takes a link away. */
  remove(tenantNo: number, entity: string, linkId: string, stale: Stale | null): void;
  /** Forgets what is not in the file: after a rollback. */
  reset(): void;
}

/** Row ids of one tenant lie together: `no` times this, and a number below it. */
export const ROWS_PER_TENANT = 2 ** 32;

interface Before extends LinkKeys {
  readonly id: number;
  readonly kind: number | null;
  readonly search: string;
}

const BY_KEY = 'WHERE tenant_no = ? AND entity = ? AND link_id = ?';
const COLUMNS = [
  'crm_id',
  'unleashed_id',
  'crm_parent',
  'unleashed_parent',
  'crm_code',
  'unleashed_code',
  'accounts_id',
  'crm_manager',
  'unleashed_manager',
  'name',
  'email',
  'name_key',
  'search',
  'asking',
  'changed_ms',
  'dirty_ms',
] as const satisfies readonly (keyof LinkColumns)[];
const INSERT = `INSERT INTO links (id, tenant_no, entity, link_id, ${COLUMNS.join(', ')}, kind, body)
  VALUES (?, ?, ?, ?, ${COLUMNS.map(() => '?').join(', ')}, NULL, ?)`;
const UPDATE = `UPDATE links SET ${COLUMNS.map((name) => `${name} = ?`).join(', ')}, body = ? WHERE id = ?`;

/** Makes a writer. */
export function createLinkWriter(connection: Connection, kinds: KindBook): LinkWriter {
  const lastIds = new Map<number, number>();

  function nextId(tenantNo: number): number {
    const first = tenantNo * ROWS_PER_TENANT;
    const last =
      lastIds.get(tenantNo) ??
      connection.get<{ last: number | null }>(
        'SELECT max(id) AS last FROM links WHERE id BETWEEN ? AND ?',
        first,
        first + ROWS_PER_TENANT - 1,
      )?.last ??
      first;
    lastIds.set(tenantNo, last + 1);
    return last + 1;
  }

  function index(id: number, before: string | undefined, after: string): void {
    if (before === after) return;
    if (before !== undefined && before !== '') connection.run('DELETE FROM search WHERE rowid = ?', id);
    if (after !== '') connection.run('INSERT INTO search (rowid, text) VALUES (?, ?)', id, after);
  }

  function find(tenantNo: number, entity: string, linkId: string): Before | undefined {
    return connection.get<Before>(`SELECT * FROM links ${BY_KEY}`, tenantNo, entity, linkId);
  }

  return {
    put(tenantNo, link, body, stale) {
      const { entity, linkId } = link;
      const before = find(tenantNo, entity, linkId);
      const columns = columnsOf(link);
      const values = COLUMNS.map((name) => columns[name]);
      const id = before?.id ?? nextId(tenantNo);
      if (before === undefined) connection.run(INSERT, id, tenantNo, entity, linkId, ...values, body);
      else connection.run(UPDATE, ...values, body, id);
      index(id, before?.search, columns.search);
      if (stale === null) return;
      stale.links.add(id);
      noteConcerned(connection, tenantNo, entity, before, columns, stale);
    },
    remove(tenantNo, entity, linkId, stale) {
      const before = find(tenantNo, entity, linkId);
      if (before === undefined) return;
      connection.run('DELETE FROM links WHERE id = ?', before.id);
      index(before.id, before.search, '');
      if (before.kind !== null) kinds.count(before.kind, -1);
      if (stale !== null) noteConcerned(connection, tenantNo, entity, before, undefined, stale);
    },
    reset: () => lastIds.clear(),
  };
}

/** Adds the links that a change of one may make stand otherwise. */
function noteConcerned(
  connection: Connection,
  tenantNo: number,
  entity: string,
  before: LinkKeys | undefined,
  after: LinkKeys | undefined,
  stale: Stale,
): void {
  if (entity === 'person') stale.people = true;
  if (entity !== 'company') return;
  const differs = (...names: (keyof LinkKeys)[]): boolean => names.some((name) => before?.[name] !== after?.[name]);
  const both = [before, after].filter((keys) => keys !== undefined);
  const add = (ids: readonly number[]): void => {
    for (const id of ids) stale.links.add(id);
  };
  if (differs('crm_id', 'unleashed_id')) for (const keys of both) add(contactsOf(connection, tenantNo, keys));
  if (!differs('unleashed_id', 'unleashed_code')) return;
  for (const keys of both) add(waitingFor(connection, tenantNo, keys));
}

/** Companies of the CRM without a customer that name this one, by its id or its code. */
function waitingFor(connection: Connection, tenantNo: number, customer: LinkKeys): number[] {
  const found = (column: 'crm_code' | 'accounts_id', value: string | null): number[] =>
    value === null
      ? []
      : connection
          .all<{ id: number }>(`SELECT id FROM links WHERE tenant_no = ? AND ${column} = ?`, tenantNo, value)
          .map(({ id }) => id);
  return [...found('crm_code', customer.unleashed_code), ...found('accounts_id', customer.unleashed_id)];
}
