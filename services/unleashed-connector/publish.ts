/** Writes snapshots and misfits to their topics. */
import { type Codec, partitionOf, snapshotKey } from '#contracts';
import type { SerialProducer } from '#kafka';
import type { Clock, Log } from '#runtime';
import type { Snapshot } from './core/known.ts';
import type { Misfit } from './core/ports.ts';
import type { ConnectorMetrics } from './metrics.ts';

/** Records that are handed to the producer at a time. */
const RECORDS_AT_ONCE = 500;
/** Longest value that is kept of a misfit, bytes. */
const MISFIT_BYTES = 900_000;

/** What publishing needs. */
export interface PublisherOptions {
  codec: Codec;
  producer: SerialProducer;
  partitionCount: number;
  clock: Clock;
  log: Log;
  metrics: ConnectorMetrics;
}

/** Writes for one tenant. */
export interface Publisher {
  /** Resolves when all are written; rejects with KafkaError when it is not known of all. */
  publish(tenantId: string, snapshots: readonly Snapshot[]): Promise<void>;
  /** Keeps what cannot be published; resolves when it is written. */
  quarantine(tenantId: string, misfit: Misfit): Promise<void>;
}

/** Makes the writer. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { codec, producer, partitionCount, clock, log, metrics } = options;

  function encode(snapshot: Snapshot): Buffer {
    switch (snapshot.topic) {
      case 'unleashed.customer.v1':
        return codec.encode(snapshot.topic, snapshot.record);
      case 'unleashed.contact.v1':
        return codec.encode(snapshot.topic, snapshot.record);
      case 'unleashed.salesperson.v1':
        return codec.encode(snapshot.topic, snapshot.record);
    }
  }

  return {
    async publish(tenantId, snapshots) {
      const partition = partitionOf(tenantId, partitionCount);
      for (let at = 0; at < snapshots.length; at += RECORDS_AT_ONCE) {
        await producer.room();
        const some = snapshots.slice(at, at + RECORDS_AT_ONCE);
        await Promise.all(
          some.map((snapshot) => {
            const key = snapshotKey(tenantId, snapshot.kind, snapshot.record.guid);
            return producer.send({ topic: snapshot.topic, partition, key, value: encode(snapshot) });
          }),
        );
      }
    },
    async quarantine(tenantId, { topic, code, message, value }) {
      const partition = partitionOf(tenantId, partitionCount);
      const record = {
        topic,
        partition,
        // It never was on the topic.
        offset: -1,
        key: Buffer.from(tenantId),
        value: value.subarray(0, MISFIT_BYTES),
        code,
        message,
        service: 'unleashed-connector',
        foundAtMs: clock.now(),
      };
      const key = `${tenantId}/${topic}`;
      await producer.send({
        topic: 'sync.quarantine.v1',
        partition,
        key,
        value: codec.encode('sync.quarantine.v1', record),
      });
      metrics.quarantined(tenantId, code);
      log.error({ tenantId, topic, code, reason: message }, 'put into quarantine');
    },
  };
}
