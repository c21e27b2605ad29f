/**
 * Traces across services: what one edit leads to, from the call that found it to the write on the other side. The context goes
 * along in the headers of records (W3C `traceparent`, `tracestate`); nobody decides anything by it.
 *
 * Everything here does nothing until `startTracing` finds an endpoint in the environment; only then are libraries loaded
 * (`tracing-sdk.ts`, which alone knows them). Facts of spans are ids and codes, never values: spans leave the house.
 */
import type { Env } from './config.ts';
import { loadConfig } from './config.ts';
import { withDeadline } from './deadline.ts';
import type { Log } from './log.ts';
import {
  type SpanFacts,
  type SpanStart,
  type TraceHeaders,
  type Tracer,
  type TraceSpan,
  tracingConfig,
} from './tracing-parts.ts';

/** Longest time that sending the last spans may take when the process ends, milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

const NO_SPAN: TraceSpan = { add: () => undefined, fail: () => undefined };
let tracer: Tracer | null = null;

/**
 * Begins to trace when the environment names an endpoint. Gives what ends it.
 * @throws ConfigError when a variable makes no sense
 */
export async function startTracing(service: string, env: Env, log: Log): Promise<() => Promise<void>> {
  const { tracing } = loadConfig({ tracing: tracingConfig }, env);
  if (!tracing.enabled) return async () => undefined;
  const { createTracer } = await import('./tracing-sdk.ts');
  const made = createTracer(service, tracing, log);
  tracer = made;
  return async () => {
    tracer = null;
    await withDeadline(() => made.close(), { timeoutMs: CLOSE_TIMEOUT_MS, doing: 'sending the last spans' }).catch(
      (error: unknown) => log.debug({ err: error }, 'the last spans were not sent'),
    );
  };
}

/** Does the work as a span; without tracing, just does it. An error ends the span as failed and is passed on. */
export function inSpan<T>(name: string, start: SpanStart, work: (span: TraceSpan) => T): T {
  return tracer === null ? work(NO_SPAN) : tracer.inSpan(name, start, work);
}

/** Headers that carry the current context to whoever reads a record; undefined where there is none. */
export function traceHeaders(): TraceHeaders | undefined {
  return tracer?.headers();
}

/** What every span about a record on a topic says. */
export function recordFacts({ topic, partition, offset }: RecordPlace): SpanFacts {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': String(offset),
  };
}

/** Where a record is. */
interface RecordPlace {
  /** Without the prefix of the environment. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A record with the current context in its headers; without tracing, the record as it is. */
export function traced<R extends object>(record: R): R & { headers?: Record<string, string> } {
  const headers = tracer?.headers();
  return headers === undefined ? record : { ...record, headers: { ...headers } };
}
