/**
 * A producer for services that publish what they see: idempotent, ordered, bounded.
 *
 *   send() ─▶ queue of its partition ─▶ one batch in flight ─▶ offset
 *
 * - *One send in flight* (K2). kafkajs' idempotent producer loses acknowledged records when two sends overlap and one
 *   answer is lost; with one at a time, its retries under the same sequence number are exact. What gathers while a send
 *   is under way goes out together with the next, so the batch grows with the load and nothing waits when idle.
 * - *One partition in a send.* kafkajs mixes up brokers if a partition's leader moves between the tries of a send to
 *   several (see `transactional-producer.ts`), and a plain producer cannot take that back. Partitions take turns.
 * - *The partition is always given* (K3).
 * - *A deadline for each record.* When it passes, or when kafkajs gives up, the record's fate is not known: the caller is
 *   told `deadline` or the error, and may send it again at the risk of a duplicate. The kafkajs producer is thrown
 *   away then, since its sequence numbers may no longer fit the broker's (it would take new records for old ones and
 *   drop them); its retries are refused from then on, in the partitioner, and its sockets are ended. The rest of the queue goes on with a new
 *   producer.
 * - *Bounded.* A full queue refuses with `queue-full`; `room()` tells when to go on.
 */
import type { Kafka, Producer } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { KafkaError, toKafkaError } from './errors.ts';
import { CompressionTypes } from './kafkajs.ts';
import type { KafkaConfig } from './options.ts';
import { MAX_BATCH_BYTES, type OutputRecord, sizeOf } from './records.ts';
import { backoffMs, pauseFor, withDeadline } from './time.ts';

/** Settings of a serial producer. */
export interface SerialProducerOptions {
  kafka: KafkaConfig;
  /** Put in front of topic names. Default ''. */
  topicPrefix?: string;
  /** From `send` to the acknowledgement, milliseconds. Default 60,000. */
  deliveryTimeoutMs?: number;
  /** Records waiting at most. Default 10,000. */
  maxQueuedRecords?: number;
  /** Bytes waiting at most. Default 32 MiB. */
  maxQueuedBytes?: number;
  /** Records of one batch at most. Default 2,000. */
  maxBatchRecords?: number;
  /** Default none. */
  compression?: 'none' | 'gzip' | 'zstd';
}

/** A record and the partition it goes to. */
export interface PinnedRecord extends OutputRecord {
  partition: number;
}

/** A serial producer. */
export interface SerialProducer {
  /**
   * Writes a record. Records of one partition are written in the order of the calls.
   * @returns the record's offset, once all in-sync replicas have it
   * @throws KafkaError `queue-full`, `record-too-large`, `closed` (not written); `deadline` or another: perhaps written
   */
  send(record: PinnedRecord): Promise<{ offset: bigint }>;
  /** Resolves when the queue is at most half full. */
  room(): Promise<void>;
  /** Records waiting or in flight. */
  pending(): number;
  /** Writes what is waiting, within the grace, refuses the rest with `closed`, disconnects. */
  close(graceMs?: number): Promise<void>;
}

const COMPRESSION = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, zstd: CompressionTypes.ZSTD };
const CLOSE_GRACE_MS = 5_000;
const DISCONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_BACKOFF = { firstMs: 50, maxMs: 2_000 };

/** A record that waits. */
interface Waiting {
  record: PinnedRecord;
  bytes: number;
  expiresMs: number;
  /** The broker found its batch too large; it is tried once more on its own. */
  alone: boolean;
  resolve(result: { offset: bigint }): void;
  reject(error: KafkaError): void;
}

/** kafkajs' producer with a switch that stops its retries. */
interface Attempt {
  kafka: Kafka;
  producer: Producer;
  givenUp: boolean;
}

export function createSerialProducer(options: SerialProducerOptions): SerialProducer {
  const { kafka, topicPrefix = '', deliveryTimeoutMs = 60_000, maxBatchRecords = 2_000 } = options;
  const { maxQueuedRecords = 10_000, maxQueuedBytes = 32 * 1024 * 1024, compression = 'none' } = options;
  /** Topic and partition → records, oldest first. Insertion order is the order of turns. */
  const queues = new Map<string, Waiting[]>();
  const closing = new AbortController();
  let queued = 0;
  let queuedBytes = 0;
  let inFlight = 0;
  let attempt: Attempt | null = null;
  let worker: Promise<void> | null = null;
  let roomWaiters: (() => void)[] = [];

  const connect = async (): Promise<Attempt> => {
    const client = createKafka(kafka, 'producer');
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => (args) => {
        if (made.givenUp) throw new KafkaError('closed', 'this producer was given up', { retriable: false });
        if (args.message.partition === undefined)
          throw new KafkaError('send-incomplete', 'a record without a partition (K3)');
        return args.message.partition;
      },
    });
    const made: Attempt = { kafka: client, producer, givenUp: false };
    try {
      await made.producer.connect();
      return made;
    } catch (error) {
      await giveUp(made);
      throw error;
    }
  };

  const giveUp = async (one: Attempt): Promise<void> => {
    one.givenUp = true;
    await withDeadline(one.producer.disconnect(), DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(one.kafka);
  };

  /** Takes the next batch: from the queue whose turn it is, as much as fits. */
  const takeBatch = (): Waiting[] => {
    const next = queues.entries().next().value;
    if (next === undefined) return [];
    const [key, queue] = next;
    let bytes = 0;
    let count = 0;
    for (const one of queue) {
      if (count > 0 && (bytes + one.bytes > MAX_BATCH_BYTES || count >= maxBatchRecords || one.alone)) break;
      bytes += one.bytes;
      count += 1;
      if (one.alone) break;
    }
    const batch = queue.splice(0, count);
    queues.delete(key);
    if (queue.length > 0) queues.set(key, queue); // To the end of the line.
    return batch;
  };

  const settle = (batch: Waiting[], how: (one: Waiting, index: number) => void): void => {
    queued -= batch.length;
    for (const [index, one] of batch.entries()) {
      queuedBytes -= one.bytes;
      how(one, index);
    }
    if (queued > maxQueuedRecords / 2 || queuedBytes > maxQueuedBytes / 2) return;
    const waiters = roomWaiters;
    roomWaiters = [];
    for (const wake of waiters) wake();
  };

  /** Sends one batch; the only place that calls kafkajs' `send`. */
  const sendBatch = async (via: Attempt, batch: Waiting[]): Promise<bigint> => {
    const first = batch[0];
    if (first === undefined) throw new KafkaError('broker', 'an empty batch', { retriable: false });
    if (inFlight !== 0) throw new KafkaError('second-flight', 'a second send on an idempotent producer (K2)');
    inFlight = batch.length;
    try {
      const { topic, partition } = first.record;
      const work = via.producer.send({
        topic: topicPrefix + topic,
        compression: COMPRESSION[compression],
        messages: batch.map(({ record: { key, value, headers } }) =>
          headers === undefined ? { key, value, partition } : { key, value, partition, headers },
        ),
      });
      const answers = await withDeadline(
        work,
        Math.max(first.expiresMs - Date.now(), 1),
        `send to ${topic}-${partition}`,
      );
      const baseOffset = answers[0]?.baseOffset;
      if (answers.length !== 1 || baseOffset === undefined) {
        throw new KafkaError('send-incomplete', `${answers.length} answers for one partition of ${topic}`);
      }
      return BigInt(baseOffset);
    } finally {
      inFlight = 0;
    }
  };

  /** The broker's limit for this topic is below ours: each record of the batch once more, on its own. */
  const retryAlone = (batch: Waiting[]): boolean => {
    const first = batch[0];
    if (first === undefined || first.alone) return false;
    for (const one of batch) one.alone = true;
    const key = keyOf(first.record);
    const rest = queues.get(key) ?? [];
    rest.unshift(...batch);
    queues.set(key, rest);
    return true;
  };

  const rejectExpired = (): void => {
    const now = Date.now();
    for (const [key, queue] of queues) {
      let count = 0;
      while ((queue[count]?.expiresMs ?? Number.POSITIVE_INFINITY) <= now) count += 1;
      if (count === 0) continue;
      settle(queue.splice(0, count), (one) =>
        one.reject(new KafkaError('deadline', `not written to ${one.record.topic} within ${deliveryTimeoutMs} ms`)),
      );
      if (queue.length === 0) queues.delete(key);
    }
  };

  /** Runs while there is something to send. */
  const work = async (): Promise<void> => {
    let failures = 0;
    while (queues.size > 0) {
      rejectExpired();
      if (attempt === null) {
        try {
          attempt = await connect();
          failures = 0;
        } catch (error) {
          failures += 1;
          kafka.logger.debug({ err: error }, 'the producer cannot connect yet');
          await pauseFor(backoffMs(failures, RECONNECT_BACKOFF));
          continue;
        }
      }
      const batch = takeBatch();
      if (batch.length === 0) continue;
      try {
        const base = await sendBatch(attempt, batch);
        settle(batch, (one, index) => one.resolve({ offset: base + BigInt(index) }));
      } catch (error) {
        const problem = toKafkaError(error, `writing to ${batch[0]?.record.topic ?? ''}`);
        const broken = attempt;
        attempt = null;
        await giveUp(broken);
        if (problem.code === 'record-too-large' && retryAlone(batch)) continue;
        kafka.logger.warn(
          { err: problem, records: batch.length },
          'records may not have been written; a new producer is made',
        );
        settle(batch, (one) => one.reject(problem));
      }
    }
  };

  const ensureWorking = (): void => {
    worker ??= work().finally(() => {
      worker = null;
      if (queues.size > 0) ensureWorking();
    });
  };

  return {
    send(record) {
      const bytes = sizeOf(record);
      if (closing.signal.aborted) return Promise.reject(new KafkaError('closed', 'the producer is closed'));
      if (bytes > MAX_BATCH_BYTES) {
        const message = `a record of ${bytes} bytes for ${record.topic}, key ${record.key}`;
        return Promise.reject(new KafkaError('record-too-large', message));
      }
      if (queued >= maxQueuedRecords || queuedBytes + bytes > maxQueuedBytes) {
        return Promise.reject(new KafkaError('queue-full', `${queued} records are waiting to be written`));
      }
      return new Promise((resolve, reject) => {
        const key = keyOf(record);
        const waiting = { record, bytes, expiresMs: Date.now() + deliveryTimeoutMs, alone: false, resolve, reject };
        const queue = queues.get(key);
        if (queue === undefined) queues.set(key, [waiting]);
        else queue.push(waiting);
        queued += 1;
        queuedBytes += bytes;
        ensureWorking();
      });
    },
    room() {
      if (queued <= maxQueuedRecords / 2 && queuedBytes <= maxQueuedBytes / 2) return Promise.resolve();
      return new Promise((resolve) => roomWaiters.push(resolve));
    },
    pending: () => queued,
    async close(graceMs = CLOSE_GRACE_MS) {
      closing.abort();
      if (worker !== null) await withDeadline(worker, graceMs, 'writing what is left').catch(() => undefined);
      const left = [...queues.values()].flat();
      queues.clear();
      settle(left, (one) => one.reject(new KafkaError('closed', 'the producer was closed before this was written')));
      if (attempt !== null) await giveUp(attempt);
    },
  };
}

const keyOf = (record: PinnedRecord): string => `${record.partition}@${record.topic}`;
