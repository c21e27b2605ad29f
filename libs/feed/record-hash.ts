/** What is remembered of each record of a tenant: a Redis hash, read and written in pieces. */
import type { RedisStore } from '#runtime';

/** Fields that one command names at most, so that no command keeps Redis busy for long. An even number. */
const FIELDS_AT_ONCE = 1_000;

/** A hash of texts. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface RecordHash {
  /** The values of these fields; fields without one are left out. */
  read(fields: readonly string[]): Promise<Map<string, string>>;
  /** Everything. */
  all(): Promise<Map<string, string>>;
  /** Sets values; null removes. */
  write(changes: ReadonlyMap<string, string | null>): Promise<void>;
}

/** The hash under a key. */
export function createRecordHash(redis: RedisStore, key: string): RecordHash {
  return {
    async read(fields) {
      const found = new Map<string, string>();
      for (const some of pieces(fields)) {
        const values = await redis.call('look up known records', (client) => client.hmget(key, ...some));
        for (const [index, value] of values.entries()) if (value !== null) found.set(some[index] ?? '', value);
      }
      return found;
    },
    async all() {
      const all = await redis.call('look up all known records', (client) => client.hgetall(key));
      return new Map(Object.entries(all));
    },
    async write(changes) {
      const kept = [...changes].flatMap(([name, value]) => (value === null ? [] : [name, value]));
      const gone = [...changes].flatMap(([name, value]) => (value === null ? [name] : []));
      for (const some of pieces(kept)) await redis.call('remember records', (client) => client.hset(key, ...some));
      for (const some of pieces(gone)) await redis.call('forget records', (client) => client.hdel(key, ...some));
    },
  };
}

/** Pieces of an even number of entries, so that names and values stay together. */
function pieces(entries: readonly string[]): string[][] {
  const all: string[][] = [];
  for (let at = 0; at < entries.length; at += FIELDS_AT_ONCE) all.push(entries.slice(at, at + FIELDS_AT_ONCE));
  return all;
}
