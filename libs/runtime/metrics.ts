import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What a metric is called and told apart by. */
export interface MetricOptions<Label extends string> {
  /** `twoway_<what>_<unit>`; counters end in `_total`, times in `_seconds`, sizes in `_bytes`. */
  readonly name: string;
  /** One sentence for whoever reads the page. */
  readonly help: string;
  /** Names of labels. Keep their values few: a tenant id is fine where an operator acts on it, a record's id never is. */
  readonly labels?: readonly Label[];
}

/** The metrics of one service. */
export interface Metrics {
  /** prom-client's own registry, for what is not here and for libraries that take one. */
  readonly registry: Registry;
  /** Counts up. The name ends in `_total`. */
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  /** Goes up and down. `collect` is called at each scrape, for values that are looked up. */
  gauge<Label extends string = never>(
    options: MetricOptions<Label> & { readonly collect?: (gauge: Gauge<Label>) => void | Promise<void> },
  ): Gauge<Label>;
  /** Durations in seconds (name ends in `_seconds`) unless `buckets` says otherwise. */
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
}

/** Upper bounds for durations from a millisecond to half a minute, seconds. */
export const SECONDS_BUCKETS: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]);

const NAME = /^twoway_[a-z][a-z0-9_]*$/;

function checkName(name: string, unit?: RegExp): void {
  if (!NAME.test(name) || (unit !== undefined && !unit.test(name))) {
    throw new TypeError(
      `Metric ${name}: the name must be twoway_<what>_<unit>${unit ? ` and end in ${unit.source}` : ''}.`,
    );
  }
}

/** A registry of its own for each service, with the process's own figures (CPU, memory, event loop) in it. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const common = <Label extends string>(options: MetricOptions<Label>) => ({
    name: options.name,
    help: options.help,
    labelNames: [...(options.labels ?? [])],
    registers: [registry],
  });
  return {
    registry,
    counter(options) {
      checkName(options.name, /_total$/);
      return new Counter(common(options));
    },
    gauge(options) {
      checkName(options.name);
      const { collect } = options;
      return new Gauge({
        ...common(options),
        ...(collect === undefined
          ? {}
          : {
              collect() {
                return collect(this);
              },
            }),
      });
    },
    histogram(options) {
      checkName(options.name, /_(seconds|bytes|count|ratio)$/);
      return new Histogram({ ...common(options), buckets: [...(options.buckets ?? SECONDS_BUCKETS)] });
    },
  };
}
