/** What a run begins with and what it leaves behind. */
import type { Codec, Setting, Side } from '#contracts';
import type { LogCopy, SimLog } from './engine/log.ts';
import type { SimRedis, Value } from './engine/redis.ts';
import type { WireCall } from './engine/wire.ts';
import type { Plan } from './plan.ts';
import type { Base, Pair } from './world/base.ts';
import type { History } from './world/history.ts';

/** What a run needs that all runs of a program share. */
export interface Shared {
  codec: Codec;
  /** The codec of those who only look. */
  reader: Codec;
  /** Both sides, which the sync has never met. */
  base: Base;
  /** The same some time after it has. */
  aligned: Aligned;
}

/** A world in which the services had been at work and everything was settled. */
export interface Aligned extends Base {
  log: LogCopy;
  redis: Map<string, Value>;
  atMs: number;
}

/** A line of the story. */
export interface Line {
  atMs: number;
  who: string;
  text: string;
}

/** An invariant that does not hold. */
export interface Breach {
  /** I1 to I10 of the design. */
  invariant: string;
  /** What is wrong, with record and field. */
  text: string;
}

/** What the watch found. */
export interface Watched {
  /** Directions that were said to be fresher than they were. */
  readonly breaches: Breach[];
  /** Looks at which an edit was held to be applied or explained, counted once for each. */
  edits: number;
  /** The last word of each side. */
  readonly freshUntilMs: Map<Side, number | null>;
}

/** What a run left behind. */
export interface Ran {
  plan: Plan;
  workspace: Base['workspace'];
  pairs: readonly Pair[];
  history: History;
  calls: readonly WireCall[];
  log: SimLog;
  redis: SimRedis;
  codec: Codec;
  lines: readonly Line[];
  /** The true time. */
  nowMs: () => number;
  /** What the watch over freshness found. */
  watched: Watched;
  /** Settings as they became visible. */
  settings: { atMs: number; setting: Setting }[];
  /** When a process that had been stopped went on, by name. */
  resumes: Map<string, number>;
  /** Errors that nobody caught. */
  uncaught: unknown[];
  /** When people stopped. */
  quietSinceMs: number;
  endMs: number;
  events: number;
}
