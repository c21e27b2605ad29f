/**
 * Writes of ours that were answered and not read back (fact P2.8: the answer shows nothing). What they wrote is noted, and
 * compared with the record when it is next read for whatever reason; catching up reads every row that changed, so each is looked
 * at within a minute or two, and no call is made for it. A record that shows what a write had replaced did not store it (or
 * somebody set it back): for an hour every write of the tenant is read back.
 *
 * Losing the notes means that these writes are looked at by nobody.
 */

import { z } from 'zod';
import type { Field } from '#contracts';
import { parseJson, type RedisStore, together } from '#runtime';

/** A note is kept this long after the last one of the tenant, seconds: longer than catching up takes. */
const NOTE_TTL_SECONDS = 900;
/** How long every write is read back after one was not stored, seconds. */
const DISTRUST_SECONDS = 3_600;
/** A read that began this soon after the write may have been too early for it, milliseconds. */
const TOO_SOON_MS = 2_000;

const unreadWrite = z.object({ atMs: z.number(), before: z.record(z.string(), z.string()) });

/** A write that was not read back: when it was answered (our clock, milliseconds), and what each field showed before. */
export type UnreadWrite = Readonly<z.infer<typeof unreadWrite>>;

/** A record as it was read. */
export interface ReadRecord {
  /** `company/{DivisionId}` or `contact/{ContactId}`. */
  readonly key: string;
  readonly readStartedAtMs: number;
  /** Values of its synced fields. */
  readonly values: Readonly<Partial<Record<Field, string>>>;
}

/** The notes of one tenant. Methods reject with RuntimeError when Redis cannot be asked. */
export interface UnreadWrites {
  /** Notes a write; false, and nothing is noted, when a write of the tenant was lately found not to be stored. */
  note(key: string, write: UnreadWrite): Promise<boolean>;
  /** Hash of the notes, to be read together with others. */
  readonly notesKey: string;
  /**
   * Looks at records that were read, with the notes of them as they are afterwards; gives the fields, as `company/1 phone`, that
   * show what a write had replaced.
   */
  check(reads: readonly ReadRecord[], notes: ReadonlyMap<string, string>): Promise<string[]>;
}

/** The notes of a tenant. */
export function createUnreadWrites(redis: RedisStore, tenantId: string): UnreadWrites {
  const notesKey = redis.key(`{${tenantId}}`, 'crm', 'unread');
  const distrustKey = redis.key(`{${tenantId}}`, 'crm', 'distrust');
  return {
    async note(key, write) {
      const [isDistrusted] = await together<[number]>(redis, 'note a write that is not read back', (commands) =>
        commands.exists(distrustKey).hset(notesKey, key, JSON.stringify(write)).expire(notesKey, NOTE_TTL_SECONDS),
      );
      if (isDistrusted === 0) return true;
      await redis.call('take the note back', (client) => client.hdel(notesKey, key));
      return false;
    },
    notesKey,
    async check(reads, notes) {
      const seen: string[] = [];
      const wrong: string[] = [];
      for (const read of reads) {
        const write = parseWrite(notes.get(read.key));
        if (write === null || read.readStartedAtMs < write.atMs + TOO_SOON_MS) continue;
        seen.push(read.key);
        wrong.push(...notStored(read, write).map((field) => `${read.key} ${field}`));
      }
      if (seen.length === 0) return wrong;
      await together(redis, 'take off notes of writes', (commands) => {
        if (wrong.length > 0) commands.set(distrustKey, '1', 'EX', DISTRUST_SECONDS);
        commands.hdel(notesKey, ...seen);
      });
      return wrong;
    },
  };
}

function notStored({ values }: ReadRecord, { before }: UnreadWrite): string[] {
  return Object.keys(before).filter((field) => values[field as Field] === before[field]);
}

/** A note; null for none, and for one that another version wrote. */
function parseWrite(text: string | undefined): UnreadWrite | null {
  if (text === undefined) return null;
  const parsed = unreadWrite.safeParse(parseJson(Buffer.from(text)));
  return parsed.success ? parsed.data : null;
}
