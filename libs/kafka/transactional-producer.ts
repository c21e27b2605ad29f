/**
 * The whole life of one transactional producer, like `StreamsProducer` of Kafka Streams.
 *
 *      fence()            begin()             commit() / abort()
 *   ─────────────▶ ready ─────────▶ open ─────────────────────────▶ ready
 *                    │                │ any failure
 *                    └───────┬────────┘
 *                            ▼
 *                        poisoned ── discard(): gone
 *
 * - *ready*: this producer owns its transactional id; older owners are fenced and their open transaction is settled.
 *   That needs `transaction()`, which asks the broker for a new epoch; `connect()` alone fences nobody (K6).
 * - *open*: a transaction is under way. It holds back every read_committed reader of the partitions written to, so it
 *   is short, and the broker aborts it after {@link TransactionalProducerOptions.transactionTimeoutMs}.
 * - *poisoned*: a call failed. What the broker did is not known, and kafkajs' own state machine is stuck after a failed
 *   commit (K6). The only way on is a new producer: its fence settles the question, and the committed offsets tell
 *   the answer.
 *
 * Retries inside a call are kafkajs' own, short and limited (K4); `sendOffsets` as the first call of a transaction is
 * not retried by kafkajs on CONCURRENT_TRANSACTIONS (K5), so it is here: nothing was written when that is answered.
 * Retries of a producer that was given up are refused in the partitioner, through which each passes, and its sockets are
 * ended; a late one would meet a fenced epoch anyway.
 *
 * A send to several brokers would lose or double records; see `patch/send-messages.ts`. And whatever else may be wrong
 * there: a send must be answered exactly once for each partition, or the transaction fails.
 */
import type { Kafka, Producer, Transaction } from 'kafkajs';
import { closeKafka, createKafka } from './client.ts';
import { hasProtocolType, KafkaError, toKafkaError } from './errors.ts';
import { CompressionTypes } from './kafkajs.ts';
import type { KafkaConfig } from './options.ts';
import { splitIntoCalls } from './produce-calls.ts';
import type { OutputRecord } from './records.ts';
import { pauseFor, withDeadline } from './time.ts';

/** Settings of a transactional producer. */
export interface TransactionalProducerOptions {
  kafka: KafkaConfig;
  /** Identity that survives restarts: one per task. A younger producer with the same id fences this one. */
  transactionalId: string;
  /** Everything is written to this partition number of every topic, so that each partition has one writer (K1, K3). */
  partition: number;
  /** Put in front of topic names. */
  topicPrefix: string;
  /** After this time the broker aborts an open transaction by itself. Default 10,000 ms. */
  transactionTimeoutMs: number;
  /** Limit of each single call (fence, send, sendOffsets, commit, abort). Default 10,000 ms. */
  callTimeoutMs: number;
  /** Compression of record batches. Default none. */
  compression: 'none' | 'gzip' | 'zstd';
}

/** First and last offset that a transaction wrote in one topic. */
export interface WrittenRange {
  first: bigint;
  last: bigint;
}

type State = 'ready' | 'open' | 'poisoned';

const COMPRESSION = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, zstd: CompressionTypes.ZSTD };

/** K5: how often and how fast `sendOffsets` is tried again while the last transaction is still being completed. */
const SEND_OFFSETS_TRIES = 100;
const SEND_OFFSETS_PAUSE_MS = 5;
const DISCONNECT_TIMEOUT_MS = 2_000;
/** An abort on the way out is a courtesy to readers; without it the next fence, or the broker, aborts. */
const ABORT_TIMEOUT_MS = 1_000;

export class TransactionalProducer {
  readonly #options: TransactionalProducerOptions;
  readonly #kafka: Kafka;
  readonly #producer: Producer;
  #transaction: Transaction | null = null;
  #state: State = 'ready';
  #discarded = false;

  private constructor(options: TransactionalProducerOptions) {
    this.#options = options;
    this.#kafka = createKafka(options.kafka, 'transactional-producer');
    this.#producer = this.#kafka.producer({
      transactionalId: options.transactionalId,
      transactionTimeout: options.transactionTimeoutMs,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => (args) => this.#partitionOf(args.message.partition),
    });
  }

  /**
   * Makes a producer and takes over the transactional id: older owners are fenced, their open transaction is settled.
   * Only after this returns are committed offsets and the ends of the output partitions to be trusted.
   * @throws KafkaError `connection`, `deadline`, `authorization`, `broker`
   */
  static async fence(options: TransactionalProducerOptions): Promise<TransactionalProducer> {
    const self = new TransactionalProducer(options);
    try {
      await self.#call('fence', async () => {
        await self.#producer.connect();
        const transaction = await self.#producer.transaction();
        await transaction.abort();
      });
      return self;
    } catch (error) {
      await self.discard();
      throw error;
    }
  }

  /** Begins a transaction. Only in state ready. */
  async begin(): Promise<void> {
    this.#expect('ready');
    await this.#call('begin', async () => {
      this.#transaction = await this.#producer.transaction();
    });
    this.#state = 'open';
  }

  /**
   * Writes records, in order, within the transaction. More than fits a record batch becomes several.
   * @param partition another one than the producer's own, for those who move records
   * @returns the range of offsets written, by topic without prefix
   * @throws KafkaError `record-too-large` (nothing written), `send-incomplete`, `fenced`, …; poisoned afterwards
   */
  async send(records: OutputRecord[], partition = this.#options.partition): Promise<Map<string, WrittenRange>> {
    const transaction = this.#open();
    const written = new Map<string, WrittenRange>();
    await this.#call('send', async () => {
      for (const call of splitIntoCalls(records, partition, this.#options.topicPrefix)) {
        const answers = await transaction.sendBatch({
          topicMessages: call.topicMessages,
          compression: COMPRESSION[this.#options.compression],
        });
        if (answers.length !== call.counts.size) {
          throw new KafkaError('send-incomplete', `${answers.length} answers for ${call.counts.size} partitions`);
        }
        for (const { topicName, baseOffset } of answers) {
          const count = call.counts.get(topicName);
          if (count === undefined || baseOffset === undefined) {
            throw new KafkaError('send-incomplete', `no usable answer for ${topicName}`);
          }
          const topic = topicName.slice(this.#options.topicPrefix.length);
          const first = BigInt(baseOffset);
          const last = first + BigInt(count) - 1n;
          written.set(topic, { first: written.get(topic)?.first ?? first, last });
        }
      }
    });
    return written;
  }

  /**
   * Puts the group's new positions into the transaction: they hold if and only if it commits.
   * @param offsets topic (with prefix), partition, and the offset of the next record to be read
   * @param metadata what is committed along with each offset, at most 4,096 bytes; see `CommittedOffset`
   */
  async sendOffsets(
    groupId: string,
    offsets: { topic: string; partition: number; offset: bigint }[],
    metadata = '',
  ): Promise<void> {
    const transaction = this.#open();
    const topics = offsets.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, offset: offset.toString(), metadata }],
    }));
    await this.#call('sendOffsets', async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await transaction.sendOffsets({ consumerGroupId: groupId, topics });
        } catch (error) {
          const again = hasProtocolType(error, 'CONCURRENT_TRANSACTIONS') && tries < SEND_OFFSETS_TRIES;
          if (!again || this.#discarded) throw error;
          await pauseFor(SEND_OFFSETS_PAUSE_MS);
        }
      }
    });
  }

  /** Commits. When this returns, everything of the transaction holds; when it throws, only a fence can tell. */
  async commit(): Promise<void> {
    const transaction = this.#open();
    await this.#call('commit', () => transaction.commit());
    this.#transaction = null;
    this.#state = 'ready';
  }

  /** Aborts. */
  async abort(): Promise<void> {
    const transaction = this.#open();
    await this.#call('abort', () => transaction.abort());
    this.#transaction = null;
    this.#state = 'ready';
  }

  /** Aborts an open transaction if that is still possible, and disconnects. Never throws; the producer is unusable. */
  async discard(): Promise<void> {
    if (this.#state === 'open') await withDeadline(this.abort(), ABORT_TIMEOUT_MS, 'abort').catch(() => undefined);
    this.#state = 'poisoned';
    this.#discarded = true;
    await withDeadline(this.#producer.disconnect(), DISCONNECT_TIMEOUT_MS, 'disconnect').catch(() => undefined);
    closeKafka(this.#kafka);
  }

  #open(): Transaction {
    this.#expect('open');
    if (this.#transaction === null) throw new KafkaError('poisoned', 'no transaction is open');
    return this.#transaction;
  }

  #expect(state: State): void {
    if (this.#state === state) return;
    throw new KafkaError(
      'poisoned',
      `transactional producer ${this.#options.transactionalId} is ${this.#state}, not ${state}`,
    );
  }

  /** Runs one call with the deadline; any failure poisons the producer. */
  async #call<T>(name: string, work: () => Promise<T>): Promise<T> {
    const doing = `${name} of ${this.#options.transactionalId}`;
    try {
      return await withDeadline(work(), this.#options.callTimeoutMs, doing);
    } catch (error) {
      this.#state = 'poisoned';
      this.#discarded = true;
      throw toKafkaError(error, doing);
    }
  }

  /** kafkajs asks this on every try of a send: the place to refuse the tries of a producer that was given up. */
  #partitionOf(partition: number | undefined): number {
    if (this.#discarded) throw new KafkaError('poisoned', 'this producer was given up', { retriable: false });
    if (partition === undefined) throw new KafkaError('send-incomplete', 'a record without a partition (K3)');
    return partition;
  }
}
