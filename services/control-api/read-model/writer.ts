/**
 * Writes what was read from Kafka: one transaction per fetch, the positions in the same, so that each record is in exactly
 * once whatever dies when.
 *
 * While the file is built from nothing, links are stored and not judged: their companies may come later. Once the ends of
 * all topics have been reached all are judged, and from then on each with its transaction.
 */
import { type Codec, type TopicRecords, tenantOfKey } from '#contracts';
import { type Connection, readMeta } from './database.ts';
import { createDriftWriter } from './drift-writer.ts';
import { createHistoryWriter } from './history-writer.ts';
import { createJudge, nextTurn } from './judge.ts';
import { createKindBook } from './kinds.ts';
import { createLinkWriter, ROWS_PER_TENANT, type Stale } from './link-writer.ts';
import { SOURCES, type Source } from './place.ts';
import { createSampleWriter } from './sample-writer.ts';

/** A record as it was read; `value` null takes the link of that key away. */
export interface SourceRecord {
  readonly topic: Source;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly value: Buffer | null;
}

/** Makes a record of its bytes; null when they cannot be read and are left out. */
export type Decode = <T extends Source>(topic: T, from: SourceRecord) => Promise<TopicRecords[T] | null>;

/** Where to go on reading a partition. */
export interface Reached {
  readonly topic: Source;
  readonly partition: number;
  readonly next: bigint;
}

/** Writes to the file. Calls take turns: one after the other. */
export interface Writer {
  /** Where each partition that was ever read stands. */
  positions(): Reached[];
  /**
   * Writes records and where to go on, all or nothing.
   *
   * @throws StaleWriterError when somebody else has written to the file since `positions`
   */
  write(records: readonly SourceRecord[], reached: readonly Reached[], decode: Decode): Promise<void>;
  /** Whether all links have been judged since the file was begun. */
  isBuilt(): boolean;
  /** Judges all links that were stored unjudged. May be broken off and called again. */
  build(signal: AbortSignal): Promise<void>;
  /** Takes away what a topic no longer holds below `first`; gives how many rows. At most `max` at a time. */
  prune(topic: Source, partition: number, first: bigint, max: number): number;
}

/** Somebody else writes to the same file. */
export class StaleWriterError extends Error {
  override readonly name = 'StaleWriterError';
}

/** Records between two looks at what else is to be done. */
const RECORDS_PER_TURN = 250;
/** Links judged in one transaction while building. */
const BUILD_CHUNK = 5_000;

/** What has to be judged anew, by tenant; null while everything will be. */
type StaleLinks = Map<string, Stale> | null;

/** Makes the writer of a file. */
export function createWriter(connection: Connection, codec: Codec): Writer {
  const kinds = createKindBook(connection);
  const links = createLinkWriter(connection, kinds);
  const history = createHistoryWriter(connection);
  const drift = createDriftWriter(connection);
  const samples = createSampleWriter(connection);
  const tenants = new Map<string, number>();

  function tenantNo(id: string): number {
    let no = tenants.get(id);
    if (no === undefined) {
      connection.run('INSERT INTO tenants (tenant_id) VALUES (?) ON CONFLICT DO NOTHING', id);
      no = connection.get<{ no: number }>('SELECT no FROM tenants WHERE tenant_id = ?', id)!.no;
      tenants.set(id, no);
    }
    return no;
  }

  async function transaction(work: () => Promise<void>): Promise<void> {
    connection.exec('BEGIN IMMEDIATE');
    try {
      await work();
      kinds.flush();
      connection.exec('COMMIT');
    } catch (error) {
      connection.exec('ROLLBACK');
      kinds.reset();
      links.reset();
      tenants.clear();
      throw error;
    }
  }

  function staleOf(stale: StaleLinks, tenant: string): Stale | null {
    if (stale === null) return null;
    let found = stale.get(tenant);
    if (found === undefined) {
      found = { links: new Set(), people: false };
      stale.set(tenant, found);
    }
    return found;
  }

  async function put(from: SourceRecord, decode: Decode, stale: StaleLinks): Promise<void> {
    const { topic, partition, offset, key, value } = from;
    if (topic === 'sync.drift.v1') {
      const record = value === null ? null : await decode(topic, from);
      if (value === null) drift.remove(tenantNo(tenantOfKey(key) ?? ''), key);
      else if (record !== null) drift.put(tenantNo(record.tenantId), record, value);
    } else if (topic === 'sync.sample.v1') {
      const record = value === null ? null : await decode(topic, from);
      if (value === null) samples.remove(tenantNo(tenantOfKey(key) ?? ''), key);
      else if (record !== null) samples.put(tenantNo(record.tenantId), key, record);
    } else if (topic !== 'sync.link.v1') {
      const record = value === null ? null : await decode(topic, from);
      if (record !== null && value !== null) history.put(topic, record, tenantNo, { partition, offset, body: value });
    } else if (value === null) {
      const [tenant = '', entity = '', ...linkId] = key.split('/');
      links.remove(tenantNo(tenant), entity, linkId.join('/'), staleOf(stale, tenant));
    } else {
      const link = await decode(topic, from);
      if (link !== null) links.put(tenantNo(link.tenantId), link, value, staleOf(stale, link.tenantId));
    }
  }

  async function judgeStale(stale: StaleLinks): Promise<void> {
    for (const [id, { links: concerned, people }] of stale ?? []) {
      const judge = createJudge(connection, codec, kinds, { id, no: tenantNo(id) });
      if (people) for (const company of await judge.judgePeople()) concerned.add(company);
      await judge.judgeAll(concerned);
    }
  }

  function writePosition({ topic, partition, next }: Reached, before: ReadonlyMap<string, number>): void {
    const known = before.get(`${topic} ${partition}`);
    const sql =
      known === undefined
        ? 'INSERT INTO positions (next, topic, partition) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
        : 'UPDATE positions SET next = ? WHERE topic = ? AND partition = ? AND next = ?';
    const values = [Number(next), topic, partition, ...(known === undefined ? [] : [known])];
    if (connection.run(sql, ...values) === 1) return;
    throw new StaleWriterError('the read model was written to by somebody else');
  }

  let seen = readPositions();

  function readPositions(): Map<string, number> {
    const rows = connection.all<{ topic: string; partition: number; next: number }>('SELECT * FROM positions');
    return new Map(rows.map(({ topic, partition, next }) => [`${topic} ${partition}`, next]));
  }

  const isBuilt = (): boolean => readMeta(connection, 'built') === 'yes';

  return {
    positions() {
      seen = readPositions();
      return [...seen].map(([key, next]) => {
        const [topic, partition] = key.split(' ');
        return { topic: SOURCES.find((source) => source === topic)!, partition: Number(partition), next: BigInt(next) };
      });
    },
    async write(records, reached, decode) {
      await transaction(async () => {
        for (const one of reached) writePosition(one, seen);
        const stale: StaleLinks = isBuilt() ? new Map() : null;
        for (const [index, record] of records.entries()) {
          if (index % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
          await put(record, decode, stale);
        }
        await judgeStale(stale);
      });
      seen = new Map([...seen, ...reached.map((one) => [`${one.topic} ${one.partition}`, Number(one.next)] as const)]);
    },
    isBuilt,
    async build(signal) {
      for (const tenant of connection.all<{ no: number; id: string }>('SELECT no, tenant_id AS id FROM tenants')) {
        let last = tenant.no * ROWS_PER_TENANT;
        const end = last + ROWS_PER_TENANT;
        for (let ids: number[] | null = null; ids === null || ids.length > 0; ) {
          if (signal.aborted) return;
          // The plus keeps the walk in the order of the rows, where the tenant's are together.
          const rows = connection.all<{ id: number }>(
            'SELECT id FROM links WHERE +kind IS NULL AND id > ? AND id < ? ORDER BY id LIMIT ?',
            last,
            end,
            BUILD_CHUNK,
          );
          ids = rows.map(({ id }) => id);
          last = ids.at(-1) ?? end;
          const chunk = ids;
          await transaction(() => createJudge(connection, codec, kinds, tenant).judge(chunk));
        }
        await transaction(async () => void (await createJudge(connection, codec, kinds, tenant).judgePeople()));
      }
      await transaction(async () => void connection.run(`UPDATE meta SET value = 'yes' WHERE name = 'built'`));
    },
    prune: history.prune,
  };
}
