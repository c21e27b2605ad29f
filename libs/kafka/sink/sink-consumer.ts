/**
 * A consumer for services that do something in the world for each record: at least once, in order within a lane.
 *
 *   partition ─▶ window ─▶ lanes (one per tenant) ─▶ handle ─▶ finished ─▶ committed up to the lowest unfinished
 *
 * - *Order.* Records of one lane are handled one after the other; lanes run side by side, so that a slow tenant delays
 *   nobody else. A record that is being retried holds up its lane and nothing more.
 * - *At least once.* A position is committed only when everything before it is finished. After a crash, and after a
 *   rebalance, records that were under way come again: `handle` must bear that.
 * - *Bounded.* At most so many records of a partition are under way; then it is held back until half are finished (one
 *   fetch may come on top).
 * - *An error is an answer.* Retriable ones are tried again with growing pauses, a limited number of times; then, or at
 *   once if it is not retriable, the record goes to `onPoison` and counts as finished. `onPoison` itself is tried until
 *   it succeeds, because a record must not vanish.
 * - *Taken away.* kafkajs tells of a rebalance when it is over, so records under way cannot be waited for: their
 *   `signal` is aborted, what has not begun is forgotten, and the new owner gets them all again. A process that was stopped
 *   for longer than its session hears of it only some time after it goes on: `isOurs` is false from its first moment.
 */
import type { Registry } from 'prom-client';
import { KafkaError } from '../errors.ts';
import { createGroupMember } from '../group-member.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import type { Delivery, OffsetJump } from '../group-options.ts';
import { createSinkMetrics } from '../metrics.ts';
import type { KafkaConfig } from '../options.ts';
import { createPartitionReader } from '../partition-reader.ts';
import { type ConsumedRecord, toRecord } from '../records.ts';
import type { Readiness } from '../stream/stream-app.ts';
import { type BackoffOptions, backoffMs, pauseFor, withDeadline } from '../time.ts';
import { type CommitWindow, createCommitWindow } from './commit-window.ts';
import { createLanes, type Place } from './lanes.ts';

/** A handler's hold on its record. */
export interface Hold {
  /** Aborted when the partition is taken away or the process stops. */
  readonly signal: AbortSignal;
  /** Whether the record is ours beyond doubt, see `GroupMember.isSure`; to be asked right before doing something in the world. */
  isOurs(): boolean;
}

/** Settings of a sink consumer. */
export interface SinkConsumerOptions {
  kafka: KafkaConfig;
  groupId: string;
  /** Topics, without prefix; of several, partitions with the same number come to the same instance. */
  topics: string[];
  /** Default ''. */
  topicPrefix?: string;
  /** Records with the same lane are handled in order; usually the tenant. Must not throw. */
  laneOf: (record: ConsumedRecord) => string;
  /** Does what the record asks for. */
  handle: (record: ConsumedRecord, hold: Hold & { readonly tries: number }) => Promise<void>;
  /** Keeps a record that cannot be handled where it can be looked at again. */
  onPoison: (record: ConsumedRecord, error: unknown) => Promise<void>;
  /** Records of one partition under way at most. Default 500. */
  maxInFlightPerPartition?: number;
  /** Records handled at the same time at most, over all partitions. Default 64. */
  maxConcurrent?: number;
  /** Times that a record is tried while its error is retriable. Default 5. */
  maxTries?: number;
  /** Pauses between the tries. Default 200 ms to 30 s. */
  retryBackoff?: BackoffOptions;
  /** See `GroupMemberOptions`. Default 10,000 ms. */
  sessionTimeoutMs?: number;
  /** See `GroupMemberOptions`. Default 200 ms. */
  maxWaitMs?: number;
  /** Told when records were missing (K10); it is logged in any case. */
  onJump?: (jump: OffsetJump) => void;
  /** Where the metrics `sink_*` go. Default: nowhere. */
  registry?: Registry;
}

/** A running sink consumer. */
export interface SinkConsumer {
  start(): void;
  /** Takes nothing new, lets what runs finish within the grace, commits, leaves; at most 10 s. */
  stop(): Promise<void>;
  ready(): Readiness;
  /** Records under way. */
  inFlight(): number;
}

const COMMIT_INTERVAL_MS = 200;
const STOP_GRACE_MS = 4_000;
const RETRY_BACKOFF = { firstMs: 200, maxMs: 30_000 };
const OPEN_BACKOFF = { firstMs: 100, maxMs: 5_000 };

/** One partition number of this instance, over all topics. */
interface Partition {
  number: number;
  windows: Map<string, CommitWindow>;
  /** Aborted when the partition is taken away. */
  gone: AbortController;
  held: boolean;
}

export function createSinkConsumer(options: SinkConsumerOptions): SinkConsumer {
  const { kafka, groupId, topicPrefix = '', maxTries = 5, retryBackoff = RETRY_BACKOFF } = options;
  const { maxInFlightPerPartition = 500, maxConcurrent = 64 } = options;
  const log = kafka.logger.child({ groupId });
  const label = { group: groupId };
  const metrics = createSinkMetrics(options.registry);
  const topics = options.topics.map((topic) => topicPrefix + topic);
  const reader = createPartitionReader(kafka);
  const groupOffsets = createGroupOffsets(kafka, groupId);
  const lanes = createLanes(maxConcurrent);
  const partitions = new Map<number, Partition>();
  let underWay = 0;
  let committer: NodeJS.Timeout | null = null;
  let committing: Promise<void> = Promise.resolve();
  let stopping = false;

  const laneName = (partition: Partition, lane: string): string => `${partition.number}/${lane}`;

  const sizeOfWindows = (partition: Partition): number =>
    [...partition.windows.values()].reduce((sum, window) => sum + window.size(), 0);

  const balance = (partition: Partition): void => {
    const size = sizeOfWindows(partition);
    const wanted = stopping || (partition.held ? size > maxInFlightPerPartition / 2 : size >= maxInFlightPerPartition);
    if (wanted === partition.held) return;
    partition.held = wanted;
    for (const topic of topics) wanted ? member.hold(topic, partition.number) : member.release(topic, partition.number);
  };

  const count = (change: 1 | -1): void => {
    underWay += change;
    metrics.inFlight.set(label, underWay);
  };

  /** Tries until the record is handled, given up, or no longer ours. */
  const handleFully = async (record: ConsumedRecord, partition: Partition, place: Place): Promise<void> => {
    const { signal } = partition.gone;
    const isOurs = (): boolean => !signal.aborted && member.isSure();
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await options.handle(record, { signal, isOurs, tries });
        metrics.handled.inc(label);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isRetriable(error) || tries >= maxTries) return giveUp(record, error, partition, place);
        metrics.retries.inc(label);
        await place.away(() => pauseFor(backoffMs(tries, retryBackoff), signal));
      }
    }
  };

  const giveUp = async (record: ConsumedRecord, why: unknown, partition: Partition, place: Place): Promise<void> => {
    const { signal } = partition.gone;
    const at = { topic: record.topic, partition: record.partition, offset: record.offset.toString() };
    log.error({ ...at, err: why }, 'a record cannot be handled and is put aside');
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await options.onPoison(record, why);
        metrics.poison.inc(label);
        return;
      } catch (error) {
        log.error({ ...at, err: error }, 'a record cannot be put aside either; trying on');
        await place.away(() => pauseFor(backoffMs(tries, retryBackoff), signal));
      }
    }
  };

  const onRecords = ({ topic, partition: number, messages, nextOffset }: Delivery): void => {
    const partition = partitions.get(number);
    const window = partition?.windows.get(topic);
    if (partition === undefined || window === undefined) return;
    const name = topic.slice(topicPrefix.length);
    for (const message of messages) {
      const record = toRecord(name, number, message);
      window.begin(record.offset);
      count(1);
      lanes.add(laneName(partition, options.laneOf(record)), async (place) => {
        await handleFully(record, partition, place);
        if (partition.gone.signal.aborted) return;
        window.finish(record.offset);
        count(-1);
        balance(partition);
      });
    }
    window.advance(nextOffset);
    balance(partition);
  };

  /** Opens the inputs of a partition that is new here, at what the group has committed. */
  const open = async (partition: Partition): Promise<void> => {
    for (let failures = 1; !partition.gone.signal.aborted; failures++) {
      try {
        const committed = await groupOffsets.read(topics, partition.number);
        for (const topic of topics) {
          const ends = (await reader.ends(topic, [partition.number])).get(partition.number) ?? { first: 0n, end: 0n };
          const wanted = committed.get(topic)?.offset ?? ends.first;
          const start = wanted < ends.first || wanted > ends.end ? ends.first : wanted;
          if (partition.gone.signal.aborted) return;
          if (start !== wanted) reportJump({ topic, partition: partition.number, from: wanted, to: start });
          partition.windows.set(topic, createCommitWindow(start));
          member.open(topic, partition.number, start);
        }
        return;
      } catch (error) {
        log.warn({ err: error, partition: partition.number }, 'the committed offsets cannot be read yet');
        await pauseFor(backoffMs(failures, OPEN_BACKOFF), partition.gone.signal);
      }
    }
  };

  const reportJump = (jump: OffsetJump): void => {
    log.error({ ...jump, from: jump.from.toString(), to: jump.to.toString() }, 'records are missing');
    options.onJump?.({ ...jump, topic: jump.topic.slice(topicPrefix.length) });
  };

  const forget = (partition: Partition): void => {
    partitions.delete(partition.number);
    partition.gone.abort();
    lanes.drop(laneName(partition, ''));
    underWay -= sizeOfWindows(partition);
    metrics.inFlight.set(label, underWay);
  };

  /** Commits what can be; one at a time. A failure is made good by the next one. */
  const commit = async (): Promise<void> => {
    const positions: { topic: string; partition: number; offset: bigint; window: CommitWindow }[] = [];
    for (const { number, windows } of partitions.values()) {
      for (const [topic, window] of windows) {
        const offset = window.toCommit();
        if (offset !== null) positions.push({ topic, partition: number, offset, window });
      }
    }
    if (positions.length === 0) return;
    try {
      await member.commit(positions);
      for (const { window, offset } of positions) window.committed(offset);
    } catch (error) {
      log.debug({ err: error }, 'a commit failed; the next one includes it');
    }
  };

  const commitInTurn = (): Promise<void> => {
    committing = committing.then(commit);
    return committing;
  };

  const member = createGroupMember({
    kafka,
    groupId,
    topics,
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    ...(options.maxWaitMs === undefined ? {} : { maxWaitMs: options.maxWaitMs }),
    handlers: {
      onAssigned(owned) {
        for (const partition of [...partitions.values()]) if (!owned.includes(partition.number)) forget(partition);
        for (const number of owned) {
          if (partitions.has(number)) continue;
          const partition = { number, windows: new Map(), gone: new AbortController(), held: false };
          partitions.set(number, partition);
          void open(partition);
        }
      },
      onLost: () => {
        for (const partition of [...partitions.values()]) forget(partition);
      },
      onRecords,
      onSkipped: (topic, partition, nextOffset) => partitions.get(partition)?.windows.get(topic)?.advance(nextOffset),
      onJump: (jump) => options.onJump?.({ ...jump, topic: jump.topic.slice(topicPrefix.length) }),
    },
  });

  return {
    start() {
      member.start();
      committer = setInterval(() => void commitInTurn(), COMMIT_INTERVAL_MS);
    },
    async stop() {
      if (stopping) return;
      stopping = true;
      for (const partition of partitions.values()) {
        balance(partition);
        lanes.drop(laneName(partition, ''));
      }
      await withDeadline(lanes.idle(), STOP_GRACE_MS, 'finishing what is under way').catch(() => undefined);
      if (committer !== null) clearInterval(committer);
      await commitInTurn();
      for (const partition of [...partitions.values()]) forget(partition);
      await member.stop();
      await Promise.all([reader.close(), groupOffsets.close()]);
    },
    ready() {
      const { joined, problem } = member.status();
      const reasons = joined ? [] : [problem === null ? 'joining the group' : `not in the group: ${problem.message}`];
      for (const { number, windows } of partitions.values()) {
        if (windows.size < topics.length) reasons.push(`partition ${number} is not open yet`);
      }
      return { ready: reasons.length === 0, reasons };
    },
    inFlight: () => underWay,
  };
}

/** Errors say of themselves whether they may be tried again; one that says nothing may not. */
function isRetriable(error: unknown): boolean {
  if (error instanceof KafkaError) return error.retriable;
  return error instanceof Error && (error as Error & { retriable?: unknown }).retriable === true;
}
