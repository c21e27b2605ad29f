/** Writes snapshots and misfits to their topics. */
import { type Codec, partitionOf, snapshotKey } from '#contracts';
import type { SerialProducer } from '#kafka';
import { CrmApiError } from '#prospect-crm';
import type { Clock, Log } from '#runtime';
import type { Misfit, Snapshot } from './core/ports.ts';
import type { CaptureMetrics } from './metrics.ts';

/** Records that are handed to the producer at a time. */
const RECORDS_AT_ONCE = 500;
/** Longest value that is kept of a misfit, bytes. */
const MISFIT_BYTES = 900_000;
/** An outage answers every call with the same nonsense: one answer of a tenant is kept in this time, milliseconds. */
const NONSENSE_PAUSE_MS = 60_000;
/** What stands for a topic of something that came from the API and never was on one. */
const API_TOPIC = 'crm-api';

/** What publishing needs. */
export interface PublisherOptions {
  codec: Codec;
  producer: SerialProducer;
  partitionCount: number;
  clock: Clock;
  log: Log;
  metrics: CaptureMetrics;
}

/** Writes for all tenants. */
export interface Publisher {
  /** Resolves when all are written; rejects with KafkaError when it is not known of all. */
  publish(tenantId: string, snapshots: readonly Snapshot[]): Promise<void>;
  /** Keeps what cannot be published; resolves when it is written. */
  quarantine(tenantId: string, misfit: Misfit): Promise<void>;
  /** Keeps the answer that an error is about, if there is one and none was kept a moment ago. Never rejects. */
  keepNonsense(tenantId: string, error: unknown): Promise<void>;
}

/** Makes the writer. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { codec, producer, partitionCount, clock, log, metrics } = options;
  const keptAtMs = new Map<string, number>();

  function encode(snapshot: Snapshot): Buffer {
    switch (snapshot.topic) {
      case 'crm.company.v1':
        return codec.encode(snapshot.topic, snapshot.record);
      case 'crm.contact.v1':
        return codec.encode(snapshot.topic, snapshot.record);
      case 'crm.user.v1':
        return codec.encode(snapshot.topic, snapshot.record);
    }
  }

  async function quarantine(tenantId: string, { source, code, message, value }: Misfit): Promise<void> {
    const partition = partitionOf(tenantId, partitionCount);
    const record = {
      topic: API_TOPIC,
      partition,
      // It never was on a topic.
      offset: -1,
      key: Buffer.from(`${tenantId} ${source}`),
      value: value.subarray(0, MISFIT_BYTES),
      code,
      message,
      service: 'crm-capture',
      foundAtMs: clock.now(),
    };
    const key = `${tenantId}/${API_TOPIC}`;
    const bytes = codec.encode('sync.quarantine.v1', record);
    await producer.send({ topic: 'sync.quarantine.v1', partition, key, value: bytes });
    metrics.quarantined(tenantId, code);
    log.error({ tenantId, source, code, reason: message }, 'put into quarantine');
  }

  return {
    quarantine,
    async publish(tenantId, snapshots) {
      const partition = partitionOf(tenantId, partitionCount);
      for (let at = 0; at < snapshots.length; at += RECORDS_AT_ONCE) {
        await producer.room();
        const some = snapshots.slice(at, at + RECORDS_AT_ONCE);
        await Promise.all(
          some.map((snapshot) => {
            const key = snapshotKey(tenantId, snapshot.kind, snapshot.id);
            return producer.send({ topic: snapshot.topic, partition, key, value: encode(snapshot) });
          }),
        );
      }
    },
    async keepNonsense(tenantId, error) {
      if (!(error instanceof CrmApiError) || error.sample === null) return;
      const nowMs = clock.now();
      if (nowMs - (keptAtMs.get(tenantId) ?? Number.NEGATIVE_INFINITY) < NONSENSE_PAUSE_MS) return;
      keptAtMs.set(tenantId, nowMs);
      const { call, code, message, sample } = error;
      await quarantine(tenantId, { source: call, code, message, value: sample }).catch((failure: unknown) =>
        log.error({ tenantId, err: failure }, 'an answer that made no sense could not be kept'),
      );
    },
  };
}
