/** The processor put together: codec, Redis, tasks. */
import { createCodec, INPUT_TOPICS, OUTPUT_TOPICS, PROCESSOR_GROUP, type RegistryOptions, TOPICS } from '#contracts';
import { demandPartitionCount, type KafkaConfig, type Readiness, runStreamApp } from '#kafka';
import { type Log, type Metrics, type RedisStore, retry } from '#runtime';
import { createStateView } from '#state';
import { createFailures } from './failures.ts';
import { createProcessorMetrics } from './metrics.ts';
import { createProcessor } from './processor.ts';
import { createTenantCache } from './tenant-cache.ts';

/** What the processor is run with. */
export interface ProcessorOptions {
  kafka: KafkaConfig;
  registry: RegistryOptions;
  redis: RedisStore;
  metrics: Metrics;
  log: Log;
  /** Put in front of every topic name and of the consumer group. */
  topicPrefix: string;
  /** Links kept in memory between batches. */
  maxLinksInMemory: number;
  /** How often an idle task looks at Redis, milliseconds. */
  viewCheckMs: number;
  /** Session of the consumer group, milliseconds. */
  sessionTimeoutMs: number;
  /** Most input records in one transaction. */
  maxBatchRecords: number;
  /** Aborted when the process is to end while it still starts. */
  signal: AbortSignal;
  /** Told each time that topics and schemas are not there yet, or cannot be asked for: why. */
  onWaiting?: (error: unknown) => void;
}

/** A running processor. */
export interface Processor {
  /** Whether work gets done, and if not, why not. */
  ready(): Readiness;
  /** Finishes or aborts what is under way, commits, leaves the group; at most 10 s. */
  stop(): Promise<void>;
}

/** How long the start waits for topics and schemas to be set up, milliseconds. */
const SETUP_WAIT_MS = 120_000;

/** Links that one step loads, about: a tenth of a second's work. */
const MAX_LOADED_LINKS = 5_000;

/** Every so many tries the log says what the start waits for. */
const SETUP_LOG_EVERY = 10;

/**
 * Starts the processor: waits until topics and schemas are there, then joins the group. Tenants are spread over the number
 * of partitions that the topics really have, whatever a variable says; when some have more than others, somebody is just
 * adding partitions, or has added them by hand: then nobody knows where a tenant belongs. Throws CodecError or KafkaError
 * when all is not as it should be after two minutes.
 */
export async function startProcessor(options: ProcessorOptions): Promise<Processor> {
  const { topicPrefix, log, redis } = options;
  const codec = createCodec({ registry: options.registry, topicPrefix });
  const partitions = await retry(
    async () => {
      await codec.prepare([...INPUT_TOPICS, ...OUTPUT_TOPICS]);
      return await demandPartitionCount(
        options.kafka,
        TOPICS.map((topic) => topicPrefix + topic),
      );
    },
    {
      triesMax: 1_000,
      deadlineMs: SETUP_WAIT_MS,
      firstPauseMs: 200,
      longestPauseMs: 2_000,
      signal: options.signal,
      shouldRetry: () => true,
      onRetry: ({ attempt, error }) => {
        options.onWaiting?.(error);
        if (attempt % SETUP_LOG_EVERY === 1) log.warn({ err: error }, 'waiting until topics and schemas are set up');
      },
    },
  );

  const cache = createTenantCache(options.maxLinksInMemory);
  const metrics = createProcessorMetrics(options.metrics, cache);
  const view = createStateView({
    redis,
    events: {
      onRetry: ({ what, code, attempt, pauseMs }) => {
        metrics.redisRetries.inc({ code });
        if (attempt === 1)
          log.warn({ what, code, pauseMs }, 'Redis does not answer: waiting, nothing is decided meanwhile');
      },
      onRecovered: ({ what, attempts }) => log.info({ what, attempts }, 'Redis answers again'),
    },
  });
  const failures = createFailures();
  const app = runStreamApp({
    kafka: options.kafka,
    groupId: topicPrefix + PROCESSOR_GROUP,
    topicPrefix,
    inputTopics: [...INPUT_TOPICS],
    outputTopics: [...OUTPUT_TOPICS],
    registry: options.metrics.registry,
    sessionTimeoutMs: options.sessionTimeoutMs,
    maxStepRecords: options.maxBatchRecords,
    createProcessor: ({ partition }) => {
      const { viewCheckMs } = options;
      const limits = { partitions, viewCheckMs, maxLoadedLinks: MAX_LOADED_LINKS };
      return createProcessor({ codec, view, cache, failures, metrics, log, ...limits, clock: Date.now }, partition);
    },
  });
  app.start();
  return {
    ready: () => app.ready(),
    async stop() {
      await app.stop();
      view.close();
    },
  };
}
