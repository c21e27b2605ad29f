/**
 * Kinds of record: all records of a tenant about which the same is so, with how many there are.
 *
 * Nearly all records are alike (in sync), the rest fall into some dozens of kinds. So what settings and lanes make of a
 * million records is found by judging the kinds, and a filter by state or reason is a list of kinds.
 */
import type { Entity } from '#contracts';
import { type Circumstances, type Explanation, judgeField, judgeRecord, type RecordFacts } from '#sync-core';
import type { Connection } from './database.ts';

/** A kind as the present settings and lanes make it. */
export interface JudgedKind {
  readonly id: number;
  readonly entity: Entity;
  readonly count: number;
  readonly state: Explanation['state'];
  /** Stable reason code. */
  readonly reason: string;
  /** Fields that somebody has to correct something for. */
  readonly stoppedFields: number;
}

/** Facts as they are stored: without the fields about which there is nothing to say. */
export function packFacts({ entity, match, whole, fields }: RecordFacts): RecordFacts {
  const telling = fields.filter(
    ({ first, unaligned, hangsOn, otherwise }) =>
      first !== null || unaligned || hangsOn !== null || otherwise.state !== 'in-sync',
  );
  return { entity, match, whole, fields: whole === null ? telling : [] };
}

/** A kind as it is, whatever the settings. */
export interface Kind {
  readonly id: number;
  readonly facts: RecordFacts;
  readonly count: number;
}

/** All kinds of a tenant that there are records of. */
export function kindsOf(connection: Connection, tenantNo: number): Kind[] {
  const rows = connection.all<{ id: number; facts: string; count: number }>(
    'SELECT id, facts, count FROM kinds WHERE tenant_no = ? AND count > 0 ORDER BY id',
    tenantNo,
  );
  return rows.map((row) => ({ ...row, facts: parseFacts(row.facts) }));
}

/** The same, judged. */
export function judgedKinds(connection: Connection, tenantNo: number, circumstances: Circumstances): JudgedKind[] {
  return kindsOf(connection, tenantNo).map(({ id, facts, count }) => {
    const { entity } = facts;
    return { id, entity, count, ...judgeRecord(circumstances, facts), stoppedFields: stoppedOf(circumstances, facts) };
  });
}

function stoppedOf(circumstances: Circumstances, { entity, whole, fields }: RecordFacts): number {
  if (circumstances.setting?.enabled !== true) return 0;
  if (whole !== null) return whole.state === 'stopped' ? 1 : 0;
  return fields.filter((field) => judgeField(circumstances, entity, field).state === 'stopped').length;
}

function parseFacts(text: string): RecordFacts {
  return JSON.parse(text);
}

/** Gives kinds their numbers and counts their records, within the transaction of whoever writes. */
export interface KindBook {
  /** The number of a kind; made when it is new. */
  idOf(tenantNo: number, facts: RecordFacts): number;
  /** Whether records of a kind take part at all. */
  isEligible(kind: number): boolean;
  /** Notes that a record has come to a kind (1) or left it (−1). */
  count(kind: number, difference: 1 | -1): void;
  /** Writes the counts. */
  flush(): void;
  /** Forgets all that is not in the file: after a rollback. */
  reset(): void;
}

/** Makes the book. */
export function createKindBook(connection: Connection): KindBook {
  const ids = new Map<string, number>();
  const eligible = new Map<number, boolean>();
  const differences = new Map<number, number>();
  return {
    idOf(tenantNo, facts) {
      const text = JSON.stringify(facts);
      const key = `${tenantNo} ${text}`;
      let id = ids.get(key);
      if (id === undefined) {
        connection.run(
          'INSERT INTO kinds (tenant_no, facts, count) VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
          tenantNo,
          text,
        );
        id = connection.get<{ id: number }>(
          'SELECT id FROM kinds WHERE tenant_no = ? AND facts = ?',
          tenantNo,
          text,
        )!.id;
        ids.set(key, id);
      }
      return id;
    },
    isEligible(kind) {
      let found = eligible.get(kind);
      if (found === undefined) {
        const row = connection.get<{ facts: string }>('SELECT facts FROM kinds WHERE id = ?', kind);
        found = row !== undefined && parseFacts(row.facts).whole?.state !== 'not-eligible';
        eligible.set(kind, found);
      }
      return found;
    },
    count(kind, difference) {
      differences.set(kind, (differences.get(kind) ?? 0) + difference);
    },
    flush() {
      for (const [kind, difference] of differences) {
        if (difference !== 0) connection.run('UPDATE kinds SET count = count + ? WHERE id = ?', difference, kind);
      }
      differences.clear();
    },
    reset() {
      ids.clear();
      eligible.clear();
      differences.clear();
    },
  };
}
