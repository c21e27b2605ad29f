/**
 * A stream app: one member of the group and its tasks. It starts a task when the group gives it one, passes on what
 * arrives, and stops it when the group takes it away.
 *
 * A task that stays through a rebalance is left alone: it keeps its producer, its state and its place. That is safe
 * because whoever else had got it in between would have fenced it, and it costs nobody a pause.
 */
import { createGroupMember } from '../group-member.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import type { Delivery, OffsetJump } from '../group-options.ts';
import { createStreamMetrics } from '../metrics.ts';
import { createPartitionReader } from '../partition-reader.ts';
import { toRecord } from '../records.ts';
import { napFor, pauseFor } from '../time.ts';
import type { TransactionalProducerOptions } from '../transactional-producer.ts';
import { compileStreamOptions, type StreamAppOptions } from './options.ts';
import { settledFence } from './settled-fence.ts';
import {
  createStreamTask,
  type StreamTask,
  type TaskPorts,
  type TaskStatus,
  UNHEALTHY_FAILURES,
} from './stream-task.ts';

/** Whether work gets done, and if not, why not; one sentence each. */
export interface Readiness {
  ready: boolean;
  reasons: string[];
}

/** A running stream app. */
export interface StreamApp {
  /** Joins the group and begins to work. Returns at once. */
  start(): void;
  /** Finishes or aborts what is under way, leaves the group, disconnects; at most 10 s. */
  stop(): Promise<void>;
  /** Joined, and every task that it owns is running. */
  ready(): Readiness;
  /** The tasks of this instance. */
  tasks(): TaskStatus[];
}

/** A task that goes elsewhere may finish its step for so long: its successor fences it anyway. */
const REVOKE_GRACE_MS = 1_000;
/** A task may finish its step for so long when the process ends. */
const STOP_GRACE_MS = 2_500;

/**
 * Makes a stream app. Every output goes to partition = task number, in the step's transaction.
 * @throws nothing; problems show in `ready()`, the log and the metrics
 */
export function runStreamApp(given: StreamAppOptions): StreamApp {
  const options = compileStreamOptions(given);
  const log = options.kafka.logger.child({ groupId: options.groupId });
  const metrics = createStreamMetrics(given.registry);
  const withPrefix = (topic: string): string => options.topicPrefix + topic;
  const prefixed = options.inputTopics.map(withPrefix);
  const taskTopics = { groupId: options.groupId, inputs: prefixed, outputs: options.outputTopics.map(withPrefix) };
  const bare = (topic: string): string => topic.slice(options.topicPrefix.length);
  const reader = createPartitionReader(options.kafka);
  const groupOffsets = createGroupOffsets(options.kafka, options.groupId);
  const tasks = new Map<number, StreamTask>();
  /** Tasks that were taken away and are still finishing; the same task must not start again before. */
  const leaving = new Map<number, Promise<void>>();
  let stopped = false;

  const onJump = (jump: OffsetJump): void => {
    metrics.jumps.inc({ topic: bare(jump.topic) });
    given.onJump?.({ ...jump, topic: bare(jump.topic) });
  };

  /** Committed offsets, checked against what exists: kafkajs would jump silently (K10). */
  const startingOffsets = async (partition: number): Promise<Map<string, bigint>> => {
    const committed = await groupOffsets.read(prefixed, partition);
    const starts = new Map<string, bigint>();
    for (const topic of prefixed) {
      const ends = (await reader.ends(topic, [partition])).get(partition) ?? { first: 0n, end: 0n };
      const wanted = committed.get(topic)?.offset;
      const missing = wanted !== undefined && (wanted < ends.first || wanted > ends.end);
      starts.set(bare(topic), wanted === undefined || missing ? ends.first : wanted);
      if (!missing) continue;
      log.error(
        { topic, partition, from: String(wanted), to: String(ends.first) },
        'records are missing: the committed offset is gone',
      );
      onJump({ topic, partition, from: wanted, to: ends.first });
    }
    return starts;
  };

  const producerOptions = (partition: number): TransactionalProducerOptions => ({
    kafka: options.kafka,
    transactionalId: `${options.topicPrefix}${options.groupId}-${partition}`,
    partition,
    topicPrefix: options.topicPrefix,
    transactionTimeoutMs: options.transactionTimeoutMs,
    callTimeoutMs: options.callTimeoutMs,
    compression: options.compression,
  });

  /** A task that did not stop in time may still run when its successor has begun: it must not touch the inputs then. */
  const portsOf = (partition: number, isCurrent: () => boolean): TaskPorts => ({
    open: (topic, offset) => {
      if (isCurrent()) member.open(options.topicPrefix + topic, partition, offset);
    },
    close: (topic) => {
      if (isCurrent()) member.close(options.topicPrefix + topic, partition);
    },
    hold: (held) => {
      if (!isCurrent()) return;
      for (const topic of prefixed) held ? member.hold(topic, partition) : member.release(topic, partition);
    },
    startingOffsets: () => startingOffsets(partition),
    stillMember: () => member.confirm(),
    reader,
    fence: () => settledFence(producerOptions(partition), taskTopics, { reader, groupOffsets, log }),
    pause: pauseFor,
    nap: napFor,
    random: Math.random,
  });

  const begin = (partition: number): void => {
    const ports = portsOf(partition, () => tasks.get(partition) === task);
    const task: StreamTask = createStreamTask(partition, options, ports, metrics, log);
    tasks.set(partition, task);
    task.start();
  };

  const end = (task: StreamTask): void => {
    tasks.delete(task.partition);
    const done = task.stop(REVOKE_GRACE_MS).finally(() => {
      if (leaving.get(task.partition) === done) leaving.delete(task.partition);
    });
    leaving.set(task.partition, done);
  };

  const onAssigned = (owned: number[]): void => {
    const removed = [...tasks.values()].filter((task) => !owned.includes(task.partition));
    for (const task of removed) end(task);
    const added = owned.filter((partition) => !tasks.has(partition));
    if (added.length + removed.length > 0) {
      log.info({ tasks: owned, added, removed: removed.map(({ partition }) => partition) }, 'tasks assigned');
    }
    for (const partition of added) {
      const before = leaving.get(partition);
      if (before === undefined) {
        begin(partition);
        continue;
      }
      void before.then(() => {
        const wanted = !stopped && member.status().tasks.includes(partition) && !tasks.has(partition);
        if (wanted) begin(partition);
      });
    }
  };

  const onRecords = ({ topic, partition, messages, nextOffset, highWatermark }: Delivery): void => {
    const name = bare(topic);
    metrics.lag.set({ task: String(partition), topic: name }, Number(highWatermark - nextOffset));
    tasks.get(partition)?.accept(
      name,
      messages.map((message) => toRecord(name, partition, message)),
      nextOffset,
    );
  };

  const member = createGroupMember({
    kafka: options.kafka,
    groupId: options.groupId,
    topics: prefixed,
    sessionTimeoutMs: options.sessionTimeoutMs,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs,
    maxWaitMs: options.maxWaitMs,
    handlers: {
      onAssigned,
      onRecords,
      onSkipped: (topic, partition, nextOffset) => tasks.get(partition)?.accept(bare(topic), [], nextOffset),
      onLost: () => {
        for (const task of [...tasks.values()]) end(task);
      },
      onJump,
    },
  });

  const ready = (): Readiness => {
    const { joined, problem } = member.status();
    const reasons: string[] = [];
    if (!joined) reasons.push(problem === null ? 'joining the group' : `not in the group: ${problem.message}`);
    for (const { partition, state, failures, problem: why } of [...tasks.values()].map((task) => task.status())) {
      if (failures >= UNHEALTHY_FAILURES)
        reasons.push(`task ${partition} failed ${failures} times: ${why?.message ?? ''}`);
      else if (state !== 'running' && state !== 'committing') reasons.push(`task ${partition} is ${state}`);
    }
    return { ready: reasons.length === 0, reasons };
  };

  return {
    start: () => member.start(),
    async stop() {
      if (stopped) return;
      stopped = true;
      // Tasks first, then the group: whoever gets them next need not wait for our transactions.
      await Promise.all([...tasks.values()].map((task) => task.stop(STOP_GRACE_MS)));
      await Promise.all(leaving.values());
      tasks.clear();
      await member.stop();
      await Promise.all([reader.close(), groupOffsets.close()]);
    },
    ready,
    tasks: () => [...tasks.values()].map((task) => task.status()).sort((a, b) => a.partition - b.partition),
  };
}
