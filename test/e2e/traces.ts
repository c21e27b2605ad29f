/** Ways through what a collector of traces was sent. */
import type { CollectedSpan, Collector } from '../support/otlp-collector.ts';
import { until } from '../support/until.ts';

/** Questions about the spans that have arrived. */
export function tracesOf(collector: () => Collector, patienceMs: number) {
  return {
    /** The spans of a trace from its beginning to this one, as service and name; waits for those that are sent later. */
    pathTo: (last: CollectedSpan): Promise<string[]> =>
      until(
        () => {
          const all = new Map(
            collector()
              .spans()
              .map((span) => [span.spanId, span]),
          );
          const path: string[] = [];
          for (let at = last; ; ) {
            path.unshift(`${at.service}: ${at.name}`);
            if (at.parentSpanId === '') return path;
            const parent = all.get(at.parentSpanId);
            if (parent === undefined) return false;
            at = parent;
          }
        },
        { timeoutMs: patienceMs, what: `the whole way to ${last.name}` },
      ),
    /** The call by which a sink carried out a command about a record; waits for it. */
    written: (sink: string, id: string, operation: string): Promise<CollectedSpan> =>
      until(
        () => {
          const spans = collector().spans();
          const commands = new Set(
            spans
              .filter(({ service, facts }) => service === sink && facts['twoway.record'] === id)
              .map(({ spanId }) => spanId),
          );
          return spans.find(({ name, parentSpanId }) => name === operation && commands.has(parentSpanId)) ?? false;
        },
        { timeoutMs: patienceMs, what: `a span of ${operation} for ${id}` },
      ),
    /** Another span of the same trace by its name; false while there is none. */
    ofTrace: ({ traceId }: CollectedSpan, name: string): CollectedSpan | false =>
      collector()
        .spans()
        .find((span) => span.traceId === traceId && span.name === name) ?? false,
  };
}
