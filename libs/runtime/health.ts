import { type Clock, systemClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { describeError } from './errors.ts';
import { redactSecrets } from './redact.ts';

/** One thing that has to work before a service can do its job. It throws what is wrong; the signal ends at its deadline. */
export type HealthCheck = (signal: AbortSignal) => Promise<void> | void;

/** Fails a check with its reason unless the condition holds. */
export function demand(condition: boolean, reason: string): void {
  if (!condition) throw new Error(reason);
}

/** Checks by name: `kafka`, `redis`, `registry`. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>;

/** What one check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** Stable code of the error; absent when ok. */
  readonly code?: string;
  /** What is wrong and, where a person has to, what to do about it; without secrets; absent when ok. */
  readonly reason?: string;
}

/** What all checks found. */
export interface HealthReport {
  readonly status: 'ready' | 'not-ready';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** How the checks are run. */
export interface HealthOptions {
  readonly checks: HealthChecks;
  /** Longest time for one check, milliseconds. Default 2,000. */
  readonly checkTimeoutMs?: number;
  /** A report younger than this is given again, so that nobody can load Redis by asking for health. Default 500. */
  readonly cacheMs?: number;
  /** Whose time counts. Default: the machine's. */
  readonly clock?: Clock;
}

const CHECK_TIMEOUT_MS = 2_000;
const CACHE_MS = 500;
/** Reasons are for a status page, not for a stack trace. */
const REASON_CHARS_MAX = 300;

/** Runs all checks at once; whoever asks while they run gets the same report. Never throws. */
export function createHealth({ checks, checkTimeoutMs, cacheMs = CACHE_MS, clock = systemClock }: HealthOptions) {
  const timeoutMs = checkTimeoutMs ?? CHECK_TIMEOUT_MS;
  let latest: { report: Promise<HealthReport>; atMs: number } | undefined;

  async function runOne(name: string, check: HealthCheck): Promise<CheckResult> {
    try {
      await withDeadline(async (signal) => await check(signal), { timeoutMs, doing: `check of ${name}`, clock });
      return { ok: true };
    } catch (error) {
      const { code, message, hint } = describeError(error);
      const reason = hint === '' ? message : `${message} ${hint}`;
      return { ok: false, code, reason: redactSecrets(reason).slice(0, REASON_CHARS_MAX) };
    }
  }

  async function runAll(): Promise<HealthReport> {
    const entries = Object.entries(checks);
    const results = await Promise.all(entries.map(([name, check]) => runOne(name, check)));
    return {
      status: results.every((result) => result.ok) ? 'ready' : 'not-ready',
      checks: Object.fromEntries(entries.map(([name], index) => [name, results[index] as CheckResult])),
    };
  }

  return {
    report(): Promise<HealthReport> {
      if (latest === undefined || clock.now() - latest.atMs >= cacheMs) {
        const current = { report: runAll(), atMs: Number.POSITIVE_INFINITY };
        latest = current;
        void current.report.then(() => {
          current.atMs = clock.now();
        });
      }
      return latest.report;
    },
  };
}
