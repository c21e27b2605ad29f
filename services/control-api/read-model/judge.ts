/**
 * Gives links their kind: what the core says is so about them, whatever the settings.
 *
 * What is so about a link hangs on others too: on its company, on customers of the same code, on who stands for whom. When
 * those change it is judged again, in the same transaction.
 */
import type { Codec, Link } from '#contracts';
import { factsOf, fromRecord, peopleOf, type RecordFacts, type TenantState } from '#sync-core';
import type { Connection } from './database.ts';
import { type KindBook, packFacts } from './kinds.ts';
import type { LinkKeys } from './link-row.ts';
import { decodeLink, neighbourhood, peopleLinks, type TenantRef } from './neighbourhood.ts';

/** Judges links of one tenant; made for one transaction. */
export interface Judge {
  /** Judges links by their row ids; those that are gone are passed over. */
  judge(ids: readonly number[]): Promise<void>;
  /** Judges links, and then whatever hangs on how they stand now. */
  judgeAll(ids: ReadonlySet<number>): Promise<void>;
  /** Notes who stands for whom; gives the companies whose account manager stands for somebody else than before. */
  judgePeople(): Promise<number[]>;
}

interface Row extends LinkKeys {
  readonly id: number;
  readonly entity: string;
  readonly kind: number | null;
  readonly body: Uint8Array;
}

/** Links whose neighbours are in memory at the same time. */
const CHUNK = 250;

/** Makes a judge. */
export function createJudge(connection: Connection, codec: Codec, kinds: KindBook, tenant: TenantRef): Judge {
  let people: Promise<Link[]> | null = null;

  /** Judges rows; gives companies that came to take part, or no longer do. */
  async function judgeRows(rows: readonly Row[]): Promise<Row[]> {
    const records: Link[] = [];
    for (const { body } of rows) records.push(await decodeLink(codec, body));
    people ??= peopleLinks(connection, codec, tenant);
    const around = { people: await people, setting: null, lanes: [] };
    const state = await neighbourhood(connection, codec, tenant, records, around);
    return rows.filter((row, index) => judgeRow(state, row, records[index]!));
  }

  function judgeRow(state: TenantState, row: Row, record: Link): boolean {
    const facts = packFacts(factsOf(state, fromRecord(record)));
    const kind = kinds.idOf(tenant.no, facts);
    connection.run('UPDATE links SET kind = ?, since_ms = ? WHERE id = ?', kind, sinceMs(facts, record), row.id);
    if (row.kind === kind) return false;
    if (row.kind !== null) kinds.count(row.kind, -1);
    kinds.count(kind, 1);
    return row.entity === 'company' && (row.kind === null || kinds.isEligible(row.kind) !== kinds.isEligible(kind));
  }

  async function judge(ids: readonly number[]): Promise<Row[]> {
    const changed: Row[] = [];
    for (let at = 0; at < ids.length; at += CHUNK) {
      const rows = connection.all<Row>(
        `SELECT * FROM links WHERE id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(ids.slice(at, at + CHUNK)),
      );
      changed.push(...(await judgeRows(rows)));
      await nextTurn();
    }
    return changed;
  }

  return {
    judge: async (ids) => void (await judge(ids)),
    async judgeAll(ids) {
      const later = new Set<number>();
      for (const company of await judge([...ids])) {
        for (const id of contactsOf(connection, tenant.no, company)) later.add(id);
      }
      await judge([...later]);
    },
    async judgePeople() {
      people = peopleLinks(connection, codec, tenant);
      const state = await neighbourhood(connection, codec, tenant, [], {
        people: await people,
        setting: null,
        lanes: [],
      });
      return renewAnswers(connection, tenant.no, answersOf(state)).flatMap(({ side, id }) =>
        connection
          .all<{ id: number }>(`SELECT id FROM links WHERE tenant_no = ? AND ${side}_manager = ?`, tenant.no, id)
          .map((row) => row.id),
      );
    },
  };
}

/** Lets requests in between: they are answered on the same thread. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Row ids of the contacts of a company, at both sides. */
export function contactsOf(connection: Connection, tenantNo: number, company: Partial<LinkKeys>): number[] {
  return (['crm', 'unleashed'] as const).flatMap((side) => {
    const id = company[`${side}_id`];
    if (id == null) return [];
    const sql = `SELECT id FROM links WHERE tenant_no = ? AND ${side}_parent = ?`;
    return connection.all<{ id: number }>(sql, tenantNo, id).map((row) => row.id);
  });
}

/** Since when a record is not in sync, as its link tells: the oldest edit that is not through, or when work began. */
function sinceMs({ whole, fields }: RecordFacts, record: Link): number | null {
  if (whole?.state === 'not-eligible' || (whole === null && fields.length === 0)) return null;
  const telling = new Set<string>(fields.map(({ field }) => field));
  const edits = record.fields
    .filter(({ field }) => telling.has(field))
    .flatMap(({ crmEditedAtMs, unleashedEditedAtMs }) => [crmEditedAtMs, unleashedEditedAtMs])
    .filter((at) => at !== null);
  return edits.length > 0 ? Math.min(...edits) : (record.dirtySinceMs ?? record.updatedAtMs);
}

interface Answer {
  readonly side: 'crm' | 'unleashed';
  readonly id: string;
  readonly answer: string;
}

/** For every user and sales person: who stands for them, or why nobody does. */
function answersOf(state: TenantState): Answer[] {
  const people = peopleOf(state);
  return [...state.people].flatMap((ref) => {
    const link = state.links.get(ref);
    const answers: Answer[] = [];
    for (const side of ['crm', 'unleashed'] as const) {
      const id = link?.[side]?.id;
      if (id === undefined) continue;
      const found = side === 'crm' ? people.unleashedOf(id) : people.crmOf(id);
      answers.push({ side, id, answer: found === null ? people.whyAlone(side, id) : JSON.stringify(found) });
    }
    return answers;
  });
}

/** Stores the answers; gives those that changed, came or went. */
function renewAnswers(connection: Connection, tenantNo: number, answers: readonly Answer[]): Omit<Answer, 'answer'>[] {
  const before = connection.all<Answer>('SELECT side, id, answer FROM people WHERE tenant_no = ?', tenantNo);
  const known = new Map(before.map((one) => [`${one.side} ${one.id}`, one]));
  const changed: Omit<Answer, 'answer'>[] = [];
  for (const one of answers) {
    const key = `${one.side} ${one.id}`;
    if (known.get(key)?.answer !== one.answer) {
      connection.run('INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?)', tenantNo, one.side, one.id, one.answer);
      changed.push(one);
    }
    known.delete(key);
  }
  for (const gone of known.values()) {
    connection.run('DELETE FROM people WHERE tenant_no = ? AND side = ? AND id = ?', tenantNo, gone.side, gone.id);
    changed.push(gone);
  }
  return changed;
}
