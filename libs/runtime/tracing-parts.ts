/** What tracing is made of: spans, whoever makes them, and its settings. */
import { z } from 'zod';
import { envBoolean, envHttpUrl, envInt } from './config-values.ts';

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

/** The standard variables that are heeded here; headers, time limit, compression and certificates the exporter reads itself. */
export const tracingConfig = z
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
