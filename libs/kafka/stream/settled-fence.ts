/**
 * The fence of a task, and what a fence alone cannot promise: that the last owner's transaction is settled *everywhere*.
 *
 * A broker that writes the markers of a transaction to a partition that has no leader at that moment takes the partition
 * for deleted and counts the marker as written (seen in Kafka 4.4.0, `KRaftMetadataCache.getPartitionLeaderEndpoint`:
 * "no leader" and "no such partition" are one answer). So does every broker without replicas that is killed between a
 * commit and its markers, when it comes back: about one kill in twenty. The coordinator then says that the transaction
 * is complete, while its outputs and offsets stay open for good: nobody reads past them, the offsets are those from before,
 * and the next commit of the same producer makes the old outputs visible beside their repetition.
 *
 * So after the fence each partition that the task writes is asked whether something is still open there. It can only be
 * this task's own. If so, it is settled by a transaction of the same producer that writes nothing, announces all those
 * partitions, and ends as the lost one did:
 *
 * - The group's offsets are open too: the transaction never took effect. It is aborted, and done again.
 * - They are not: the offsets that stand say how far the outputs of *their* transaction reach. What is open within that was
 *   committed, and is; what is open beyond was never committed, and is aborted.
 */
import type { Logger } from 'pino';
import { closeKafka, createKafka } from '../client.ts';
import { hasProtocolType, KafkaError, toKafkaError } from '../errors.ts';
import type { GroupOffsets } from '../group-offsets.ts';
import { createCluster, READ_COMMITTED } from '../kafkajs-internals.ts';
import type { CommittedOffset } from '../offset-fetch.ts';
import type { PartitionReader } from '../partition-reader.ts';
import { pauseFor, withDeadline } from '../time.ts';
import { TransactionalProducer, type TransactionalProducerOptions } from '../transactional-producer.ts';
import { parseWrittenEnds } from './written-ends.ts';

/** What a task reads and writes, topics with prefix. */
export interface TaskTopics {
  groupId: string;
  inputs: readonly string[];
  outputs: readonly string[];
}

/** What the fence asks, and where it tells. */
export interface FencePorts {
  reader: Pick<PartitionReader, 'ends' | 'lastStable'>;
  groupOffsets: Pick<GroupOffsets, 'read'>;
  log: Logger;
}

/** How a transaction whose markers were lost has to end. */
type Ending = 'commit' | 'abort';

const TRANSACTION_COORDINATOR = 1;
/** While a coordinator is busy with what came before. */
const BUSY = ['CONCURRENT_TRANSACTIONS', 'GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE'];
const BUSY_PAUSE_MS = 10;
const BUSY_TRIES = 1_000;
const DISCONNECT_TIMEOUT_MS = 2_000;

/**
 * Takes over a transactional id. When this returns, older owners are fenced and nothing of theirs is open anywhere.
 *
 * @throws KafkaError as `TransactionalProducer.fence`, and what reading offsets may throw
 */
export async function settledFence(
  options: TransactionalProducerOptions,
  topics: TaskTopics,
  ports: FencePorts,
): Promise<TransactionalProducer> {
  const producer = await TransactionalProducer.fence(options);
  let ending: Ending | null;
  try {
    ending = await findLost(options, topics, ports);
  } catch (error) {
    await producer.discard();
    throw error;
  }
  if (ending === null) return producer;
  ports.log.warn({ task: options.partition, ending }, 'the broker lost the end of a transaction: it is ended again');
  await producer.discard();
  await endLost(options, topics, ending);
  return await TransactionalProducer.fence(options);
}

/** Is something open that the fence should have settled, and how was it to end? */
async function findLost(
  { partition, topicPrefix }: TransactionalProducerOptions,
  { inputs, outputs }: TaskTopics,
  { reader, groupOffsets }: FencePorts,
): Promise<Ending | null> {
  let committed: Map<string, CommittedOffset>;
  try {
    committed = await groupOffsets.read(inputs, partition);
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'offsets-unsettled') return 'abort';
    throw error;
  }
  const stable = await Promise.all(
    outputs.map(async (topic) => {
      const end = (await reader.ends(topic, [partition])).get(partition)?.end ?? 0n;
      return { topic, end, stable: await reader.lastStable(topic, partition) };
    }),
  );
  const open = stable.filter((one) => one.stable < one.end);
  if (open.length === 0) return null;
  const reached = [...committed.values()].map(({ metadata }) => parseWrittenEnds(metadata));
  const isReached = (topic: string, offset: bigint): boolean =>
    reached.some((ends) => (ends.get(topic.slice(topicPrefix.length)) ?? -1n) >= offset);
  const wasCommitted = open.some((one) => isReached(one.topic, one.stable));
  return wasCommitted ? 'commit' : 'abort';
}

/** A transaction of the same producer, without records, over all that the task writes. */
async function endLost(
  { kafka: config, transactionalId, transactionTimeoutMs, callTimeoutMs, partition }: TransactionalProducerOptions,
  { groupId, outputs }: TaskTopics,
  ending: Ending,
): Promise<void> {
  const kafka = createKafka(config, 'admin');
  const cluster = createCluster(kafka, READ_COMMITTED);
  const work = async () => {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({
      groupId: transactionalId,
      coordinatorType: TRANSACTION_COORDINATOR,
    });
    const { producerId, producerEpoch } = await whenFree(() =>
      coordinator.initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs }),
    );
    const owner = { transactionalId, producerId, producerEpoch };
    const wanted = outputs.map((topic) => ({ topic, partitions: [partition] }));
    await whenFree(() => coordinator.addPartitionsToTxn({ ...owner, topics: wanted }));
    await whenFree(() => coordinator.addOffsetsToTxn({ ...owner, groupId }));
    await whenFree(() => coordinator.endTxn({ ...owner, transactionResult: ending === 'commit' }));
  };
  const doing = `ending a transaction of ${transactionalId} again`;
  try {
    await withDeadline(work(), callTimeoutMs, doing);
  } catch (error) {
    throw toKafkaError(error, doing);
  } finally {
    await withDeadline(cluster.disconnect(), DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(kafka);
  }
}

/** Asks until the coordinator is not busy any more; the caller's deadline ends it. */
async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const busy = BUSY.some((type) => hasProtocolType(error, type));
      if (!busy || tries === BUSY_TRIES) throw error;
      await pauseFor(BUSY_PAUSE_MS);
    }
  }
}
