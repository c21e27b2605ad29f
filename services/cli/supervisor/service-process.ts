import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemError } from './errors.ts';
import { logTail, openLog } from './log-file.ts';
import type { ServiceSpec } from './options.ts';

/** Pause between two looks at a service that is not ready, milliseconds. */
const PROBE_PAUSE_MS = 60;
/** How long one look may take, milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;

/**
 * Most of each half of the young generation of a heap, megabytes. Node 24 lets a half grow to 64: both together come near the
 * limit of a small heap, and V8 then collects the old generation over and over, although it is nearly empty. With 50 edits
 * a second on two cores an edit took five times as long (docs/operations.md, small heaps).
 */
const YOUNG_HALF_MB = 16;

/** How a process ended. */
export interface ExitInfo {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** Signal that ended it; null when it exited. */
  readonly signal: NodeJS.Signals | null;
}

/** One life of a service, from its start to its end. */
export interface ServiceProcess {
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** True until it has ended. */
  readonly alive: () => boolean;
  /** Sends a signal; false when it has ended already. */
  readonly signal: (name: NodeJS.Signals) => boolean;
  /** Asks it to end, insists after `timeoutMs`, resolves when it is gone. */
  readonly stop: (timeoutMs: number) => Promise<ExitInfo>;
}

/**
 * Starts a service with its output into its log. It is in a session of its own, so that Ctrl-C in a terminal reaches
 * the supervisor only, which ends the services in order; and it ends by itself when the supervisor is gone, however
 * that went, because the kernel then closes the pipe on its standard input (TWOWAY_PARENT_PIPE, read by #runtime).
 */
export async function spawnService(spec: ServiceSpec, logFile: string): Promise<ServiceProcess> {
  const log = openLog(logFile);
  let child: ChildProcess;
  try {
    const heap = [`--max-old-space-size=${spec.heapMb}`, `--max-semi-space-size=${YOUNG_HALF_MB}`];
    child = spawn(process.execPath, [...heap, '--enable-source-maps', spec.entry], {
      detached: true,
      stdio: ['pipe', log, log],
      env: { ...process.env, ...spec.env, PORT: String(spec.port), HOST: '127.0.0.1', TWOWAY_PARENT_PIPE: '1' },
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<ExitInfo>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(
        new SystemError('SERVICE_DIED', `${spec.name} could not be started.`, {
          hint: 'Run "npm ci" and try again.',
          cause,
        }),
      ),
    );
  });
  child.stdin?.on('error', () => {}); // the service ended first
  let running = true;
  void exited.then(() => {
    running = false;
  });
  const signal = (name: NodeJS.Signals): boolean => running && child.kill(name);
  return {
    pid: child.pid!,
    exited,
    alive: () => running,
    signal,
    stop: async (timeoutMs) => {
      signal('SIGTERM');
      signal('SIGCONT'); // a stopped process hears nothing else
      const timer = setTimeout(() => signal('SIGKILL'), timeoutMs);
      return await exited.finally(() => clearTimeout(timer));
    },
  };
}

/**
 * Waits until a service says that it is ready.
 *
 * @throws SystemError SERVICE_DIED when it ended meanwhile, SERVICE_NOT_READY when it took too long
 */
export async function waitUntilReady(
  spec: ServiceSpec,
  process: ServiceProcess,
  logFile: string,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  let said = 'nothing';
  while (performance.now() < deadlineMs) {
    if (!process.alive()) {
      throw new SystemError('SERVICE_DIED', `${spec.name} ended while it was starting.`, {
        hint: `See ${logFile}.`,
        logTail: logTail(logFile),
      });
    }
    const answer = await probeReady(spec.port);
    if (answer.ready) return;
    said = answer.said;
    await sleep(PROBE_PAUSE_MS);
  }
  const seconds = Math.round(timeoutMs / 1000);
  throw new SystemError('SERVICE_NOT_READY', `${spec.name} was not ready within ${seconds} s. It said: ${said}`, {
    hint: `See ${logFile}.`,
    logTail: logTail(logFile),
  });
}

/** Asks a service whether it is ready; `said` is its own word for why not. */
export async function probeReady(port: number): Promise<{ ready: boolean; said: string }> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const said = (await response.text()).slice(0, 300);
    return { ready: response.ok, said };
  } catch {
    return { ready: false, said: 'nothing' };
  }
}
