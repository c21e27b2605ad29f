import type { Registry } from 'prom-client';
import type { OffsetJump } from '../group-options.ts';
import type { KafkaConfig } from '../options.ts';
import type { TaskProcessor } from './types.ts';

/** Settings of a stream app. */
export interface StreamAppOptions {
  kafka: KafkaConfig;
  /** Consumer group; also the beginning of each task's transactional id, so it must be unique in the cluster. */
  groupId: string;
  /** Topics that are read, without prefix; all with the same number of partitions. Their order decides ties in time. */
  inputTopics: string[];
  /** Every topic that a processor may write to, without prefix; an output to another one is refused. */
  outputTopics: string[];
  /** Put in front of every topic name. Default ''. */
  topicPrefix?: string;
  /** Makes the processor of one incarnation of a task. */
  createProcessor: (task: { partition: number }) => TaskProcessor;
  /** Told when input records were missing or a topic was made anew (K10); it is logged in any case. */
  onJump?: (jump: OffsetJump) => void;
  /** Where the metrics `stream_*` go. Default: nowhere. */
  registry?: Registry;
  /** The clock that `process` and `punctuate` are given. Default `Date.now`. */
  clock?: () => number;
  /** Most records of one step, and so of one transaction. Default 1,000: more gains nothing. */
  maxStepRecords?: number;
  /** Most bytes of input of one step. Default 1 MiB. */
  maxStepBytes?: number;
  /** Records a task holds in memory before its partitions are held back. Default 4,000. */
  maxBufferedRecords?: number;
  /** Bytes a task holds in memory before its partitions are held back. Default 4 MiB. */
  maxBufferedBytes?: number;
  /** See `GroupMemberOptions`. Default 10,000 ms. */
  sessionTimeoutMs?: number;
  /** See `GroupMemberOptions`. Default 15,000 ms. */
  rebalanceTimeoutMs?: number;
  /** See `GroupMemberOptions`. Default 50 ms: a task that was restored begins with it. */
  maxWaitMs?: number;
  /** See `TransactionalProducerOptions`. Default 10,000 ms. */
  transactionTimeoutMs?: number;
  /** See `TransactionalProducerOptions`. Default 10,000 ms. */
  callTimeoutMs?: number;
  /** Compression of output batches. Default none. */
  compression?: 'none' | 'gzip' | 'zstd';
}

/** The same, complete and unchangeable. */
export type CompiledStreamOptions = Readonly<Required<Omit<StreamAppOptions, 'registry' | 'onJump'>>>;

/** Fills in the defaults. */
export function compileStreamOptions(options: StreamAppOptions): CompiledStreamOptions {
  const { registry: _registry, onJump: _onJump, ...rest } = options;
  return Object.freeze({
    topicPrefix: '',
    clock: Date.now,
    maxStepRecords: 1_000,
    maxStepBytes: 1024 * 1024,
    maxBufferedRecords: 4_000,
    maxBufferedBytes: 4 * 1024 * 1024,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 15_000,
    maxWaitMs: 50,
    transactionTimeoutMs: 10_000,
    callTimeoutMs: 10_000,
    compression: 'none' as const,
    ...rest,
  });
}
