import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PartPlan } from './parts.ts';

/** A larger output file is put aside at the next start, bytes. */
const OUTPUT_BYTES_MAX = 5 * 1024 * 1024;
/** Lines of a log shown with an error. */
const TAIL_LINES_MAX = 20;

/** Ends the servers when this process is gone. */
export interface Guard {
  /** Starts watching over a process. */
  add: (pid: number) => void;
  /** Stops watching over it: it has ended, or was ended. */
  remove: (pid: number) => void;
  /** Ends the guard itself; what it still watches over ends too. Resolves when it is gone. */
  close: () => Promise<void>;
}

/** Starts the guard: see guard.sh. It lives in a session of its own, so that Ctrl-C in a terminal spares it. */
export function startGuard(): Guard {
  const script = fileURLToPath(new URL('guard.sh', import.meta.url));
  const child = spawn('/bin/sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  // The pipe itself must not keep this process alive either.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  child.stdin.on('error', () => {}); // a guard that was killed guards no more; the servers still end on stop()
  const gone = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  return {
    add: (pid) => void child.stdin.write(`add ${pid}\n`),
    remove: (pid) => void child.stdin.write(`remove ${pid}\n`),
    close: async () => {
      child.ref(); // or this process might end before the guard has read that it guards nothing any more
      child.stdin.end();
      await gone;
    },
  };
}

/** Starts a server in a session of its own, its output into its file. Throws when the program cannot be run. */
export function spawnPart(plan: PartPlan): ChildProcess {
  if (existsSync(plan.outputFile) && statSync(plan.outputFile).size > OUTPUT_BYTES_MAX) {
    renameSync(plan.outputFile, `${plan.outputFile}.1`);
  }
  const output = openSync(plan.outputFile, 'a');
  try {
    const [program, ...args] = plan.command;
    return spawn(program, args, {
      cwd: plan.cwd,
      env: { ...process.env, ...plan.env },
      detached: true,
      stdio: ['ignore', output, output],
    });
  } finally {
    closeSync(output);
  }
}

/** How long the log files of a server are, to tell old lines from new ones. */
export type LogMark = ReadonlyMap<string, number>;

/** Notes where the log ends now. */
export function markLogs(plan: Pick<PartPlan, 'logFile' | 'outputFile'>): LogMark {
  const files = [plan.logFile, plan.outputFile];
  return new Map(files.map((file) => [file, existsSync(file) ? statSync(file).size : 0]));
}

/** The last lines of a server's log and output since the mark, oldest first. */
export function logTail(mark: LogMark): string[] {
  return [...mark].flatMap(([file, length]) => {
    try {
      const bytes = readFileSync(file);
      // Shorter than before: it was rolled over, and all of it is new.
      const text = bytes.toString('utf8', bytes.length < length ? 0 : length);
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      return lines.slice(-TAIL_LINES_MAX);
    } catch {
      return []; // it has not written any
    }
  });
}
