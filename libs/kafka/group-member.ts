/**
 * One member of a consumer group: kafkajs' consumer with its surprises kept inside. The stream app, the sink consumer
 * and the partition assignment are built on it.
 *
 * What it promises to its handlers:
 *
 * - `onAssigned` names the tasks (partition numbers) that this member owns from now on, and is called during the join,
 *   before anything is fetched. Partitions of tasks that are new are closed: nothing is delivered from them until
 *   {@link GroupMember.open}. Tasks that stay go on where they were, without a pause.
 * - After `open(topic, partition, offset)` records come from exactly that offset, in order, without gaps and without
 *   repetition, until the partition is closed, opened elsewhere or revoked. kafkajs alone does not promise that: after a
 *   rebalance it starts from committed offsets it fetched too early, and on OFFSET_OUT_OF_RANGE it jumps, and commits
 *   the jump, by itself (K10). Such a jump is found by comparing offsets, reported to `onJump`, and only then followed.
 * - Handlers are synchronous and quick. Work is done elsewhere, so that kafkajs' one loop per broker, which also sends
 *   the heartbeats and waits for its slowest partition (K8, K9), never waits for work. A partition whose owner cannot
 *   take more is closed for a while (`hold`).
 * - It never ends by itself. kafkajs' consumer dies of some errors and of its retry counter, which success does not
 *   reset (K8); it can also hang, and miss its assignment. All are noticed (crash event, no sign of life for
 *   {@link WATCHDOG_MS}, heartbeats in a generation whose assignment never came) and answered by a new consumer, after `onLost`.
 */
import type { Consumer, KafkaMessage } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { createCopartitionAssigner, type PreviousAssignment } from './copartition-assigner.ts';
import { KafkaError, toKafkaError } from './errors.ts';
import type { GroupMember, GroupMemberOptions } from './group-options.ts';
import { hear, isConfirmed, isStranded, unheard } from './membership.ts';
import { createPartitionReader, type PartitionReader } from './partition-reader.ts';
import { backoffMs, pauseFor, withDeadline } from './time.ts';

const SESSION_TIMEOUT_MS = 10_000;
/** A member hears of a rebalance with its next heartbeat: until then the tasks of one that left stand still. */
const HEARTBEAT_MAX_MS = 500;
const REBALANCE_TIMEOUT_MS = 15_000;
/** A fetch is answered at once when something comes; each one costs the broker, and five a second are enough for none. */
const MAX_WAIT_MS = 200;
const MAX_BYTES_PER_PARTITION = 512 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** New partitions and moved leaders are noticed after this time at the latest. */
const METADATA_MAX_AGE_MS = 30_000;
/** No heartbeat that was answered, and no join, for so long: the consumer hangs and is replaced. Fetches are no sign of life, they go on without the group. */
export const WATCHDOG_MS = 45_000;
/** Longest time that leaving the group may take. */
export const STOP_TIMEOUT_MS = 3_000;
const RESTART_BACKOFF = { firstMs: 200, maxMs: 10_000 };
/** From this many joins within a minute on, the operator is told: members come and go, or cannot keep their session. */
const REBALANCE_STORM = 10;
/** See `client.ts`: the counter is not reset by success (K8), so it must not be what ends the consumer. */
const CONSUMER_RETRIES = 1_000_000;

/** One partition this member delivers from. */
interface OpenPartition {
  topic: string;
  partition: number;
  /** Offset of the next record to deliver. */
  next: bigint;
  held: boolean;
}

const keyOf = (topic: string, partition: number): string => `${partition}@${topic}`;

/** Makes a member; nothing happens until `start`. */
export function createGroupMember(options: GroupMemberOptions): GroupMember {
  const { handlers, groupId, topics } = options;
  const sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  const log = options.kafka.logger.child({ groupId });
  const stopping = new AbortController();
  const opened = new Map<string, OpenPartition>();
  const owned = new Set<number>();
  const joins: number[] = [];
  let reader: PartitionReader | null = null;
  let consumer: Consumer | null = null;
  let previous: PreviousAssignment = { tasks: [], generation: -1 };
  let memberId = '';
  let joined = false;
  let problem: KafkaError | null = null;
  let membership = unheard(Date.now());
  let running: Promise<void> = Promise.resolve();

  const pauseIn = (client: Consumer | null, topic: string, partition: number): void =>
    client?.pause([{ topic, partitions: [partition] }]);

  /** Applies an open partition's place and state to kafkajs. */
  const apply = (client: Consumer, one: OpenPartition): void => {
    client.seek({ topic: one.topic, partition: one.partition, offset: one.next.toString() });
    const list = [{ topic: one.topic, partitions: [one.partition] }];
    if (one.held) client.pause(list);
    else client.resume(list);
  };

  const onJoin = (client: Consumer, assignment: Record<string, number[]>): void => {
    const tasks = [...new Set(Object.values(assignment).flat())].sort((a, b) => a - b);
    owned.clear();
    for (const task of tasks) owned.add(task);
    for (const [key, one] of opened) if (!owned.has(one.partition)) opened.delete(key);
    for (const topic of topics) {
      for (const partition of tasks) {
        const one = opened.get(keyOf(topic, partition));
        if (one === undefined) pauseIn(client, topic, partition);
        else apply(client, one);
      }
    }
    joined = true;
    problem = null;
    previous = { ...previous, tasks };
    noteJoin();
    handlers.onAssigned(tasks);
  };

  const noteJoin = (): void => {
    const now = Date.now();
    joins.push(now);
    while (joins[0] !== undefined && joins[0] < now - 60_000) joins.shift();
    if (joins.length === REBALANCE_STORM) {
      log.warn(
        { rebalances: joins.length },
        'the group rebalances again and again: members come and go, or lose their sessions',
      );
    }
  };

  /** K10: kafkajs fetched from elsewhere than where we were. Finds out why, reports, goes on from what exists. */
  const checkJump = async (client: Consumer, one: OpenPartition): Promise<void> => {
    reader ??= createPartitionReader(options.kafka);
    const wanted = one.next;
    pauseIn(client, one.topic, one.partition);
    try {
      const ends = (await reader.ends(one.topic, [one.partition])).get(one.partition);
      if (consumer !== client || opened.get(keyOf(one.topic, one.partition)) !== one || one.next !== wanted) return;
      if (ends !== undefined && (wanted < ends.first || wanted > ends.end)) {
        one.next = ends.first;
        const jump = { topic: one.topic, partition: one.partition, from: wanted, to: ends.first };
        log.error(
          { ...jump, from: wanted.toString(), to: ends.first.toString() },
          'records are missing: the wanted offset is gone',
        );
        handlers.onJump(jump);
      }
    } catch (error) {
      log.debug({ err: error }, 'could not read the ends of a partition; trying with the next fetch');
    }
    if (consumer === client && opened.get(keyOf(one.topic, one.partition)) === one) apply(client, one);
  };

  const onBatch = (
    client: Consumer,
    batch: { topic: string; partition: number; messages: KafkaMessage[]; highWatermark: string; lastOffset(): string },
    resolveOffset: (offset: string) => void,
  ): void => {
    const one = opened.get(keyOf(batch.topic, batch.partition));
    const last = batch.messages.at(-1);
    if (one === undefined || one.held || last === undefined || consumer !== client) return;
    const fetchedOffset = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    if (fetchedOffset !== one.next) {
      void checkJump(client, one);
      return;
    }
    one.next = BigInt(batch.lastOffset()) + 1n;
    resolveOffset(last.offset);
    handlers.onRecords({
      topic: batch.topic,
      partition: batch.partition,
      messages: batch.messages,
      nextOffset: one.next,
      highWatermark: BigInt(batch.highWatermark),
    });
  };

  const onSkipped = (topic: string, partition: number, lastOffset: string): void => {
    const one = opened.get(keyOf(topic, partition));
    const next = BigInt(lastOffset) + 1n;
    if (one === undefined || next <= one.next) return;
    one.next = next;
    handlers.onSkipped(topic, partition, next);
  };

  /** Runs one consumer until it crashes, hangs or the member is stopped. */
  const runOnce = async (): Promise<void> => {
    const ended = Promise.withResolvers<KafkaError | null>();
    const kafka = createKafka(options.kafka, 'consumer');
    const client = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS,
      heartbeatInterval: options.heartbeatIntervalMs ?? Math.min(Math.floor(sessionTimeoutMs / 5), HEARTBEAT_MAX_MS),
      maxWaitTimeInMs: options.maxWaitMs ?? MAX_WAIT_MS,
      maxBytesPerPartition: options.maxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
      maxBytes: MAX_BYTES,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      partitionAssigners: [
        createCopartitionAssigner(
          () => previous,
          (error) => ended.resolve(error),
        ),
      ],
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        retries: CONSUMER_RETRIES,
        restartOnFailure: async () => false,
      },
    });
    const { events } = client;
    membership = unheard(Date.now());
    client.on(events.REQUEST, ({ payload: { apiName, sentAt } }) => {
      if (apiName === 'JoinGroup') membership = hear(membership, { kind: 'generation', nowMs: Date.now() });
      if (apiName === 'SyncGroup' || apiName === 'Heartbeat')
        membership = hear(membership, { kind: 'answer', sentMs: sentAt });
    });
    client.on(events.GROUP_JOIN, ({ payload }) => {
      membership = hear(membership, { kind: 'assignment', nowMs: Date.now() });
      memberId = payload.memberId;
      onJoin(client, payload.memberAssignment);
    });
    client.on(events.HEARTBEAT, ({ payload }) => {
      membership = hear(membership, { kind: 'heartbeat', nowMs: Date.now() });
      if (isStranded(membership, sessionTimeoutMs))
        ended.resolve(new KafkaError('deadline', `the assignment of a generation of ${groupId} never came`));
      previous = { ...previous, generation: payload.groupGenerationId };
    });
    client.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) onSkipped(payload.topic, payload.partition, payload.lastOffset);
    });
    client.on(events.CRASH, ({ payload }) => ended.resolve(toKafkaError(payload.error, `consumer of ${groupId}`)));

    const watchdog = setInterval(() => {
      if (Date.now() - membership.signMs < WATCHDOG_MS) return;
      ended.resolve(
        new KafkaError('deadline', `no sign of life from the consumer of ${groupId} for ${WATCHDOG_MS} ms`),
      );
    }, 1_000);
    const onStop = (): void => ended.resolve(null);
    stopping.signal.addEventListener('abort', onStop);
    consumer = client;
    try {
      const work = async (): Promise<void> => {
        await client.connect();
        await client.subscribe({ topics, fromBeginning: true });
        await client.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: 1,
          eachBatch: async ({ batch, resolveOffset, isStale }) => {
            if (!isStale()) onBatch(client, batch, resolveOffset);
          },
        });
      };
      work().catch((error: unknown) => ended.resolve(toKafkaError(error, `joining ${groupId}`)));
      problem = await ended.promise;
    } finally {
      clearInterval(watchdog);
      stopping.signal.removeEventListener('abort', onStop);
      consumer = null;
      joined = false;
      await withDeadline(client.disconnect(), STOP_TIMEOUT_MS, 'leaving the group').catch((error: unknown) => {
        log.debug({ err: error }, 'leaving the group did not end properly');
      });
      closeKafka(kafka);
    }
  };

  const lose = (error: KafkaError): void => {
    owned.clear();
    opened.clear();
    handlers.onLost(error);
  };

  const runForEver = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedMs = Date.now();
      await runOnce();
      if (problem === null) break;
      failures = Date.now() - startedMs > 60_000 ? 1 : failures + 1;
      log[problem.retriable && failures < 5 ? 'warn' : 'error'](
        { err: problem, failures },
        'the consumer ended; making a new one',
      );
      lose(problem);
      await pauseFor(backoffMs(failures, RESTART_BACKOFF), stopping.signal);
    }
  };

  return {
    start() {
      running = runForEver();
    },
    async stop() {
      stopping.abort();
      await running;
      owned.clear();
      opened.clear();
      await reader?.close();
    },
    open(topic, partition, offset) {
      if (consumer === null || !owned.has(partition)) return;
      const one = { topic, partition, next: offset, held: false };
      opened.set(keyOf(topic, partition), one);
      apply(consumer, one);
    },
    close(topic, partition) {
      opened.delete(keyOf(topic, partition));
      if (owned.has(partition)) pauseIn(consumer, topic, partition);
    },
    hold(topic, partition) {
      const one = opened.get(keyOf(topic, partition));
      if (one === undefined || one.held) return;
      one.held = true;
      pauseIn(consumer, topic, partition);
    },
    release(topic, partition) {
      const one = opened.get(keyOf(topic, partition));
      if (one === undefined || !one.held) return;
      one.held = false;
      if (owned.has(partition)) consumer?.resume([{ topic, partitions: [partition] }]);
    },
    async confirm() {
      if (consumer === null || !joined) return false;
      try {
        const group = await withDeadline(consumer.describeGroup(), sessionTimeoutMs, `describing ${groupId}`);
        return group.state === 'Stable' && group.members.some((one) => one.memberId === memberId);
      } catch {
        return false;
      }
    },
    isSure: () => consumer !== null && joined && isConfirmed(membership, Date.now(), sessionTimeoutMs),
    async commit(positions) {
      if (consumer === null || !joined) throw new KafkaError('closed', `not a member of ${groupId} at the moment`);
      const list = positions.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() }));
      try {
        await withDeadline(consumer.commitOffsets(list), sessionTimeoutMs, `commit of ${groupId}`);
      } catch (error) {
        throw toKafkaError(error, `commit of ${groupId}`);
      }
    },
    status: () => ({ joined, tasks: [...owned].sort((a, b) => a - b), problem, rebalancesLastMinute: joins.length }),
  };
}
