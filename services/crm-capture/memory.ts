/** What is remembered of each tenant in Redis. Losing it costs a walk over everything and a repeated publication, nothing else. */
import { createRecordHash } from '#feed';
import type { RedisStore } from '#runtime';
import { parseCursors, type SetCursor } from './core/cursor.ts';
import type { KnownStore } from './core/ports.ts';

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly known: KnownStore;
  /** Cursors by set. */
  readCursors(): Promise<Record<string, SetCursor>>;
  writeCursors(cursors: Record<string, SetCursor>): Promise<void>;
}

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const cursorsKey = redis.key(`{${tenantId}}`, 'crm', 'cursors');
  return {
    known: createRecordHash(redis, redis.key(`{${tenantId}}`, 'crm', 'known')),
    async readCursors() {
      return parseCursors(await redis.call('read the cursors', (client) => client.get(cursorsKey)));
    },
    async writeCursors(cursors) {
      await redis.call('write the cursors', (client) => client.set(cursorsKey, JSON.stringify(cursors)));
    },
  };
}
