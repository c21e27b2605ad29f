import { setTimeout as sleep } from 'node:timers/promises';
import { type Guard, type LogMark, logTail, markLogs, spawnPart } from './children.ts';
import { LocalStackError } from './errors.ts';
import { explainEnd } from './last-words.ts';
import type { UnexpectedExit } from './options.ts';
import type { PartPlan } from './parts.ts';
import { endProcess, isAlive, processIdentity, signal, waitForExit } from './processes.ts';

/** Pause between two looks at a server that is not ready, milliseconds. */
const PROBE_PAUSE_MS = 40;
/** How long a server may take to end cleanly, milliseconds. */
const END_GRACE_MS = 10_000;
/** How often a server that is not our child is looked after, milliseconds. */
const WATCH_PAUSE_MS = 1_000;

/** One server that runs. */
export interface RunningPart {
  readonly plan: PartPlan;
  readonly pid: number;
  /** Tells the process from a later one with the same id. */
  readonly identity: string;
  /** True when it was started here, false when it was found running. */
  readonly owned: boolean;
  /** Resolves when it answers; see `startPart` for what it throws. */
  ready: (timeoutMs: number) => Promise<void>;
  /** Sends a signal; after one that ends a process, resolves when it has ended. */
  kill: (name: NodeJS.Signals) => Promise<void>;
  /** Ends it cleanly, or by force after `graceMs` (default ten seconds). */
  end: (graceMs?: number) => Promise<void>;
  /** Looks after it no more, and lets it run. */
  release: () => void;
}

/** Signals after which `kill` waits for the end. */
const DEADLY: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT']);

/**
 * Starts a server; use `ready()` before connecting to it.
 *
 * @param guard ends it when this process is gone; undefined leaves it running
 * @param onExit told when it ends without having been asked to
 */
export async function startPart(
  plan: PartPlan,
  guard: Guard,
  onExit: (exit: UnexpectedExit) => void,
): Promise<RunningPart> {
  const mark = markLogs(plan);
  const child = spawnPart(plan);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(explainEnd(plan, logTail(mark), `${plan.name} could not be started.`, error)),
    );
  });
  const pid = child.pid!;
  guard.add(pid);
  child.unref();
  let expected = false;
  let exited: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  child.once('exit', (code, signalName) => {
    exited = { code, signal: signalName };
    guard.remove(pid);
    if (expected) return;
    const error = explainEnd(
      plan,
      logTail(mark),
      `${plan.name} ended unexpectedly (${signalName ?? `exit code ${code}`}).`,
    );
    onExit({ part: plan.name, code, signal: signalName, error });
  });
  return {
    plan,
    pid,
    identity: processIdentity(pid) ?? '',
    owned: true,
    ready: (timeoutMs) => waitUntilReady(plan, pid, mark, timeoutMs, () => exited !== undefined),
    kill: async (name) => {
      if (DEADLY.has(name)) expected = true;
      signal(pid, name);
      if (DEADLY.has(name)) await waitForExit(pid, END_GRACE_MS);
    },
    end: async (graceMs = END_GRACE_MS) => {
      expected = true;
      await endProcess(pid, graceMs);
      guard.remove(pid);
    },
    release: () => {
      expected = true;
      guard.remove(pid);
    },
  };
}

/** A server that was found running: the same, but what it exits with cannot be known, and it is never ours to end. */
export function adoptPart(
  plan: PartPlan,
  pid: number,
  identity: string,
  onExit: (exit: UnexpectedExit) => void,
): RunningPart {
  const mark = markLogs(plan);
  let expected = false;
  const timer = setInterval(() => {
    if (isAlive(pid) && processIdentity(pid) === identity) return;
    clearInterval(timer);
    if (expected) return;
    const error = explainEnd(plan, logTail(mark), `${plan.name} ended unexpectedly.`);
    onExit({ part: plan.name, code: null, signal: null, error });
  }, WATCH_PAUSE_MS).unref();
  return {
    plan,
    pid,
    identity,
    owned: false,
    ready: (timeoutMs) => waitUntilReady(plan, pid, mark, timeoutMs, () => !isAlive(pid)),
    kill: async (name) => {
      if (DEADLY.has(name)) expected = true;
      signal(pid, name);
      if (DEADLY.has(name)) await waitForExit(pid, END_GRACE_MS);
    },
    end: async (graceMs = END_GRACE_MS) => {
      expected = true;
      clearInterval(timer);
      await endProcess(pid, graceMs);
    },
    release: () => {
      expected = true;
      clearInterval(timer);
    },
  };
}

/**
 * Waits until a server does real work for a client.
 *
 * @throws LocalStackError CHILD_DIED, PORT_TAKEN or DISK_FULL when it ended meanwhile, NOT_READY when it took too long
 */
async function waitUntilReady(
  plan: PartPlan,
  pid: number,
  mark: LogMark,
  timeoutMs: number,
  ended: () => boolean,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    if (ended()) throw explainEnd(plan, logTail(mark), `${plan.name} ended while it was starting.`);
    try {
      return await plan.probe(pid);
    } catch (cause) {
      if (performance.now() > deadlineMs) {
        const seconds = Math.round(timeoutMs / 1000);
        throw new LocalStackError('NOT_READY', `${plan.name} did not answer within ${seconds} s.`, {
          hint: `See ${plan.logFile}; on a slow machine try again, or run "npm run stack -- down" first.`,
          cause,
          logTail: logTail(mark),
        });
      }
    }
    await sleep(PROBE_PAUSE_MS);
  }
}
