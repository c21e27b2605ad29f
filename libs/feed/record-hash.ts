/** What is remembered of each record of a tenant: a Redis hash, read and written in pieces. */
import { type RedisStore, together } from '#runtime';

/** Fields that one command names at most, so that no command keeps Redis busy for long. An even number. */
const FIELDS_AT_ONCE = 1_000;

/** A hash of texts. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface RecordHash {
  /** The values of these fields; fields without one are left out. */
  read(fields: readonly string[]): Promise<Map<string, string>>;
  /** Sets values; null removes. */
  write(changes: ReadonlyMap<string, string | null>): Promise<void>;
}

/** The hash under a key. */
export function createRecordHash(redis: RedisStore, key: string): RecordHash {
  return {
    async read(fields) {
      const [found] = await readTogether(redis, [{ key, fields }] as const);
      return found;
    },
    async write(changes) {
      const kept = [...changes].flatMap(([name, value]) => (value === null ? [] : [name, value]));
      const gone = [...changes].flatMap(([name, value]) => (value === null ? [name] : []));
      for (const some of pieces(kept)) await redis.call('remember records', (client) => client.hset(key, ...some));
      for (const some of pieces(gone)) await redis.call('forget records', (client) => client.hdel(key, ...some));
    },
  };
}

/** Fields of a hash, or all of them. */
type Fields = readonly string[] | 'all';

/**
 * Reads fields of several hashes in one round trip, as long as they are not too many; gives of each hash what `RecordHash.read`
 * gives. Rejects with RuntimeError when Redis cannot be asked.
 */
export async function readTogether<W extends readonly { readonly key: string; readonly fields: Fields }[]>(
  redis: RedisStore,
  wanted: W,
): Promise<{ [K in keyof W]: Map<string, string> }> {
  const read = wanted.map(({ key, fields }) => ({ key, rounds: roundsOf(fields), found: new Map<string, string>() }));
  for (let round = 0; read.some(({ rounds }) => round < rounds.length); round++) {
    const asked = read.flatMap(({ key, rounds, found }) =>
      rounds.slice(round, round + 1).map((fields) => ({ key, fields, found })),
    );
    const answers = await together<unknown[]>(redis, 'look up known records', (commands) => {
      for (const { key, fields } of asked) fields === 'all' ? commands.hgetall(key) : commands.hmget(key, ...fields);
    });
    for (const [index, { fields, found }] of asked.entries()) {
      for (const [name, value] of entriesOf(fields, answers[index])) found.set(name, value);
    }
  }
  return read.map(({ found }) => found) as { [K in keyof W]: Map<string, string> };
}

function roundsOf(fields: Fields): Fields[] {
  return fields === 'all' ? [fields] : pieces(fields);
}

/** What HGETALL or HMGET answered. */
function entriesOf(fields: Fields, answer: unknown): [string, string][] {
  if (fields === 'all') return Object.entries(answer as Record<string, string>);
  const values = answer as (string | null)[];
  return fields.flatMap((name, at): [string, string][] => (values[at] == null ? [] : [[name, values[at]]]));
}

/** Pieces of an even number of entries, so that names and values stay together. */
function pieces(entries: readonly string[]): string[][] {
  const all: string[][] = [];
  for (let at = 0; at < entries.length; at += FIELDS_AT_ONCE) all.push(entries.slice(at, at + FIELDS_AT_ONCE));
  return all;
}
