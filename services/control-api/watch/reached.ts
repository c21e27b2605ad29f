/**
 * Which reads of the sides have reached the read model.
 *
 * `sync.progress` says: whoever has taken in the snapshots below these ends knows every edit made before R. Between topics there
 * is no order, so that has to be followed hand over hand: the processor has committed those offsets (its outputs are in the same
 * transaction); then the read model, the settings and the lanes have been taken in up to where their topics ended after that.
 * Pure but for what it is told.
 */
import type { Progress, Side } from '#contracts';

/** Topics whose state decides what waits. */
export const STATE_TOPICS = ['sync.link.v1', 'sync.setting.v1', 'sync.lane.v1'] as const;
/** One of them. */
export type StateTopic = (typeof STATE_TOPICS)[number];

/** Offsets by topic and partition, topics without prefix. */
export type Offsets = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

/** What has to be known to go on. */
export interface Ground {
  /** Offsets that the processor has committed. */
  committed(): Promise<Offsets>;
  /** Where the topics of the state end now. */
  stateEnds(): Promise<Offsets>;
  /** How far the state has been taken in here; undefined while that is not known. */
  position(topic: StateTopic, partition: number): bigint | undefined;
}

interface Waiting {
  readonly progress: Progress;
  /** Where the state has to be taken in to, by topic; null while the processor is not known to be through. */
  readonly stateEnds: ReadonlyMap<string, bigint> | null;
}

/** Follows the reads of all sides. */
export interface Reached {
  /** Takes note of what a side tells; what was told before is gone on with until this one is through. */
  note(progress: Progress): void;
  /** Looks how far they are; gives the tenants and sides whose R moved on. */
  look(ground: Ground): Promise<{ tenantId: string; side: Side }[]>;
  /** R: every edit made before it is in the state that is shown here; null while that is not known. */
  of(tenantId: string, side: Side): number | null;
  /** Forgets a tenant that is looked after elsewhere. */
  forget(tenantId: string): void;
}

/** Reads of one side that are on their way: the one that came first, so that it is through some time, and the last. */
interface Way {
  readonly tenantId: string;
  readonly side: Side;
  reachedMs: number | null;
  /** readUntilMs that was noted last. */
  notedMs: number;
  first: Waiting | null;
  last: Waiting | null;
}

/** Makes the follower. */
export function createReached(): Reached {
  const ways = new Map<string, Way>();

  function isCommitted({ partition, ends }: Progress, committed: Offsets): boolean {
    return ends.every(({ topic, offset }) => (committed.get(topic)?.get(partition) ?? 0n) >= BigInt(offset));
  }

  /** One that is not known to be committed, looked at; `stateEnds` were asked for after `committed`. */
  function step(waiting: Waiting | null, committed: Offsets, stateEnds: Offsets): Waiting | null {
    if (waiting === null || waiting.stateEnds !== null || !isCommitted(waiting.progress, committed)) return waiting;
    const { partition } = waiting.progress;
    const ends = STATE_TOPICS.map((topic) => [topic, stateEnds.get(topic)?.get(partition) ?? 0n] as const);
    return { ...waiting, stateEnds: new Map(ends) };
  }

  function isThrough({ progress, stateEnds }: Waiting, ground: Ground): boolean {
    if (stateEnds === null) return false;
    return STATE_TOPICS.every((topic) => {
      const at = ground.position(topic, progress.partition);
      return at !== undefined && at >= (stateEnds.get(topic) ?? 0n);
    });
  }

  function settle(way: Way, ground: Ground): boolean {
    const through = [way.last, way.first].find((one) => one !== null && isThrough(one, ground));
    if (through === undefined || through === null) return false;
    if (through === way.last) way.last = null;
    way.first = null;
    const before = way.reachedMs;
    way.reachedMs = Math.max(before ?? 0, through.progress.readUntilMs ?? 0);
    return way.reachedMs !== before;
  }

  return {
    note(progress) {
      const { tenantId, readUntilMs } = progress;
      if (readUntilMs === null || (progress.side !== 'crm' && progress.side !== 'unleashed')) return;
      const key = `${tenantId}/${progress.side}`;
      let way = ways.get(key);
      if (way === undefined) {
        way = { tenantId, side: progress.side, reachedMs: null, notedMs: 0, first: null, last: null };
        ways.set(key, way);
      }
      if (readUntilMs <= way.notedMs) return;
      way.notedMs = readUntilMs;
      const waiting = { progress, stateEnds: null };
      way.first ??= way.last;
      way.last = waiting;
    },
    async look(ground) {
      const under = [...ways.values()].filter(({ first, last }) => first !== null || last !== null);
      const isAsking = under.some(({ first, last }) => [first, last].some((one) => one?.stateEnds === null));
      if (isAsking) {
        const committed = await ground.committed();
        const stateEnds = await ground.stateEnds();
        for (const way of under) {
          way.first = step(way.first, committed, stateEnds);
          way.last = step(way.last, committed, stateEnds);
        }
      }
      return under.filter((way) => settle(way, ground)).map(({ tenantId, side }) => ({ tenantId, side }));
    },
    of: (tenantId, side) => ways.get(`${tenantId}/${side}`)?.reachedMs ?? null,
    forget(tenantId) {
      for (const [key, way] of ways) if (way.tenantId === tenantId) ways.delete(key);
    },
  };
}
