/** Notes every five minutes how a tenant stands, for the charts of a day and of a month. */
import { type Freshness, type Progress, type Sample, SIDES, type Side, sampleKey } from '#contracts';

/** Time between samples of a day, milliseconds: the fifth of an hour is seen, and a day has 288 of them. */
export const SAMPLE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** Places of a span, used again in turn; a month has some more than it has days, so that none is lost at its end. */
const PLACES = { day: DAY_MS / SAMPLE_MS, month: 40 } as const;

/** What it needs. */
export interface SamplerParts {
  freshnessOf(tenantId: string, side: Side): Freshness | undefined;
  progressOf(tenantId: string, side: Side): Progress | undefined;
  /** Records that fail; null while that is not known: nothing is noted until it is. */
  failingOf(tenantId: string): number | null;
  /** Resolves when it is written. */
  publish(key: string, sample: Sample): Promise<void>;
  nowMs(): number;
}

/** Takes samples. */
export interface Sampler {
  /** Notes these tenants, each at most once in five minutes of the clock; resolves when what was noted is published. */
  look(tenantIds: readonly string[]): Promise<void>;
  /** Forgets a tenant that is looked after elsewhere. */
  forget(tenantId: string): void;
}

/** Makes the sampler. Whoever takes a tenant over notes it at once: in its place, so that nothing is there twice. */
export function createSampler(parts: SamplerParts): Sampler {
  const notedIn = new Map<string, number>();

  function sampleOf(tenantId: string, failing: number, atMs: number): Omit<Sample, 'span'> {
    const [crm, unleashed] = SIDES.map((side) => parts.freshnessOf(tenantId, side));
    const lagOf = (fresh: Freshness | undefined): number | null =>
      fresh?.freshUntilMs == null ? null : Math.max(0, atMs - fresh.freshUntilMs);
    const month = parts.progressOf(tenantId, 'unleashed');
    // What was used in a month that is over says nothing.
    const isOver = (month?.resetsAtMs ?? Number.POSITIVE_INFINITY) <= atMs;
    return {
      ...{ tenantId, atMs, failing },
      ...{ crmLagMs: lagOf(crm), unleashedLagMs: lagOf(unleashed) },
      ...{ crmWaiting: crm?.waiting ?? 0, unleashedWaiting: unleashed?.waiting ?? 0 },
      usedCalls: isOver ? null : (month?.usedCalls ?? null),
      limitCalls: isOver ? null : (month?.limitCalls ?? null),
    };
  }

  return {
    async look(tenantIds) {
      const atMs = parts.nowMs();
      const slot = Math.floor(atMs / SAMPLE_MS);
      const due = tenantIds.filter((tenantId) => notedIn.get(tenantId) !== slot);
      const numbers = { day: slot, month: Math.floor(atMs / DAY_MS) } as const;
      await Promise.all(
        due.map(async (tenantId) => {
          const failing = parts.failingOf(tenantId);
          if (failing === null) return;
          const sample = sampleOf(tenantId, failing, atMs);
          for (const span of ['day', 'month'] as const) {
            await parts.publish(sampleKey(tenantId, span, numbers[span] % PLACES[span]), { ...sample, span });
          }
          notedIn.set(tenantId, slot);
        }),
      );
    },
    forget: (tenantId) => void notedIn.delete(tenantId),
  };
}
