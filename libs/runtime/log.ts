import pino from 'pino';
import { prettyFactory } from 'pino-pretty';
import { redactSecrets, redactValue } from './redact.ts';

/** A logger. `log.child({ tenantId })` for what belongs to one tenant, `{ linkId }` for one link. */
export type Log = pino.Logger;

/** What a log is made of. */
export interface LogOptions {
  /** Name of the service, in every line. */
  readonly service: string;
  /** Least important level that is written. Default `info`. */
  readonly level?: string;
  /** Where lines go. Default: standard output. */
  readonly destination?: { write(line: string): void };
  /** Lines for people instead of JSON. Default: only on a terminal, and not when NODE_ENV is `production`. */
  readonly pretty?: boolean;
}

/** How deep causes of an error are followed. */
const CAUSES_MAX = 8;

/**
 * An error as an object to log: code, message, stack, whether to retry, hint, and its causes in the same way. Only these
 * fields: an HTTP client's error carries whole requests, headers with credentials included.
 */
export function errorForLog(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return redactValue(error);
  const details = error as Error & Record<string, unknown>;
  return {
    type: error.name,
    message: error.message,
    ...(details.code === undefined ? {} : { code: details.code }),
    ...(details.retriable === undefined ? {} : { retriable: details.retriable }),
    ...(typeof details.hint === 'string' && details.hint !== '' ? { hint: details.hint } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= CAUSES_MAX ? {} : { cause: errorForLog(error.cause, depth + 1) }),
  };
}

/** Output errors (the reader of a pipe went away) must not take the service down; the supervisor sees to that. */
function standardOutput(): pino.DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  output.on('error', () => undefined);
  return output;
}

/**
 * JSON lines to standard output: `time` as ISO text, `level` as a word, `service`, `msg`, `err`. Secrets are taken out by the
 * names of fields (authorization, token, api key, password, secret, …) at any depth, and by pattern from whole lines
 * (passwords in URLs, Authorization values). It cannot know a secret that stands bare in a text: build such texts with
 * `redactSecrets(text, secrets)`.
 */
export function createLog({ service, level = 'info', destination, pretty: forPeople }: LogOptions): Log {
  const onTerminal = destination === undefined && process.stdout.isTTY && process.env.NODE_ENV !== 'production';
  const output = destination ?? standardOutput();
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'msg',
    serializers: { err: errorForLog, error: errorForLog, reason: errorForLog },
    formatters: {
      level: (label) => ({ level: label }),
      log: (object) => redactValue(object) as Record<string, unknown>,
      bindings: (bindings) => redactValue(bindings) as Record<string, unknown>,
    },
    hooks: { streamWrite: (line) => redactSecrets(line) },
  };
  if (!(forPeople ?? onTerminal)) return pino(options, output);
  const format = prettyFactory({ colorize: onTerminal, ignore: 'service,hostname,pid' });
  return pino(options, { write: (line) => output.write(format(line)) });
}
