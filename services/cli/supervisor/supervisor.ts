/**
 * Keeps services running, each as a process of its own, so that killing one is as real here as in production.
 *
 * A service is `starting` until it says that it is ready, then `running`. A death that nobody asked for is told in one
 * sentence with the last lines of the log, and the service is started again after a pause that doubles; after
 * `deathsMax` deaths in a row the supervisor gives up, and at once when the service says that its configuration is wrong. `kill` and `stop`
 * are asked-for deaths: after `kill` the service stays down until `restart` (chaos tests want to decide), unless it was
 * told `restartAfterKill`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '#runtime';
import { SystemError } from './errors.ts';
import { logTail } from './log-file.ts';
import type { ServiceSpec, SupervisorOptions } from './options.ts';
import { requirePort } from './ports.ts';
import { residentBytes } from './resident.ts';
import { type ExitInfo, type ServiceProcess, spawnService, waitUntilReady } from './service-process.ts';

/** First pause before a dead service is started again, milliseconds; it doubles. */
const RESTART_PAUSE_MS = 250;
const RESTART_PAUSE_MAX_MS = 10_000;

/** A running service as a caller sees it. */
export interface ServiceInfo {
  readonly name: string;
  /** Process id; 0 while it is down. */
  readonly pid: number;
  readonly port: number;
  readonly logFile: string;
  /** Resident memory, bytes; 0 while it is down. */
  readonly rssBytes: number;
}

/** Services under supervision. */
export interface Supervisor {
  /**
   * Starts services, all at once, and resolves when all are ready.
   *
   * @throws SystemError PORT_TAKEN, SERVICE_DIED, SERVICE_NOT_READY; those that were started go on until `stop`
   */
  start: (specs: readonly ServiceSpec[]) => Promise<void>;
  /** All services, in the order in which they were started. */
  services: () => ServiceInfo[];
  /**
   * Sends a signal. A deadly one is waited for, and the service then stays down until `restart`, unless `restartAfter`
   * is set: then it is treated like any other death.
   */
  kill: (name: string, signal: NodeJS.Signals, options?: { restartAfter?: boolean }) => Promise<void>;
  /** Ends a service if it runs, starts it, and resolves when it is ready. */
  restart: (name: string) => Promise<void>;
  /** Resolves when a service that was started (again) is ready. */
  waitReady: (name: string) => Promise<void>;
  /** Ends one service cleanly; it stays down. */
  stopService: (name: string) => Promise<ExitInfo | null>;
  /** Ends all services, the last started first, and forgets them. May be called again. */
  stop: () => Promise<void>;
}

/** Signals that end a process. */
const DEADLY: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT']);

interface Supervised {
  readonly spec: ServiceSpec;
  readonly logFile: string;
  process: ServiceProcess | null;
  /** Resolves when the present life is ready, rejects when it cannot be. */
  ready: Promise<void>;
  /** True while its death would be no news. */
  expected: boolean;
  deaths: number;
}

/** A supervisor without services yet. */
export function createSupervisor(given: SupervisorOptions): Supervisor {
  const options = {
    readyTimeoutMs: 120_000,
    stopTimeoutMs: 12_000,
    deathsMax: 5,
    healthyAfterMs: 30_000,
    onEvent: () => {},
    onGiveUp: () => {},
    ...given,
  };
  const all = new Map<string, Supervised>();
  let stopping = false;
  mkdirSync(options.logDir, { recursive: true });

  function get(name: string): Supervised {
    const service = all.get(name);
    if (service !== undefined) return service;
    throw new SystemError('SERVICE_UNKNOWN', `There is no service ${name} here.`, {
      hint: `There are: ${[...all.keys()].join(', ')}.`,
    });
  }

  /** Begins a new life; `ready` of the service follows it. */
  async function launch(service: Supervised): Promise<void> {
    const { spec, logFile } = service;
    const startedAtMs = performance.now();
    const life = await spawnService(spec, logFile);
    service.process = life;
    service.expected = false;
    options.onEvent({ kind: 'starting', service: spec.name, pid: life.pid });
    const healthy = setTimeout(() => {
      service.deaths = 0;
    }, options.healthyAfterMs).unref();
    void life.exited.then((exit) => {
      clearTimeout(healthy);
      if (service.process === life) service.process = null;
      if (!service.expected && !stopping) died(service, exit);
    });
    service.ready = waitUntilReady(spec, life, logFile, options.readyTimeoutMs).then(() =>
      options.onEvent({ kind: 'ready', service: spec.name, tookMs: performance.now() - startedAtMs }),
    );
    service.ready.catch(() => {}); // whoever waits hears of it
  }

  function died(service: Supervised, exit: ExitInfo): void {
    const { spec, logFile } = service;
    service.deaths++;
    const misconfigured = exit.code === EXIT.config;
    const givesUp = misconfigured || service.deaths >= options.deathsMax;
    const pauseMs = Math.min(RESTART_PAUSE_MS * 2 ** (service.deaths - 1), RESTART_PAUSE_MAX_MS);
    const how = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
    const next = givesUp
      ? `${service.deaths === 1 ? '' : `${service.deaths} times in a row `}and is left down`
      : `and is started again in ${pauseMs} ms`;
    options.onEvent({
      kind: 'died',
      service: spec.name,
      message: `${spec.name} ${how} ${next}.`,
      logTail: logTail(logFile),
      restartInMs: givesUp ? null : pauseMs,
    });
    if (givesUp) {
      options.onGiveUp(
        new SystemError('SERVICE_DIED', `${spec.name} ${how} ${next}.`, {
          hint: misconfigured
            ? `Correct what it says about its configuration and start again; its log is ${logFile}.`
            : `Its last words are in ${logFile}; "npm run stack -- reset" begins anew with empty servers.`,
          logTail: logTail(logFile),
        }),
      );
      return;
    }
    service.ready = sleep(pauseMs).then(async () => {
      if (stopping || service.process !== null || service.expected) return;
      await launch(service);
      await service.ready;
    });
    service.ready.catch(() => {});
  }

  async function end(service: Supervised): Promise<ExitInfo | null> {
    service.expected = true;
    const exit = (await service.process?.stop(options.stopTimeoutMs)) ?? null;
    options.onEvent({ kind: 'stopped', service: service.spec.name });
    return exit;
  }

  async function waitReady(service: Supervised): Promise<void> {
    // A death while it waits replaces `ready`; then the next life is waited for.
    for (let lives = 0; lives <= options.deathsMax; lives++) {
      const { ready } = service;
      try {
        await ready;
        if (service.ready === ready) return;
      } catch (error) {
        await Promise.resolve(); // the exit is told after the failed probe
        if (service.ready === ready) throw error;
      }
    }
  }

  return {
    start: async (specs) => {
      const started: Supervised[] = [];
      for (const spec of specs) {
        await requirePort(spec.port, spec.name);
        const logFile = join(options.logDir, `${spec.name}.log`);
        const service = { spec, logFile, process: null, ready: Promise.resolve(), expected: false, deaths: 0 };
        all.set(spec.name, service);
        started.push(service);
        await launch(service);
      }
      await Promise.all(started.map(waitReady));
    },
    services: () =>
      [...all.values()].map(({ spec, process, logFile }) => ({
        name: spec.name,
        pid: process?.pid ?? 0,
        port: spec.port,
        logFile,
        rssBytes: process === null ? 0 : residentBytes(process.pid),
      })),
    kill: async (name, signal, { restartAfter = false } = {}) => {
      const service = get(name);
      const life = service.process;
      if (life === null) return;
      if (DEADLY.has(signal)) service.expected = !restartAfter;
      life.signal(signal);
      if (DEADLY.has(signal)) await life.exited;
    },
    restart: async (name) => {
      const service = get(name);
      await end(service);
      await launch(service);
      await waitReady(service);
    },
    waitReady: (name) => waitReady(get(name)),
    stopService: (name) => end(get(name)),
    stop: async () => {
      stopping = true;
      await Promise.all([...all.values()].reverse().map(end));
      all.clear();
      stopping = false;
    },
  };
}
