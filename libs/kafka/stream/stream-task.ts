/**
 * A stream task: partition number n of every input topic, processed exactly once. States are in `task-state.ts`.
 *
 * One incarnation of a task goes: fence, read the committed offsets, restore, open the inputs, then steps, until it
 * fails or is taken away. A step is one transaction: outputs, positions, commit; then the materialised view. The order
 * is what makes it exact:
 *
 * - Offsets and the ends of the changelog are read *after* the fence. Before it, an older owner may still commit.
 * - The view is brought up to date *after* the commit, from what was committed. If that fails, the next incarnation
 *   replays the changelog; nothing that was not committed is ever applied.
 * - Any error whatever ends the incarnation: producer, processor and buffer are thrown away, and the next begins with
 *   the fence. There is no second path for "small" errors.
 *
 * A task that finds itself *fenced* must not simply fence back: after a long pause (SIGSTOP, a laptop's lid) this
 * process may have lost the task without knowing it, and two instances would shut each other out in turn. It first asks
 * the coordinator whether it is still a member of the settled group; if it is not, the next join tells it what it owns.
 *
 * Work and consumption are decoupled: records are pushed into a bounded buffer, and one loop per task takes as many as
 * have gathered while the last transaction was under way. So a step is one record when idle (committed at once) and up
 * to a thousand under load, without a timer; and however long a step or a restore takes, heartbeats go on.
 */
import type { Logger } from 'pino';
import { KafkaError, toKafkaError } from '../errors.ts';
import type { StreamMetrics } from '../metrics.ts';
import type { PartitionReader } from '../partition-reader.ts';
import type { ConsumedRecord, OutputRecord } from '../records.ts';
import { backoffMs, createSignal, type Nap, withDeadline } from '../time.ts';
import type { TransactionalProducer } from '../transactional-producer.ts';
import { createInputBuffer, type InputBuffer, type Taken } from './input-buffer.ts';
import type { CompiledStreamOptions } from './options.ts';
import { nextState, type TaskEvent, type TaskState } from './task-state.ts';
import type { TaskOutput, TaskProcessor } from './types.ts';
import { formatWrittenEnds } from './written-ends.ts';

/** What a task needs from the app around it. Topics without prefix. */
export interface TaskPorts {
  /** Begins to deliver an input at this offset. */
  open(topic: string, offset: bigint): void;
  /** Stops delivering an input. */
  close(topic: string): void;
  /** Stops, or goes on, delivering all inputs for a while. */
  hold(held: boolean): void;
  /** Where to begin: the group's committed offsets, or the beginning. Reports jumps. */
  startingOffsets(): Promise<Map<string, bigint>>;
  /** Is this process still a member of the settled group? */
  stillMember(): Promise<boolean>;
  reader: Pick<PartitionReader, 'ends' | 'readTo'>;
  /** Takes over the task's transactional id: older owners are fenced, and nothing of theirs is open anywhere. */
  fence(): Promise<TaskProducer>;
  /** Resolves after a time, or at once when the signal is or becomes aborted. Never rejects. */
  pause(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Begins a pause that may be ended before its time. */
  nap(delayMs: number): Nap;
  /** A number from 0 to 1 that spreads pauses. */
  random(): number;
}

/** What a task needs of its producer. */
export type TaskProducer = Pick<TransactionalProducer, 'begin' | 'send' | 'sendOffsets' | 'commit' | 'discard'>;

/** What is going on in a task, for status pages and readiness. */
export interface TaskStatus {
  partition: number;
  state: TaskState;
  /** Failures since it last worked: committed records, or waited for some in peace. */
  failures: number;
  /** Why it failed last, if it has not worked since. */
  problem: KafkaError | null;
  /** Records waiting in memory. */
  buffered: number;
}

/** A task of this instance. */
export interface StreamTask {
  readonly partition: number;
  start(): void;
  /** Records of an input, contiguous with what came before. */
  accept(topic: string, records: ConsumedRecord[], nextOffset: bigint): void;
  /** Ends the task: the step under way may finish within `graceMs`, then it is aborted. Never throws. */
  stop(graceMs: number): Promise<void>;
  status(): TaskStatus;
}

/** Pauses between incarnations that fail. */
const RESTART_BACKOFF = { firstMs: 100, maxMs: 30_000 };
/** How often a fenced task asks whether it is still a member. */
const MEMBERSHIP_ASK_MS = 1_000;
/** From this many failures in a row the log says error instead of warn. */
export const UNHEALTHY_FAILURES = 3;
/** A task that failed counts as well again when it has waited for records so long; the first commit counts too. */
const HEALTHY_AFTER_MS = 5_000;
/** Longest time that closing a processor or a stopped step may take. */
const CLOSE_TIMEOUT_MS = 1_000;
/** setTimeout's limit is 2^31 ms; a later wake is asked for again. */
const MAX_TIMER_MS = 60 * 60 * 1_000;

/** One incarnation's belongings. */
interface Incarnation {
  producer: TaskProducer;
  processor: TaskProcessor;
  nextWakeAtMs: number | null;
}

export function createStreamTask(
  partition: number,
  options: CompiledStreamOptions,
  ports: TaskPorts,
  metrics: StreamMetrics,
  parentLog: Logger,
): StreamTask {
  const log = parentLog.child({ task: partition });
  const label = { task: String(partition) };
  const stopping = new AbortController();
  const arrived = createSignal();
  let state: TaskState = 'unassigned';
  let failures = 0;
  let problem: KafkaError | null = null;
  let buffer: InputBuffer = createInputBuffer(options.inputTopics);
  let held = false;
  let producerInUse: TaskProducer | null = null;
  let running: Promise<void> = Promise.resolve();

  const move = (event: TaskEvent): void => {
    state = nextState(state, event);
  };

  const hold = (wanted: boolean): void => {
    if (wanted === held) return;
    held = wanted;
    ports.hold(wanted);
  };

  const isFull = (): boolean =>
    buffer.count() >= options.maxBufferedRecords || buffer.bytes() >= options.maxBufferedBytes;

  const fence = async (): Promise<TaskProducer> => {
    const producer = await ports.fence();
    move('fenced');
    return producer;
  };

  const restore = async (processor: TaskProcessor): Promise<void> => {
    move('restore');
    const begun = performance.now();
    const known = new Map<string, Promise<{ first: bigint; end: bigint }>>();
    const ends = (topic: string): Promise<{ first: bigint; end: bigint }> => {
      let answer = known.get(topic);
      if (answer === undefined) {
        answer = ports.reader.ends(options.topicPrefix + topic, [partition]).then((all) => {
          const found = all.get(partition);
          if (found === undefined) throw new KafkaError('topic-missing', `no partition ${partition} of ${topic}`);
          return found;
        });
        known.set(topic, answer);
      }
      return answer;
    };
    await handler('restore', () =>
      processor.restore({
        partition,
        signal: stopping.signal,
        ends,
        readChangelog: async (topic, fromOffset, onRecords) => {
          const { end } = await ends(topic);
          const records = await ports.reader.readTo({
            topic: options.topicPrefix + topic,
            partition,
            from: fromOffset,
            to: end,
            onRecords: (found) => {
              for (const record of found) record.topic = topic;
              return onRecords(found);
            },
            signal: stopping.signal,
          });
          metrics.restored.inc(label, records);
          return { end, records };
        },
      }),
    );
    metrics.restoreSeconds.set(label, (performance.now() - begun) / 1_000);
    move('restored');
  };

  /** One step: what the processor makes of it, in one transaction. */
  const step = async (own: Incarnation, given: Taken, work: () => Promise<TaskOutput>): Promise<void> => {
    const { outputs, nextWakeAtMs, taken: count = given.records.length } = await handler('step', work);
    own.nextWakeAtMs = nextWakeAtMs;
    refuseUndeclared(outputs, options.outputTopics);
    const taken = count < given.records.length ? buffer.giveBack(given, count) : given;
    let baseOffsets: Awaited<ReturnType<TaskProducer['send']>> = new Map();
    if (outputs.length > 0 || taken.positions.size > 0) {
      const begun = performance.now();
      move('begin');
      await own.producer.begin();
      if (outputs.length > 0) baseOffsets = await own.producer.send(outputs);
      if (taken.positions.size > 0) {
        const offsets = [...taken.positions].map(([topic, offset]) => ({
          topic: options.topicPrefix + topic,
          partition,
          offset,
        }));
        await own.producer.sendOffsets(options.groupId, offsets, formatWrittenEnds(baseOffsets));
      }
      await own.producer.commit();
      move('committed');
      metrics.transactions.inc(label);
      metrics.commitSeconds.observe(label, (performance.now() - begun) / 1_000);
    }
    await handler('committed', () => own.processor.committed({ baseOffsets }));
    if (taken.records.length > 0) healthy();
    for (const topic of new Set(taken.records.map((record) => record.topic))) {
      metrics.records.inc({ ...label, topic }, taken.records.filter((record) => record.topic === topic).length);
    }
    for (const [topic, { first, last }] of baseOffsets)
      metrics.outputs.inc({ ...label, topic }, Number(last - first) + 1);
  };

  /** Steps until the task is stopped; returns only then. */
  const pump = async (own: Incarnation): Promise<void> => {
    const nothing: Taken = { records: [], positions: new Map() };
    await step(own, nothing, () => own.processor.punctuate(options.clock()));
    while (!stopping.signal.aborted) {
      if (own.nextWakeAtMs !== null && own.nextWakeAtMs <= options.clock()) {
        await step(own, nothing, () => own.processor.punctuate(options.clock()));
        if (stopping.signal.aborted) return;
      }
      const taken = buffer.take(options.maxStepRecords, options.maxStepBytes);
      if (taken.records.length > 0) {
        if (!isFull()) hold(false);
        await step(own, taken, () => own.processor.process(taken.records, options.clock()));
      } else {
        await waitForWork(own.nextWakeAtMs);
      }
    }
  };

  const waitForWork = async (nextWakeAtMs: number | null): Promise<void> => {
    const arrival = arrived.wait();
    const delayMs = nextWakeAtMs === null ? MAX_TIMER_MS : Math.max(nextWakeAtMs - options.clock(), 1);
    const limitMs = Math.min(delayMs, failures > 0 ? HEALTHY_AFTER_MS : MAX_TIMER_MS);
    const nap = ports.nap(limitMs);
    let quiet = true;
    await Promise.race([arrival.then(() => (quiet = false)), nap.over]);
    nap.end();
    if (quiet && limitMs === HEALTHY_AFTER_MS) healthy();
  };

  /** The trouble is over: records were committed, or the task has been waiting for some quietly for a while. */
  const healthy = (): void => {
    failures = 0;
    problem = null;
  };

  /** From the fence to the end of this incarnation. */
  const live = async (): Promise<void> => {
    const producer = await fence();
    producerInUse = producer;
    let processor: TaskProcessor | null = null;
    try {
      const starts = await ports.startingOffsets();
      processor = options.createProcessor({ partition });
      await restore(processor);
      buffer = createInputBuffer(options.inputTopics);
      held = false;
      for (const [topic, offset] of starts) ports.open(topic, offset);
      await pump({ producer, processor, nextWakeAtMs: null });
    } finally {
      for (const topic of options.inputTopics) ports.close(topic);
      buffer = createInputBuffer(options.inputTopics);
      producerInUse = null;
      await Promise.all([closeProcessor(processor, log), producer.discard()]);
    }
  };

  const recover = async (error: unknown): Promise<void> => {
    problem = toKafkaError(error, `task ${partition}`);
    failures += 1;
    if (state !== 'unassigned') move('failure');
    metrics.restarts.inc({ ...label, code: problem.code });
    const level = failures >= UNHEALTHY_FAILURES ? 'error' : 'warn';
    log[level]({ err: problem, failures }, 'the task failed and begins again at the fence');
    await ports.pause(backoffMs(failures, RESTART_BACKOFF, ports.random), stopping.signal);
    if (problem.code !== 'fenced') return;
    while (!stopping.signal.aborted && !(await ports.stillMember()))
      await ports.pause(MEMBERSHIP_ASK_MS, stopping.signal);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await live();
      } catch (error) {
        if (!stopping.signal.aborted) await recover(error);
      }
    }
    move('revoked');
  };

  return {
    partition,
    start() {
      running = run();
    },
    accept(topic, records, nextOffset) {
      buffer.push(topic, records, nextOffset);
      if (isFull()) hold(true);
      arrived.wake();
    },
    async stop(graceMs) {
      stopping.abort();
      arrived.wake();
      const timer = setTimeout(() => void producerInUse?.discard(), graceMs);
      const limitMs = graceMs + 2 * CLOSE_TIMEOUT_MS;
      await withDeadline(running, limitMs, `stopping task ${partition}`).catch((error: unknown) => {
        log.warn({ err: error }, 'the task did not stop in time');
      });
      clearTimeout(timer);
    },
    status: () => ({ partition, state, failures, problem, buffered: buffer.count() }),
  };
}

/** The fence watches the declared topics only: what is written elsewhere would not be settled. */
function refuseUndeclared(outputs: OutputRecord[], declared: readonly string[]): void {
  const stray = outputs.find(({ topic }) => !declared.includes(topic));
  if (stray === undefined) return;
  throw new KafkaError('handler', `step: an output to ${stray.topic}, which is not among the outputTopics`);
}

/** Runs the caller's code; what it throws becomes `handler`, unless it is one of ours. */
async function handler<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    throw new KafkaError('handler', `${doing}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function closeProcessor(processor: TaskProcessor | null, log: Logger): Promise<void> {
  if (processor === null) return;
  await withDeadline(processor.close(), CLOSE_TIMEOUT_MS, 'closing the processor').catch((error: unknown) => {
    log.warn({ err: error }, 'the processor did not close properly');
  });
}
