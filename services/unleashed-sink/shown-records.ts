/** Which records outcomes have shown, for the connector. In Redis; losing it costs a repeated publication. */
import { type RedisStore, together } from '#runtime';
import { SHOWN_MARGIN_MS, SHOWN_TTL_SECONDS, shownKeyParts } from '#unleashed';

/** The note of one tenant. Rejects with RuntimeError when Redis cannot be asked. */
export interface ShownRecords {
  /** Notes that an outcome shows a record, for the connector. */
  noteShown(kind: 'customer' | 'contact', guid: string, readStartedAtMs: number): Promise<void>;
}

/** The note of a tenant. */
export function createShownRecords(redis: RedisStore, tenantId: string): ShownRecords {
  const key = redis.key(...shownKeyParts(tenantId));
  return {
    async noteShown(kind, guid, readStartedAtMs) {
      const atMs = `${readStartedAtMs + SHOWN_MARGIN_MS}`;
      await together(redis, 'note a shown record', (commands) =>
        commands.hset(key, `${kind}/${guid}`, atMs).expire(key, SHOWN_TTL_SECONDS),
      );
    },
  };
}
