/**
 * Records by state, reason, entity and search, page by page.
 *
 * What a filter lets through is a list of kinds. Without a search, records come in the order of their names: the first rows
 * of each kind, merged. With one, in the order in which they became known: either the index names candidates, or, where
 * only few records pass the filter, these are looked through. Either way a page costs a bounded number of rows.
 */
import type { RecordsAnswer } from './answers.ts';
import { type JudgedKind, judgedKinds } from './kinds.ts';
import { ROWS_PER_TENANT } from './link-writer.ts';
import {
  type Asked,
  circumstancesOf,
  cursorAfter,
  cut,
  isoTime,
  isoTimeOrNull,
  type Page,
  readCursor,
  sayStanding,
} from './question.ts';
import { fold, readSearch } from './search-text.ts';

/** Which records. */
export interface RecordFilter extends Page {
  readonly entity?: 'company' | 'contact' | undefined;
  readonly state?: string | undefined;
  /** Stable reason code. */
  readonly reason?: string | undefined;
  /** Parts of names, codes and e-mail addresses; all of them have to be there. One or two letters: how a name begins. */
  readonly search?: string | undefined;
}

interface Row {
  readonly id: number;
  readonly entity: 'company' | 'contact';
  readonly link_id: string;
  readonly crm_id: string | null;
  readonly unleashed_id: string | null;
  readonly crm_code: string | null;
  readonly unleashed_code: string | null;
  readonly name: string;
  readonly email: string;
  readonly kind: number;
  readonly since_ms: number | null;
  readonly changed_ms: number;
}

/** A record's place in the order of a list. */
interface Spot {
  readonly id: number;
  readonly name_key: string;
}

/** So many records are sooner looked through than the index is asked: some 5 µs each. */
const FEW = 15_000;
/** Above every text. */
const LAST = '\u{10ffff}';
/** At the beginning of a list by name. */
const BY_NAME = { key: '', id: 0 };
const KINDS = '(SELECT value FROM json_each(?))';

/** The kinds that records of a list can be of. */
export function shownKinds(asked: Asked): JudgedKind[] {
  const all = judgedKinds(asked.connection, asked.tenant.no, circumstancesOf(asked));
  return all.filter(({ entity }) => entity === 'company' || entity === 'contact');
}

/** A page of records. Throws CursorError. `few`: see FEW. */
export function listRecords(asked: Asked, filter: RecordFilter, few = FEW): RecordsAnswer {
  const kinds = shownKinds(asked).filter(
    ({ entity, state, reason }) =>
      entity === (filter.entity ?? entity) && state === (filter.state ?? state) && reason === (filter.reason ?? reason),
  );
  const byId = new Map(kinds.map((kind) => [kind.id, kind]));
  const total = kinds.reduce((sum, { count }) => sum + count, 0);
  const search = readSearch(filter.search ?? '');
  const spots =
    search?.match == null
      ? byName(asked, kinds, fold(filter.search ?? ''), filter)
      : bySearch(asked, kinds, total <= few ? null : search.match, search.words, filter);
  const { page, next } = cut(spots, filter.limit, ({ id, name_key }) => cursorAfter(asked, name_key, id));
  const rows = asked.connection.all<Row>(
    `SELECT id, entity, link_id, crm_id, unleashed_id, crm_code, unleashed_code, name, email, kind, since_ms, changed_ms
     FROM links WHERE id IN ${KINDS}`,
    JSON.stringify(page.map(({ id }) => id)),
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const records = page.flatMap(({ id }) => {
    const row = found.get(id);
    const kind = byId.get(row?.kind ?? 0);
    return row === undefined || kind === undefined ? [] : [rowView(row, kind)];
  });
  return { records, next, total: search === null ? total : null };
}

function rowView(row: Row, kind: JudgedKind): RecordsAnswer['records'][number] {
  return {
    entity: row.entity,
    id: row.link_id,
    crmId: row.crm_id,
    unleashedId: row.unleashed_id,
    name: row.name,
    code: row.unleashed_code ?? row.crm_code ?? '',
    email: row.email,
    ...sayStanding(kind),
    stoppedFields: kind.stoppedFields,
    since: isoTimeOrNull(row.since_ms),
    changedAt: isoTime(row.changed_ms),
  };
}

/** The first rows of each kind in the order of names, merged; one more than a page. */
function byName(asked: Asked, kinds: readonly JudgedKind[], beginning: string, page: Page): Spot[] {
  const after = readCursor(asked, page.cursor, { ...BY_NAME, key: beginning });
  const sql = `SELECT id, name_key FROM links
    WHERE kind = ? AND (name_key, id) > (?, ?) AND name_key < ? ORDER BY name_key, id LIMIT ?`;
  const spots = kinds.flatMap(({ id }) =>
    asked.connection.all<Spot>(sql, id, after.key, after.id, beginning + LAST, page.limit + 1),
  );
  // Bytes, as the file compares them: text of this language would put some letters elsewhere.
  const keyed = spots.map((spot) => ({ spot, key: Buffer.from(spot.name_key) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key) || a.spot.id - b.spot.id);
  return keyed.slice(0, page.limit + 1).map(({ spot }) => spot);
}

/** Rows that have all words, in the order of their ids; one more than a page. `match` null: every row is looked at. */
function bySearch(
  asked: Asked,
  kinds: readonly JudgedKind[],
  match: string | null,
  words: readonly string[],
  page: Page,
): Spot[] {
  const { connection, tenant } = asked;
  const after = readCursor(asked, page.cursor, { key: '', id: tenant.no * ROWS_PER_TENANT });
  const ids = JSON.stringify(kinds.map(({ id }) => id));
  const has = words.map(() => 'AND instr(l.search, ?) > 0').join(' ');
  if (match === null) {
    return connection.all<Spot>(
      `SELECT l.id, '' AS name_key FROM links l WHERE l.kind IN ${KINDS} AND l.id > ? ${has} ORDER BY l.id LIMIT ?`,
      ...[ids, after.id, ...words, page.limit + 1],
    );
  }
  return connection.all<Spot>(
    `SELECT l.id, '' AS name_key FROM search s CROSS JOIN links l ON l.id = s.rowid
     WHERE s.search MATCH ? AND s.rowid > ? AND s.rowid < ? AND l.kind IN ${KINDS} ${has} ORDER BY s.rowid LIMIT ?`,
    ...[match, after.id, (tenant.no + 1) * ROWS_PER_TENANT, ids, ...words, page.limit + 1],
  );
}
