/**
 * Sorts kafkajs' log lines. kafkajs reports each single retry as an error, and most of what can go wrong in a
 * distributed log *is* answered by a retry; an operator who is shown them all sees nothing. So:
 *
 * - Lines that end something, or that a person must act on, keep their level (the table below).
 * - Lost connections are counted, and reported when they have gone on for {@link OUTAGE_AFTER_MS}: one warning with the
 *   broker's address, repeated every {@link OUTAGE_REPEAT_MS}, and one line when it is over. An outage is over when no
 *   connection has failed for {@link OUTAGE_GAP_MS}.
 * - All the rest is debug. What comes of it (a task that fails, a producer that gives up) is logged by the module of
 *   this library that knows what it means.
 */
import type { LogEntry } from 'kafkajs';
import type { Logger } from 'pino';
import { CLOSED_MESSAGE } from './sockets.ts';

/** For how long connections must fail before an operator is told. */
export const OUTAGE_AFTER_MS = 5_000;
/** How often he is told again. */
const OUTAGE_REPEAT_MS = 60_000;
/** For how long nothing may fail until the outage counts as over. Longer than kafkajs' longest retry delay. */
const OUTAGE_GAP_MS = 10_000;

type Route = 'error' | 'warn' | 'info' | 'debug' | 'connection';

/** First match wins. */
const ROUTES: [pattern: RegExp, route: Route][] = [
  [new RegExp(CLOSED_MESSAGE), 'debug'],
  [
    /^Connection (error|timeout)|^Failed to connect|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH/,
    'connection',
  ],
  [/SASL|authenticat|AUTHORIZATION|Not authorized/i, 'error'],
  [/^Offset out of range, resetting/, 'warn'],
  [/not implemented/i, 'error'],
  [/^Failed to execute listener/, 'error'],
];

interface Outage {
  sinceMs: number;
  lastMs: number;
  failures: number;
  reportedMs: number | null;
  timer: NodeJS.Timeout;
}

/** Decides where one line of kafkajs goes. Pure, for tests. */
export function routeOf(message: string): Route {
  return ROUTES.find(([pattern]) => pattern.test(message))?.[1] ?? 'debug';
}

/**
 * @param logger receives what remains
 * @param nowMs clock, for tests
 * @returns the function that kafkajs calls for each line
 */
export function createLogRouter(logger: Logger, nowMs: () => number = Date.now): (entry: LogEntry) => void {
  const outages = new Map<string, Outage>();

  const checkOver = (broker: string): void => {
    const outage = outages.get(broker);
    if (outage === undefined) return;
    const quietMs = nowMs() - outage.lastMs;
    if (quietMs < OUTAGE_GAP_MS) {
      outage.timer = setTimeout(checkOver, OUTAGE_GAP_MS - quietMs, broker).unref();
      return;
    }
    outages.delete(broker);
    if (outage.reportedMs === null) return;
    logger.info(
      { broker, outageMs: outage.lastMs - outage.sinceMs, failures: outage.failures },
      'Kafka is reachable again',
    );
  };

  const connectionFailed = (broker: string, message: string): void => {
    const now = nowMs();
    let outage = outages.get(broker);
    if (outage === undefined) {
      const timer = setTimeout(checkOver, OUTAGE_GAP_MS, broker).unref();
      outage = { sinceMs: now, lastMs: now, failures: 0, reportedMs: null, timer };
      outages.set(broker, outage);
    }
    outage.lastMs = now;
    outage.failures += 1;
    const lastedMs = now - outage.sinceMs;
    const due = outage.reportedMs === null ? lastedMs >= OUTAGE_AFTER_MS : now - outage.reportedMs >= OUTAGE_REPEAT_MS;
    if (!due) return;
    outage.reportedMs = now;
    logger.warn(
      { broker, lastedMs, failures: outage.failures, problem: message },
      'Kafka cannot be reached, trying on',
    );
  };

  return ({ namespace, log }) => {
    const { message, broker, groupId, topic, partition, error, retryCount } = log;
    const route = routeOf(message);
    if (route === 'connection') {
      connectionFailed(typeof broker === 'string' ? broker : 'unknown', message);
      return;
    }
    if (!logger.isLevelEnabled(route)) return;
    const detail = error instanceof Error ? error.message : error;
    logger[route]({ from: `kafkajs ${namespace}`, broker, groupId, topic, partition, detail, retryCount }, message);
  };
}
