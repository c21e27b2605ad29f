/** The figures of the processor. Labels come from closed sets; tenants and records are never among them. */
import type { Metrics } from '#runtime';
import type { TenantCache } from './tenant-cache.ts';

/** Registers the processor's metrics. */
export function createProcessorMetrics(metrics: Metrics, cache: TenantCache) {
  metrics.gauge({
    name: 'twoway_processor_links_in_memory',
    help: 'Links held in memory; all of them are in Redis and on sync.link too.',
    collect: (gauge) => gauge.set(cache.links()),
  });
  metrics.gauge({
    name: 'twoway_processor_tenants_in_memory',
    help: 'Tenants held in memory.',
    collect: (gauge) => gauge.set(cache.tenants()),
  });
  return {
    steps: metrics.counter({
      name: 'twoway_processor_steps_total',
      help: 'Steps of the core, by what caused them.',
      labels: ['cause'],
    }),
    decisions: metrics.counter({
      name: 'twoway_processor_decisions_total',
      help: 'Decisions, by verdict and reason.',
      labels: ['verdict', 'reason'],
    }),
    conflicts: metrics.counter({
      name: 'twoway_processor_conflicts_total',
      help: 'Conflicts recorded, by policy and winner.',
      labels: ['policy', 'winner'],
    }),
    commands: metrics.counter({
      name: 'twoway_processor_commands_total',
      help: 'Commands given out, by target side, kind and priority.',
      labels: ['side', 'op', 'priority'],
    }),
    quarantined: metrics.counter({
      name: 'twoway_processor_quarantined_total',
      help: 'Input records that could not be used and were put on sync.quarantine, by topic and code.',
      labels: ['topic', 'code'],
    }),
    unknownTenant: metrics.counter({
      name: 'twoway_processor_unknown_tenant_total',
      help: 'Records of tenants that no tenants file has named yet; kept as state, nothing is written for them.',
    }),
    corruptState: metrics.counter({
      name: 'twoway_processor_corrupt_state_total',
      help: 'Entries of the changelogs that could not be read and were left out.',
    }),
    rebuilt: metrics.counter({
      name: 'twoway_processor_views_rebuilt_total',
      help: 'Times that a task rebuilt its part of Redis from the beginning of its changelogs, by reason.',
      labels: ['why'],
    }),
    redisRetries: metrics.counter({
      name: 'twoway_processor_redis_retries_total',
      help: 'Calls to Redis that failed and were tried again.',
      labels: ['code'],
    }),
    batchSeconds: metrics.histogram({
      name: 'twoway_processor_batch_seconds',
      help: 'Time for decoding, deciding and encoding one batch.',
    }),
    stepSeconds: metrics.histogram({
      name: 'twoway_processor_step_seconds',
      help: 'Mean time of one step of the core within a batch.',
      buckets: [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.005, 0.02, 0.1, 1],
    }),
    applySeconds: metrics.histogram({
      name: 'twoway_processor_redis_apply_seconds',
      help: 'Time for bringing Redis up to date after a commit.',
    }),
    loadSeconds: metrics.histogram({
      name: 'twoway_processor_tenant_load_seconds',
      help: 'Time for loading one tenant from Redis.',
    }),
  };
}

/** The processor's metrics. */
export type ProcessorMetrics = ReturnType<typeof createProcessorMetrics>;
