/** What the connector remembers of each tenant in Redis. Losing it costs a sweep and a repeated publication, nothing else. */
import { createRecordHash, readTogether } from '#feed';
import type { RedisStore } from '#runtime';
import { shownKeyParts } from '#unleashed';
import { type Cursor, parseCursor } from './core/cursor.ts';
import type { RecordStore } from './core/ports.ts';

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly store: RecordStore;
  readCursor(): Promise<Cursor>;
  /** Gives the cursor that it replaced. */
  writeCursor(cursor: Cursor): Promise<Cursor>;
}

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const cursorKey = redis.key(`{${tenantId}}`, 'unleashed', 'cursor');
  const knownKey = redis.key(`{${tenantId}}`, 'unleashed', 'known');
  const shownKey = redis.key(...shownKeyParts(tenantId));
  return {
    store: {
      ...createRecordHash(redis, knownKey),
      async recall(keys, others) {
        const wanted = [
          { key: knownKey, fields: others === 'all' ? 'all' : [...keys, ...others] },
          { key: shownKey, fields: keys },
        ] as const;
        const [known, shown] = await readTogether(redis, wanted);
        return { known, shown: new Map([...shown].map(([name, text]) => [name, Number(text)])) };
      },
    },
    async readCursor() {
      return parseCursor(await redis.call('read the cursor', (client) => client.get(cursorKey)));
    },
    async writeCursor(cursor) {
      const text = JSON.stringify(cursor);
      return parseCursor(await redis.call('write the cursor', (client) => client.set(cursorKey, text, 'GET')));
    },
  };
}
