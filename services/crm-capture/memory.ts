/** What is remembered of each tenant in Redis. Losing it costs a walk over everything and a repeated publication, nothing else. */
import type { RedisStore } from '#runtime';
import { parseCursors, type SetCursor } from './core/cursor.ts';
import type { KnownStore } from './core/ports.ts';

/** Fields that one command names at most, so that no command keeps Redis busy for long. An even number. */
const FIELDS_AT_ONCE = 1_000;

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly known: KnownStore;
  /** Cursors by set. */
  readCursors(): Promise<Record<string, SetCursor>>;
  writeCursors(cursors: Record<string, SetCursor>): Promise<void>;
}

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const knownKey = redis.key(`{${tenantId}}`, 'crm', 'known');
  const cursorsKey = redis.key(`{${tenantId}}`, 'crm', 'cursors');
  return {
    known: {
      async read(keys) {
        const found = new Map<string, string>();
        for (const some of pieces(keys)) {
          const values = await redis.call('look up known records', (client) => client.hmget(knownKey, ...some));
          for (const [index, value] of values.entries()) if (value !== null) found.set(some[index] ?? '', value);
        }
        return found;
      },
      async write(changes) {
        for (const some of pieces([...changes].flat())) {
          await redis.call('remember records', (client) => client.hset(knownKey, ...some));
        }
      },
    },
    async readCursors() {
      return parseCursors(await redis.call('read the cursors', (client) => client.get(cursorsKey)));
    },
    async writeCursors(cursors) {
      await redis.call('write the cursors', (client) => client.set(cursorsKey, JSON.stringify(cursors)));
    },
  };
}

function pieces(entries: readonly string[]): string[][] {
  const all: string[][] = [];
  for (let at = 0; at < entries.length; at += FIELDS_AT_ONCE) all.push(entries.slice(at, at + FIELDS_AT_ONCE));
  return all;
}
