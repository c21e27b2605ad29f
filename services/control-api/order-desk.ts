/**
 * Writes requests and finds the processor's decision on each.
 *
 * The decision names the request by its place on the topic, and both topics have a tenant on the same partition number.
 * So the end of that partition of the decisions is noted before the request is written, and reading goes on from there
 * until the decision comes by: no group, nothing to read while nobody asks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Codec, type Decision, partitionOf, type Request, requestKey } from '#contracts';
import { type ConsumedRecord, createPartitionReader, type KafkaConfig, type SerialProducer } from '#kafka';
import { inSpan, isRetriable, type Log, traced } from '#runtime';

/** What the desk is made of. */
export interface OrderDeskOptions {
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly partitionCount: number;
  readonly log: Log;
  /** Writes the requests; closed by whoever made it. */
  readonly producer: SerialProducer;
}

/** Takes orders. */
export interface OrderDesk {
  /**
   * Writes a request and waits for the decision on it; null when it does not come within `timeoutMs`.
   *
   * @throws KafkaError when the request could not be written
   */
  submit(request: Request, timeoutMs: number): Promise<Decision | null>;
  /** Writes a request without waiting for what becomes of it. Throws KafkaError when it could not be written. */
  send(request: Request): Promise<void>;
  /** Where a partition of the topic of requests ends now. Throws KafkaError. */
  endOf(partition: number): Promise<bigint>;
  close(): Promise<void>;
}

const DECISIONS = 'sync.decision.v1';
const REQUESTS = 'sync.request.v1';
/** Longest wait of one fetch. Short: requests of other callers wait behind it on the same connection. */
const FETCH_WAIT_MS = 50;
const PAUSE_AFTER_ERROR_MS = 200;

/** Makes the desk; `codec` must have been prepared for requests. */
export function createOrderDesk(options: OrderDeskOptions): OrderDesk {
  const { codec, topicPrefix, log, producer } = options;
  const reader = createPartitionReader(options.kafka);
  const topic = topicPrefix + DECISIONS;

  async function find(records: readonly ConsumedRecord[], requestOffset: bigint): Promise<Decision | null> {
    for (const { value } of records) {
      if (value === null) continue;
      const decision = await codec.decode(DECISIONS, value).catch((error: unknown) => {
        log.warn({ err: error }, 'a decision cannot be read');
        return null;
      });
      if (decision?.cause === 'request' && decision.origin?.offset === Number(requestOffset)) return decision;
    }
    return null;
  }

  const write = (request: Request) =>
    inSpan('order', { kind: 'producer', from: {}, facts: { 'twoway.tenant': request.tenantId } }, () =>
      producer.send(
        traced({
          topic: REQUESTS,
          partition: partitionOf(request.tenantId, options.partitionCount),
          key: requestKey(request.tenantId, request.requestId),
          value: codec.encode(REQUESTS, request),
        }),
      ),
    );

  return {
    send: async (request) => void (await write(request)),
    endOf: async (partition) => (await reader.ends(topicPrefix + REQUESTS, [partition])).get(partition)?.end ?? 0n,
    async submit(request, timeoutMs) {
      const { tenantId } = request;
      const endsAtMs = performance.now() + timeoutMs;
      const partition = partitionOf(tenantId, options.partitionCount);
      let position = (await reader.ends(topic, [partition])).get(partition)?.end ?? 0n;
      const { offset } = await write(request);
      while (performance.now() < endsAtMs) {
        try {
          for (const slice of await reader.fetch([{ topic, partition, offset: position }], FETCH_WAIT_MS)) {
            position = slice.nextOffset;
            const decision = await find(slice.records, offset);
            if (decision !== null) return decision;
          }
        } catch (error) {
          // The request is written: that its decision cannot be read now makes the answer late, not wrong.
          if (!isRetriable(error)) throw error;
          log.warn({ err: error }, 'decisions cannot be read');
          await sleep(PAUSE_AFTER_ERROR_MS);
        }
      }
      return null;
    },
    close: () => reader.close(),
  };
}
