/** The tracer that is there when an endpoint is set. The only place that knows OpenTelemetry; loaded when it is needed. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { describeError } from './errors.ts';
import type { Log } from './log.ts';
import type { SpanStart, TraceHeaders, Tracer, TraceSpan, TracingSettings } from './tracing-parts.ts';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Makes the tracer of a service. */
export function createTracer(service: string, settings: TracingSettings, log: Log): Tracer {
  const provider = new TracerProvider({
    // What the environment says of the service comes last.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.namespace': 'two-way-sync' }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(settings),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: sayingOnce(new OTLPTraceExporter(), log),
        scheduledDelayMillis: settings.delayMs,
        maxQueueSize: settings.maxQueued,
        maxExportBatchSize: settings.maxBatch,
      }),
    ],
  });
  const spans = provider.getTracer('two-way-sync');
  const propagator = new W3CTraceContextPropagator();
  const storage = new AsyncLocalStorage<Context>();
  const current = (): Context => storage.getStore() ?? ROOT_CONTEXT;
  log.info('traces are sent by OTLP over HTTP, as JSON');

  return {
    inSpan<T>(name: string, { kind = 'internal', from, facts = {} }: SpanStart, work: (span: TraceSpan) => T): T {
      const parent = from === undefined ? current() : propagator.extract(ROOT_CONTEXT, from, defaultTextMapGetter);
      const span = spans.startSpan(name, { kind: KINDS[kind], attributes: facts }, parent);
      const shown: TraceSpan = {
        add: (more) => void span.setAttributes(more),
        fail: (code) => fail(span, code),
      };
      try {
        const result = storage.run(trace.setSpan(parent, span), () => work(shown));
        if (!(result instanceof Promise)) {
          span.end();
          return result;
        }
        return result.then(
          (value) => {
            span.end();
            return value;
          },
          (error: unknown) => {
            endFailed(span, error);
            throw error;
          },
        ) as T;
      } catch (error) {
        endFailed(span, error);
        throw error;
      }
    },
    headers() {
      const context = storage.getStore();
      if (context === undefined) return undefined;
      const headers: Record<string, string> = {};
      propagator.inject(context, headers, defaultTextMapSetter);
      return headers satisfies TraceHeaders;
    },
    close: () => provider.shutdown(),
  };
}

/** An error's text may hold what a person typed; its code cannot. */
function endFailed(span: Span, error: unknown): void {
  fail(span, describeError(error).code);
  span.end();
}

function fail(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const [, parent, kind] = /^(parentbased_)?(.+)$/.exec(sampler) ?? [];
  const root =
    kind === 'traceidratio'
      ? new TraceIdRatioBasedSampler(ratio)
      : kind === 'always_off'
        ? new AlwaysOffSampler()
        : new AlwaysOnSampler();
  return parent === undefined ? root : new ParentBasedSampler({ root });
}

/** Says that spans cannot be sent when it begins and when it ends, and not in between. Spans that are not taken are lost. */
function sayingOnce(exporter: SpanExporter, log: Log): SpanExporter {
  let failed = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fails = result.code !== ExportResultCode.SUCCESS;
        if (fails && !failed) log.warn({ err: result.error }, 'traces cannot be sent; the work goes on without them');
        if (!fails && failed) log.info('traces are sent again');
        failed = fails;
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
