/** Puts a record that cannot be handled where it can be looked at again. */
import type { Codec } from '#contracts';
import type { ConsumedRecord, SerialProducer } from '#kafka';
import { type Clock, describeError, type Log } from '#runtime';
import type { SinkMetrics } from './metrics.ts';

/** Longest value that is kept, bytes: what a record on the quarantine topic may hold. */
const VALUE_BYTES = 900_000;

/** What it needs. */
export interface QuarantineOptions {
  /** Name of the service. */
  service: string;
  codec: Codec;
  producer: SerialProducer;
  clock: Clock;
  log: Log;
  metrics: Pick<SinkMetrics, 'quarantined'>;
}

/** Makes the function that puts a record aside; it rejects while the topic cannot be written. */
export function createQuarantine(
  options: QuarantineOptions,
): (record: ConsumedRecord, error: unknown) => Promise<void> {
  const { service, codec, producer, clock, log, metrics } = options;
  return async (record, error) => {
    const { code, message } = describeError(error);
    const { topic, partition, offset, key } = record;
    const value = record.value?.subarray(0, VALUE_BYTES) ?? null;
    await producer.send({
      topic: 'sync.quarantine.v1',
      partition,
      key: `${topic}/${partition}/${offset}`,
      value: codec.encode('sync.quarantine.v1', {
        topic,
        partition,
        offset: Number(offset),
        key,
        value,
        code,
        message,
        service,
        foundAtMs: clock.now(),
      }),
    });
    metrics.quarantined(code);
    log.error({ topic, partition, offset: String(offset), code, reason: message }, 'record put into quarantine');
  };
}
