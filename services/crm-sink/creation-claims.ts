/**
 * Who may make a record now. In Redis, and in the process that claimed as long as it lives: losing both opens again the window in which
 * a lost creation may come late (see core/create-contact.ts).
 */
import type { Clock, RedisStore } from '#runtime';
import type { CreationClaim } from './core/ports.ts';

/** Time within which a claimed creation must go out, milliseconds. */
const SEND_WITHIN_MS = 10_000;
/** Time within which a creation whose answer was lost may still take effect, milliseconds. Nobody tries again before. */
const LATE_CREATION_MS = 30_000;

/** The claims of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface CreationClaims {
  /** See SinkPorts. */
  claimCreation(marker: string): Promise<CreationClaim>;
  /** See SinkPorts. */
  releaseCreation(marker: string): Promise<void>;
}

/** The claims of a sink, by tenant. */
export function createCreationClaims(redis: RedisStore, clock: Clock): (tenantId: string) => CreationClaims {
  /** Until when this process has claimed, by key: what Redis may have lost since. */
  const here = new Map<string, number>();

  function remember(key: string, untilMs: number): void {
    for (const [other, endMs] of here) if (endMs <= clock.now()) here.delete(other);
    here.set(key, untilMs);
  }

  return (tenantId) => {
    const keyOf = (marker: string): string => redis.key(`{${tenantId}}`, 'crm', 'creating', marker);
    return {
      async claimCreation(marker) {
        const nowMs = clock.now();
        const key = keyOf(marker);
        const hereMs = here.get(key) ?? 0;
        if (hereMs > nowMs) return { isOurs: false, untilMs: hereMs, sendBeforeMs: 0 };
        const heldMs = SEND_WITHIN_MS + LATE_CREATION_MS;
        const untilMs = nowMs + heldMs;
        const set = await redis.call('claim a creation', (client) => client.set(key, `${untilMs}`, 'PX', heldMs, 'NX'));
        if (set === 'OK') {
          remember(key, untilMs);
          return { isOurs: true, untilMs, sendBeforeMs: nowMs + SEND_WITHIN_MS };
        }
        const held = Number(await redis.call('look for a creation', (client) => client.get(key)));
        return { isOurs: false, untilMs: held > 0 ? held : untilMs, sendBeforeMs: 0 };
      },
      async releaseCreation(marker) {
        here.delete(keyOf(marker));
        await redis.call('release a creation', (client) => client.del(keyOf(marker)));
      },
    };
  };
}
