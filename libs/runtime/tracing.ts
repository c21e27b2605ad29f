/**
 * Traces across services: what one edit leads to, from the call that found it to the write on the other side. The context goes
 * along in the headers of records (W3C `traceparent`, `tracestate`); nobody decides anything by it.
 *
 * Everything here does nothing until `startTracing` finds an endpoint in the environment; only then are libraries loaded
 * (`tracing-sdk.ts`, which alone knows them). Facts of spans are ids and codes, never values: spans leave the house.
 */
import { z } from 'zod';
import type { Env } from './config.ts';
import { loadConfig } from './config.ts';
import { envBoolean, envHttpUrl, envInt } from './config-values.ts';
import { withDeadline } from './deadline.ts';
import type { Log } from './log.ts';

/** Headers of a record, among them perhaps those that carry a context. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** What a span says besides its name; ids, codes and counts only. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** How a span begins. */
export interface SpanStart {
  /** What it is to the outside; default internal. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /**
   * Headers that its context comes from; without a `traceparent` in them it begins a new trace. Default: it is part of the span
   * in which it begins.
   */
  readonly from?: TraceHeaders;
  readonly facts?: SpanFacts;
}

/** A span under way. */
export interface TraceSpan {
  /** Says more, as far as it is known by now. */
  add(facts: SpanFacts): void;
  /** Says that it failed, with a stable code. An error that is thrown says so by itself. */
  fail(code: string): void;
}

/** Makes spans and sends them away. */
export interface Tracer {
  inSpan<T>(name: string, start: SpanStart, work: (span: TraceSpan) => T): T;
  /** Headers that carry the context of the current span; undefined outside of all. */
  headers(): TraceHeaders | undefined;
  /** Sends what is left. */
  close(): Promise<void>;
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const EXAMPLE = 'http://localhost:4318';
/** Longest time that sending the last spans may take when the process ends, milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The standard variables that are heeded here; headers, time limit, compression and certificates the exporter reads itself. */
const tracingConfig = z
  .object({
    OTEL_SDK_DISABLED: envBoolean().default(false),
    OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], { error: 'Give otlp or none.' }).default('otlp'),
    OTEL_EXPORTER_OTLP_ENDPOINT: envHttpUrl(EXAMPLE).optional(),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: envHttpUrl(`${EXAMPLE}/v1/traces`).optional(),
    OTEL_TRACES_SAMPLER: z
      .enum(SAMPLERS, { error: `Give one of ${SAMPLERS.join(', ')}.` })
      .default('parentbased_always_on'),
    OTEL_TRACES_SAMPLER_ARG: z.coerce
      .number('Give a number from 0 to 1.')
      .min(0, 'Give a number from 0 to 1.')
      .max(1, 'Give a number from 0 to 1.')
      .default(1),
    OTEL_BSP_SCHEDULE_DELAY: envInt({ min: 1, max: 600_000, unit: 'milliseconds' }).default(5_000),
    OTEL_BSP_MAX_QUEUE_SIZE: envInt({ min: 1, max: 1_000_000 }).default(2_048),
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: envInt({ min: 1, max: 100_000 }).default(512),
  })
  .transform((env) => ({
    /** Are there spans at all? */
    enabled:
      !env.OTEL_SDK_DISABLED &&
      env.OTEL_TRACES_EXPORTER === 'otlp' &&
      (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined,
    sampler: env.OTEL_TRACES_SAMPLER,
    /** Share of the traces that are kept, 0 to 1, for the samplers by ratio. */
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
    /** From the end of a span to its sending at most, milliseconds. */
    delayMs: env.OTEL_BSP_SCHEDULE_DELAY,
    /** Spans that wait at most; more are dropped. */
    maxQueued: env.OTEL_BSP_MAX_QUEUE_SIZE,
    /** Spans in one sending at most. */
    maxBatch: env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
  }));

/** How spans are made and sent. */
export type TracingSettings = z.output<typeof tracingConfig>;

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
