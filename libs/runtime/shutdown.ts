/**
 * The life of a service's process, from start to exit.
 *
 * It ends in one of these ways, and each has an exit code (EXIT):
 * - asked to (SIGTERM, SIGINT, or the supervisor is gone): `signal` is aborted, the closers run, last registered first;
 * - `main` throws, or the service calls `fail`: the same, but the code says failed (or config, for a ConfigError);
 * - a promise is rejected or an error thrown where nobody catches it: logged as fatal, then out at once. What the process
 *   believes is no longer to be trusted, so it commits nothing more; transactions and the log make that safe.
 * Closers that take longer than CLOSE_LIMIT_MS altogether are left behind. A second signal ends it at once.
 */
import { ConfigError } from './config.ts';
import { describeError } from './errors.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startTracing } from './tracing.ts';

/** Exit codes. */
export const EXIT = Object.freeze({
  /** Ended as asked. */
  ok: 0,
  /** Failed; a restart may help. */
  failed: 1,
  /** Configuration is wrong; a restart does not help (EX_CONFIG of sysexits). */
  config: 78,
  /** Ended as asked, but something could not be closed in time. */
  closedLate: 75,
  /** A second signal came. */
  forced: 130,
});

/** All closers together, milliseconds. Container runtimes kill after 10 s. */
export const CLOSE_LIMIT_MS = 9_000;

/** What `main` of a service gets. */
export interface ServiceContext {
  readonly name: string;
  /** The service's log, at LOG_LEVEL. */
  readonly log: Log;
  readonly metrics: Metrics;
  /** Aborted when the service is to stop; pass it to everything that waits. */
  readonly signal: AbortSignal;
  /**
   * Registers what to do at the end. Closers run one after the other, last registered first, so that what was built on
   * something is closed before it. One that throws is logged and the next one runs.
   */
  closeWith(what: string, close: () => Promise<unknown> | unknown): void;
  /** Ends the service because of this error: closers, then exit code 1. */
  fail(error: unknown): void;
}

/** For tests: stand-ins for the process. */
export interface RunOptions {
  /** All closers together, milliseconds. Default CLOSE_LIMIT_MS. */
  readonly closeLimitMs?: number;
  /** The service's log. Default: JSON to standard output at LOG_LEVEL. */
  readonly log?: Log;
}

/**
 * Runs a service: `await runService('crm-sink', async (service) => { … })`. `main` starts everything and returns; the
 * process lives on until it is told to end. With TWOWAY_PARENT_PIPE=1 it also ends when its standard input closes, so
 * that children do not outlive a supervisor that was killed.
 */
export async function runService(
  name: string,
  main: (service: ServiceContext) => Promise<void>,
  options: RunOptions = {},
): Promise<void> {
  const log = options.log ?? createLog({ service: name, level: levelFrom(process.env.LOG_LEVEL) });
  const stop = new AbortController();
  const closers: { what: string; close: () => Promise<unknown> | unknown }[] = [];
  let ending = false;
  // Holds the process while nothing else does yet or any more; an idle service is not a finished one.
  const hold = setInterval(() => undefined, 2 ** 30);

  async function closeAll(): Promise<boolean> {
    let clean = true;
    for (;;) {
      const closer = closers.pop();
      if (closer === undefined) return clean;
      try {
        await closer.close();
      } catch (error) {
        clean = false;
        log.error({ err: error }, `closing ${closer.what} failed`);
      }
    }
  }

  function end(exitCode: number, why: string): void {
    if (ending) {
      log.warn({ why }, 'stopping at once');
      process.exit(EXIT.forced);
    }
    ending = true;
    log.info({ why }, 'stopping');
    stop.abort(new Error(why));
    const limitMs = options.closeLimitMs ?? CLOSE_LIMIT_MS;
    setTimeout(() => {
      log.error({ limitMs, left: closers.map(({ what }) => what) }, 'could not close everything in time');
      process.exit(exitCode === EXIT.ok ? EXIT.closedLate : exitCode);
    }, limitMs);
    void closeAll().then((clean) => {
      clearInterval(hold);
      const code = exitCode === EXIT.ok && !clean ? EXIT.failed : exitCode;
      log.info({ exitCode: code }, 'stopped');
      process.exit(code);
    });
  }

  function fail(error: unknown): void {
    const config = error instanceof ConfigError || describeError(error).code === 'TENANTS_INVALID';
    if (config) log.fatal(`${(error as Error).message}\n${describeError(error).hint}`);
    else log.fatal({ err: error }, 'failed');
    if (!ending) end(config ? EXIT.config : EXIT.failed, 'failed');
  }

  function dieAtOnce(error: unknown, what: string): void {
    log.fatal({ err: error }, what);
    process.exit(EXIT.failed);
  }

  process.on('SIGTERM', () => end(EXIT.ok, 'SIGTERM'));
  process.on('SIGINT', () => end(EXIT.ok, 'SIGINT'));
  process.on('unhandledRejection', (error) => dieAtOnce(error, 'a promise was rejected and nobody handled it'));
  process.on('uncaughtException', (error) => dieAtOnce(error, 'an error was thrown and nobody caught it'));
  if (process.env.TWOWAY_PARENT_PIPE === '1') {
    const orphaned = () => {
      if (!ending) end(EXIT.ok, 'the supervisor is gone');
    };
    process.stdin.on('end', orphaned).on('close', orphaned).on('error', orphaned).resume();
  }

  log.info({ pid: process.pid, node: process.version }, 'starting');
  try {
    closers.push({ what: 'traces', close: await startTracing(name, process.env, log) });
    await main({
      name,
      log,
      metrics: createMetrics(name),
      signal: stop.signal,
      fail,
      closeWith(what, close) {
        closers.push({ what, close });
      },
    });
    if (!ending) log.info('running');
  } catch (error) {
    // What was being started when the stop came may fail of it; that is not a failure.
    if (ending) log.debug({ err: error }, 'start was interrupted');
    else fail(error);
  }
}

function levelFrom(text: string | undefined): string {
  return /^(trace|debug|info|warn|error|fatal|silent)$/.test(text ?? '') ? (text as string) : 'info';
}
