/** What the connector remembers of each tenant in Redis. Losing it costs a sweep and a repeated publication, nothing else. */
import type { RedisStore } from '#runtime';
import { shownKeyParts } from '#unleashed';
import { type Cursor, parseCursor } from './core/cursor.ts';
import type { RecordStore } from './core/ports.ts';

/** Fields that one command names at most, so that no command keeps Redis busy for long. */
const FIELDS_AT_ONCE = 1_000;

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly store: RecordStore;
  readCursor(): Promise<Cursor>;
  writeCursor(cursor: Cursor): Promise<void>;
}

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const key = (what: string): string => redis.key(`{${tenantId}}`, 'unleashed', what);
  const knownKey = key('known');
  const cursorKey = key('cursor');
  const shownKey = redis.key(...shownKeyParts(tenantId));

  async function readFields(hash: string, fields: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const some of chunks(fields)) {
      const values = await redis.call('look up known records', (client) => client.hmget(hash, ...some));
      for (const [index, value] of values.entries()) {
        if (value !== null) found.set(some[index] ?? '', value);
      }
    }
    return found;
  }

  return {
    store: {
      read: (keys) => readFields(knownKey, keys),
      async all() {
        const all = await redis.call('look up all known records', (client) => client.hgetall(knownKey));
        return new Map(Object.entries(all));
      },
      async shown(keys) {
        const texts = await readFields(shownKey, keys);
        return new Map([...texts].map(([name, text]) => [name, Number(text)]));
      },
      async write(changes) {
        const kept = [...changes].flatMap(([name, value]) => (value === null ? [] : [name, value]));
        const gone = [...changes].flatMap(([name, value]) => (value === null ? [name] : []));
        for (const some of chunks(kept))
          await redis.call('remember records', (client) => client.hset(knownKey, ...some));
        for (const some of chunks(gone)) await redis.call('forget records', (client) => client.hdel(knownKey, ...some));
      },
    },
    async readCursor() {
      return parseCursor(await redis.call('read the cursor', (client) => client.get(cursorKey)));
    },
    async writeCursor(cursor) {
      await redis.call('write the cursor', (client) => client.set(cursorKey, JSON.stringify(cursor)));
    },
  };
}

/** Pieces of an even number of entries, so that names and values stay together. */
function chunks(entries: readonly string[]): string[][] {
  const pieces: string[][] = [];
  for (let at = 0; at < entries.length; at += FIELDS_AT_ONCE) pieces.push(entries.slice(at, at + FIELDS_AT_ONCE));
  return pieces;
}
