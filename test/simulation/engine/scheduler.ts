/**
 * Simulated time. Events run in the order of their time (ties: in the order in which they were made), and after each one
 * every promise that can go on does so before the next. So a run is a function of its seed: no timer, no clock of the
 * machine and no turn of the event loop lies in between.
 */

/** An event that is to come. */
export interface Timer {
  /** Takes the event back; nothing when it has run. */
  cancel(): void;
}

/** Simulated time and what is to happen in it. */
export interface Scheduler {
  /** Now, milliseconds since 1970: the true time, which nobody in the simulated world can read. */
  now(): number;
  /** Runs something after a time, milliseconds (0: after everything that is due now). */
  after(delayMs: number, run: () => void): Timer;
  /** Lets time pass up to a moment. */
  runUntil(untilMs: number): void;
  /** Events run so far. */
  events(): number;
}

/** An event in the order of events; a class, so that one object is all that an event takes. */
class Entry implements Timer {
  readonly atMs: number;
  readonly number: number;
  run: (() => void) | null;

  constructor(atMs: number, number: number, run: () => void) {
    this.atMs = atMs;
    this.number = number;
    this.run = run;
  }

  cancel(): void {
    this.run = null;
  }
}

/** Events of one run at most: a run that goes round in circles ends with an error. */
const MAX_EVENTS = 2_000_000;

/**
 * Lets promises go on until none can, from a place outside any promise. Node has it for its own use and for old libraries
 * (`process._tickCallback`); a turn of the event loop would do the same and take twenty times as long.
 */
const letPromisesGoOn = (process as unknown as { _tickCallback: () => void })._tickCallback;

/** Throws when it is called from inside a promise, where no other promise can go on. */
function mustBeOutsidePromises(): void {
  let went = false;
  void Promise.resolve().then(() => {
    went = true;
  });
  letPromisesGoOn();
  if (!went) throw new Error('a simulation must be run from outside any promise: see outsidePromises');
}

/** Runs work from outside any promise, where a simulation can run. */
export function outsidePromises<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Time that begins at a moment. */
export function createScheduler(startMs: number): Scheduler {
  const heap: Entry[] = [];
  let nowMs = startMs;
  let number = 0;
  let count = 0;

  const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);

  function push(entry: Entry): void {
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  function pop(): Entry | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      const smaller = heap[child] as Entry;
      if (!isBefore(smaller, last)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  return {
    now: () => nowMs,
    after(delayMs, run) {
      const entry = new Entry(nowMs + Math.max(0, Math.ceil(delayMs)), number++, run);
      push(entry);
      return entry;
    },
    runUntil(untilMs) {
      mustBeOutsidePromises();
      for (let top = heap[0]; top !== undefined && top.atMs <= untilMs; top = heap[0]) {
        pop();
        if (top.run === null) continue;
        nowMs = top.atMs;
        count += 1;
        if (count > MAX_EVENTS) throw new Error('too many events: something goes round in circles');
        top.run();
        letPromisesGoOn();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    events: () => count,
  };
}
