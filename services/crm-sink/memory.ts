/**
 * What the sink remembers in Redis. Losing it costs a read, and opens again the window in which a lost creation may come late
 * (see core/create-contact.ts); never a wrong write.
 */
import type { Clock, RedisStore } from '#runtime';
import type { CreationClaim } from './core/ports.ts';

/** A begun write is remembered this long, seconds: longer than any command is delivered again. */
const BEGUN_TTL_SECONDS = 86_400;
/** Time within which a claimed creation must go out, milliseconds. */
export const SEND_WITHIN_MS = 10_000;
/** Time within which a creation whose answer was lost may still take effect, milliseconds. Nobody tries again before. */
export const LATE_CREATION_MS = 30_000;

/** The sink's memory of one tenant. Every method rejects with RuntimeError when Redis cannot be asked. */
export interface SinkMemory {
  /** Notes that a write is about to be sent for a command. */
  beginWrite(commandId: string): Promise<void>;
  /** Whether that was noted before. */
  hasBegun(commandId: string): Promise<boolean>;
  /** See SinkPorts. */
  claimCreation(marker: string): Promise<CreationClaim>;
  /** See SinkPorts. */
  releaseCreation(marker: string): Promise<void>;
}

/** The memory of a tenant. */
export function createSinkMemory(redis: RedisStore, tenantId: string, clock: Clock): SinkMemory {
  const begunKey = (commandId: string): string => redis.key(`{${tenantId}}`, 'crm', 'begun', commandId);
  const claimKey = (marker: string): string => redis.key(`{${tenantId}}`, 'crm', 'creating', marker);
  return {
    async beginWrite(commandId) {
      await redis.call('note a begun write', (client) => client.set(begunKey(commandId), '1', 'EX', BEGUN_TTL_SECONDS));
    },
    async hasBegun(commandId) {
      return (await redis.call('look for a begun write', (client) => client.exists(begunKey(commandId)))) > 0;
    },
    async claimCreation(marker) {
      const nowMs = clock.now();
      const heldMs = SEND_WITHIN_MS + LATE_CREATION_MS;
      const untilMs = nowMs + heldMs;
      const key = claimKey(marker);
      const set = await redis.call('claim a creation', (client) => client.set(key, `${untilMs}`, 'PX', heldMs, 'NX'));
      if (set === 'OK') return { isOurs: true, untilMs, sendBeforeMs: nowMs + SEND_WITHIN_MS };
      const held = Number(await redis.call('look for a creation', (client) => client.get(key)));
      return { isOurs: false, untilMs: held > 0 ? held : untilMs, sendBeforeMs: 0 };
    },
    async releaseCreation(marker) {
      await redis.call('release a creation', (client) => client.del(claimKey(marker)));
    },
  };
}
