/**
 * A simulated process of one of our services. Everything that it does to the world goes through `step`, so that it can be
 * killed or stopped between any two of its effects: what a dead process waits for never comes, what a stopped one waits
 * for comes when it goes on.
 */
import type { Clock } from '#runtime';
import { RuntimeError } from '#runtime';
import type { Scheduler, Timer } from './scheduler.ts';

/** When a process that is to die does so: before its next effects, or right after one, before it hears of it. */
export interface Doom {
  /** Effects that it still has. */
  steps: number;
  /** Effects that count: those whose name begins so. Default: all. */
  at?: string;
  /** Whether the last of them takes place. */
  afterEffect: boolean;
}

/** A process. */
export interface SimProcess {
  /** Kind and number: `crm-sink#2`. */
  readonly name: string;
  /** Its machine's clock, a little off. */
  readonly clock: Clock;
  /** False once it was killed. */
  isAlive(): boolean;
  /** One effect on the world, `travelMs` from now; the answer comes at once afterwards. A dead process never gets one. */
  step<T>(what: string, travelMs: number, effect: () => T): Promise<Awaited<T>>;
  /** Runs something of this process after a time, unless it is dead by then. */
  later(delayMs: number, run: () => void): Timer;
  /** Hands something to the process: at once, when it goes on, or never. */
  deliver(run: () => void): void;
  /** kill -9. */
  kill(): void;
  /** SIGSTOP. */
  stop(): void;
  /** SIGCONT. */
  goOn(): void;
  /** Kills it at one of its next steps. */
  doom(doom: Doom): void;
}

/** What a process is made of. */
export interface ProcessOptions {
  name: string;
  scheduler: Scheduler;
  /** How far its machine's clock is ahead, milliseconds. */
  skewMs: number;
  /** Told when it dies. */
  onDeath: (why: string) => void;
}

/** Starts a process. */
export function createProcess({ name, scheduler, skewMs, onDeath }: ProcessOptions): SimProcess {
  /** What a dead process waits for. Its own: whoever waits for a promise is kept as long as that promise is. */
  const never = new Promise<never>(() => undefined);
  let isAlive = true;
  let isStopped = false;
  let waiting: (() => void)[] = [];
  let doomed: Doom | null = null;

  function die(why: string): void {
    if (!isAlive) return;
    isAlive = false;
    waiting = [];
    onDeath(why);
  }

  function deliver(run: () => void): void {
    if (!isAlive) return;
    if (isStopped) waiting.push(run);
    else run();
  }

  function later(delayMs: number, run: () => void): Timer {
    return scheduler.after(delayMs, () => deliver(run));
  }

  /** Counts a step; true when it is the last one. */
  function isLastStep(what: string): boolean {
    if (doomed === null || !what.startsWith(doomed.at ?? '')) return false;
    doomed.steps -= 1;
    return doomed.steps < 0;
  }

  const process: SimProcess = {
    name,
    isAlive: () => isAlive,
    deliver,
    later,
    clock: {
      now: () => scheduler.now() + skewMs,
      sleep(delayMs, signal) {
        const aborted = () => new RuntimeError('ABORTED', 'Stopped by the caller.', { cause: signal?.reason });
        if (signal?.aborted) return Promise.reject(aborted());
        if (delayMs <= 0) return Promise.resolve();
        return new Promise((resolve, reject) => {
          const onAbort = (): void => {
            timer.cancel();
            reject(aborted());
          };
          const timer = later(delayMs, () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          });
          signal?.addEventListener('abort', onAbort, { once: true });
        });
      },
    },
    step<T>(what: string, travelMs: number, effect: () => T): Promise<Awaited<T>> {
      if (!isAlive) return never;
      const isLast = isLastStep(what);
      if (isLast && doomed?.afterEffect === false) {
        die(`before: ${what}`);
        return never;
      }
      return new Promise<Awaited<T>>((resolve, reject) => {
        scheduler.after(travelMs, () => {
          let answer: T;
          try {
            answer = effect();
          } catch (error) {
            if (isLast) die(`after: ${what}`);
            deliver(() => reject(error));
            return;
          }
          if (isLast) die(`after: ${what}`);
          deliver(() => resolve(answer as Awaited<T>));
        });
      });
    },
    kill: () => die('kill -9'),
    stop: () => {
      isStopped = true;
    },
    goOn() {
      isStopped = false;
      const now = waiting;
      waiting = [];
      for (const run of now) deliver(run);
    },
    doom: (doom) => {
      doomed = { ...doom };
    },
  };
  return process;
}
