/** What is remembered of each tenant in Redis. Losing it costs a walk over everything and a repeated publication, nothing else. */
import { createRecordHash, readTogether } from '#feed';
import { createUnreadWrites, type UnreadWrites } from '#prospect-crm';
import { type RedisStore, together } from '#runtime';
import { parseCursors, type SetCursor } from './core/cursor.ts';
import { type LeftChange, type LeftStore, leftText, parseLeft } from './core/left.ts';
import type { KnownStore } from './core/ports.ts';

/** The memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface TenantMemory {
  readonly known: KnownStore;
  /** Writes of ours that nobody has read back. */
  readonly unread: UnreadWrites;
  /** Changes that are left to catching up. */
  readonly left: LeftStore;
  /** Cursors by set, and the changes that are left. */
  read(): Promise<{ cursors: Record<string, SetCursor>; left: LeftChange[] }>;
  writeCursors(cursors: Record<string, SetCursor>): Promise<void>;
}

/** Changes of a tenant that are kept at most: an outage must not fill Redis. Those beyond are found by their stamps, or by the next walk. */
const LEFT_MOST = 5_000;
/** Records that one command sets at most, so that none keeps Redis busy for long. */
const RECORDS_AT_ONCE = 500;

/** The memory of a tenant. */
export function createTenantMemory(redis: RedisStore, tenantId: string): TenantMemory {
  const knownKey = redis.key(`{${tenantId}}`, 'crm', 'known');
  const cursorsKey = redis.key(`{${tenantId}}`, 'crm', 'cursors');
  const leftKey = redis.key(`{${tenantId}}`, 'crm', 'left');
  const leftHash = createRecordHash(redis, leftKey);
  const unread = createUnreadWrites(redis, tenantId);
  const { notesKey } = unread;
  return {
    unread,
    known: {
      async recall(fields) {
        const hashes = [
          { key: knownKey, fields },
          { key: notesKey, fields },
        ] as const;
        const [known, notes] = await readTogether(redis, hashes);
        return { known, notes };
      },
      async remember(digests) {
        const notes = new Map<string, string>();
        const all = [...digests];
        for (let at = 0; at < all.length; at += RECORDS_AT_ONCE) {
          const some = all.slice(at, at + RECORDS_AT_ONCE);
          const keys = some.map(([key]) => key);
          const [, texts] = await together<[number, (string | null)[]]>(redis, 'remember records', (commands) =>
            commands.hset(knownKey, ...some.flat()).hmget(notesKey, ...keys),
          );
          for (const [index, text] of texts.entries()) if (text !== null) notes.set(keys[index] ?? '', text);
        }
        return notes;
      },
    },
    left: {
      async leave(change) {
        const kept = await redis.call('count what is left', (client) => client.hlen(leftKey));
        if (kept < LEFT_MOST) await leftHash.write(new Map([[leftText(change), '']]));
      },
      forget: (changes) => leftHash.write(new Map(changes.map((change) => [leftText(change), null]))),
    },
    async read() {
      const [text, left] = await together<[string | null, Record<string, string>]>(
        redis,
        'read the cursors',
        (commands) => commands.get(cursorsKey).hgetall(leftKey),
      );
      return { cursors: parseCursors(text), left: Object.keys(left).flatMap((one) => parseLeft(one) ?? []) };
    },
    async writeCursors(cursors) {
      await redis.call('write the cursors', (client) => client.set(cursorsKey, JSON.stringify(cursors)));
    },
  };
}
