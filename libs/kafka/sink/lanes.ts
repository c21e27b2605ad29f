/**
 * Lanes: jobs of one lane run one after the other, lanes run side by side, and no more than a given number at once.
 * A lane that waits (for a retry) gives its place to others.
 */

/** Runs jobs by lane. */
export interface Lanes {
  /** Appends a job to its lane. A job must not throw. */
  add(lane: string, job: (place: Place) => Promise<void>): void;
  /** Forgets the jobs that have not begun in lanes whose name begins so. */
  drop(lanePrefix: string): void;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
}

/** A running job's place among the running. */
export interface Place {
  /** Waits for something without holding a place. */
  away<T>(work: () => Promise<T>): Promise<T>;
}

type Job = (place: Place) => Promise<void>;

/** @param maxRunning jobs that may run at the same time */
export function createLanes(maxRunning: number): Lanes {
  const lanes = new Map<string, Job[]>();
  const waiting: (() => void)[] = [];
  let idleWaiters: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
  };

  /** Hands the place to the next one waiting, if any. */
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  const place: Place = {
    async away(work) {
      leave();
      try {
        return await work();
      } finally {
        await enter();
      }
    },
  };

  const runLane = async (name: string, queue: Job[]): Promise<void> => {
    while (queue.length > 0) {
      await enter();
      try {
        await queue.shift()?.(place);
      } finally {
        leave();
      }
    }
    lanes.delete(name);
    if (lanes.size > 0) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const wake of waiters) wake();
  };

  return {
    add(lane, job) {
      const queue = lanes.get(lane);
      if (queue !== undefined) {
        queue.push(job);
        return;
      }
      const fresh = [job];
      lanes.set(lane, fresh);
      void runLane(lane, fresh);
    },
    drop(lanePrefix) {
      for (const [name, queue] of lanes) if (name.startsWith(lanePrefix)) queue.length = 0;
    },
    idle: () => (lanes.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
  };
}
