/** Writes snapshots and misfits to their topics. */
import { type Codec, partitionOf, snapshotKey, type TopicRecords } from '#contracts';
import type { SerialProducer } from '#kafka';
import { type Clock, type Log, traced } from '#runtime';

/** Records that are handed to the producer at a time. */
const RECORDS_AT_ONCE = 500;
/** Longest value that is kept of a misfit, bytes. */
const MISFIT_BYTES = 900_000;

/** Topics of snapshots. */
export type FeedTopic = Extract<keyof TopicRecords, `crm.${string}` | `unleashed.${string}`>;

/** A snapshot, where it goes, and what stands in its key. */
export type KeyedSnapshot<T extends FeedTopic = FeedTopic> = {
  [K in T]: { topic: K; kind: Parameters<typeof snapshotKey>[1]; id: string; record: TopicRecords[K] };
}[T];

/** Something that cannot be published and is kept to be looked at. */
export interface KeptMisfit {
  /** Topic that it would have gone to, or what stands for one. */
  topic: string;
  /** What it is about: the key of its entry. */
  about: string;
  /** Stable error code. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** The bytes as they came. */
  value: Buffer;
}

/** What publishing needs. */
export interface PublisherParts {
  codec: Codec;
  producer: SerialProducer;
  partitionCount: number;
  clock: Clock;
  log: Log;
  metrics: { quarantined(tenantId: string, code: string): void };
}

/** Writes for all tenants. */
export interface FeedPublisher {
  /** Resolves when all are written; rejects with KafkaError when it is not known of all. */
  publish(tenantId: string, snapshots: readonly KeyedSnapshot[]): Promise<void>;
  /** Keeps what cannot be published; resolves when it is written. */
  quarantine(tenantId: string, misfit: KeptMisfit): Promise<void>;
}

/** Makes the writer of a service. */
export function createFeedPublisher(service: string, parts: PublisherParts): FeedPublisher {
  const { codec, producer, partitionCount, clock, log, metrics } = parts;

  const encode = <T extends FeedTopic>({ topic, record }: KeyedSnapshot<T>): Buffer =>
    codec.encode<FeedTopic>(topic, record);

  return {
    async publish(tenantId, snapshots) {
      const partition = partitionOf(tenantId, partitionCount);
      for (let at = 0; at < snapshots.length; at += RECORDS_AT_ONCE) {
        await producer.room();
        const some = snapshots.slice(at, at + RECORDS_AT_ONCE);
        await Promise.all(
          some.map((snapshot) => {
            const key = snapshotKey(tenantId, snapshot.kind, snapshot.id);
            return producer.send(traced({ topic: snapshot.topic, partition, key, value: encode(snapshot) }));
          }),
        );
      }
    },
    async quarantine(tenantId, { topic, about, code, message, value }) {
      const partition = partitionOf(tenantId, partitionCount);
      const record = {
        topic,
        partition,
        // It never was on a topic.
        offset: -1,
        key: Buffer.from(about),
        value: value.subarray(0, MISFIT_BYTES),
        code,
        message,
        service,
        foundAtMs: clock.now(),
      };
      const bytes = codec.encode('sync.quarantine.v1', record);
      await producer.send({ topic: 'sync.quarantine.v1', partition, key: `${tenantId}/${topic}`, value: bytes });
      metrics.quarantined(tenantId, code);
      log.error({ tenantId, about, code, reason: message }, 'put into quarantine');
    },
  };
}
