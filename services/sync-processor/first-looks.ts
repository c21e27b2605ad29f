/**
 * Tenants whose wake-up time nobody knows yet: their entries were replayed, and when they want to be looked at is not on
 * the log, because it follows from the links. After a rebuild these are all of them, and finding out takes reading every
 * link. So it is done beside the work, a few at a time and with rests; whoever has an input is loaded for that anyway.
 */

/** Links that are read in one look, about; at least one tenant. */
export const LINKS_PER_LOOK = 500;
/** Of the time that looks could take, they leave so many times as much to the inputs. */
const REST_FACTOR = 3;

/** Tenants of one task that have not been looked at. */
export interface FirstLooks {
  add(tenantId: string): void;
  /** It was looked at for another reason. */
  done(tenantId: string): void;
  /** When the next look is due, milliseconds since the epoch; null when there is nobody left. */
  nextAtMs(): number | null;
  /** Takes at most so many tenants. */
  take(limit: number): string[];
  /** A look took from the one time to the other. */
  rest(fromMs: number, toMs: number): void;
}

/** Nobody, at first. */
export function createFirstLooks(): FirstLooks {
  /** In the order in which they came. */
  const waiting = new Set<string>();
  let restUntilMs = 0;
  return {
    add: (tenantId) => void waiting.add(tenantId),
    done: (tenantId) => void waiting.delete(tenantId),
    nextAtMs: () => (waiting.size === 0 ? null : restUntilMs),
    take(limit) {
      const taken = [...waiting.values().take(limit)];
      for (const tenantId of taken) waiting.delete(tenantId);
      return taken;
    },
    rest(fromMs, toMs) {
      restUntilMs = toMs + REST_FACTOR * (toMs - fromMs);
    },
  };
}
