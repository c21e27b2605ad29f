/** What the connector remembers of each tenant in Redis. Losing it costs a sweep and a repeated publication, nothing else. */
import { createRecordHash } from '#feed';
import type { RedisStore } from '#runtime';
import { shownKeyParts } from '#unleashed';
import { type Cursor, parseCursor } from './core/cursor.ts';
import type { RecordStore } from './core/ports.ts';

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly store: RecordStore;
  readCursor(): Promise<Cursor>;
  writeCursor(cursor: Cursor): Promise<void>;
}

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const cursorKey = redis.key(`{${tenantId}}`, 'unleashed', 'cursor');
  const shown = createRecordHash(redis, redis.key(...shownKeyParts(tenantId)));
  return {
    store: {
      ...createRecordHash(redis, redis.key(`{${tenantId}}`, 'unleashed', 'known')),
      async shown(keys) {
        return new Map([...(await shown.read(keys))].map(([name, text]) => [name, Number(text)]));
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
