import { KafkaError } from './errors.ts';
import { MAX_BATCH_BYTES, type OutputRecord, sizeOf } from './records.ts';

/** A message in kafkajs' form, with the partition always set (K3). */
interface PinnedMessage {
  key: string;
  value: Buffer | null;
  partition: number;
  headers?: Record<string, string>;
}

/** What goes to kafkajs in one call: for each topic at most one record batch. */
export interface ProduceCall {
  topicMessages: { topic: string; messages: PinnedMessage[] }[];
  /** Topic (with prefix) → number of records in this call. */
  counts: Map<string, number>;
}

/**
 * Groups records by topic and cuts them so that no topic gets more than {@link MAX_BATCH_BYTES} in one call. The order
 * within a topic is kept.
 * @throws KafkaError `record-too-large` before anything is sent
 */
export function splitIntoCalls(records: OutputRecord[], partition: number, topicPrefix: string): ProduceCall[] {
  const calls: ProduceCall[] = [];
  // For each topic: which call it has got to, and how many bytes it has there.
  const filled = new Map<string, { call: number; bytes: number; messages: PinnedMessage[] }>();

  for (const record of records) {
    const bytes = sizeOf(record);
    if (bytes > MAX_BATCH_BYTES) {
      throw new KafkaError('record-too-large', `a record of ${bytes} bytes for ${record.topic}, key ${record.key}`);
    }
    const topic = topicPrefix + record.topic;
    let at = filled.get(topic);
    if (at === undefined || at.bytes + bytes > MAX_BATCH_BYTES) {
      at = { call: at === undefined ? 0 : at.call + 1, bytes: 0, messages: [] };
      filled.set(topic, at);
      let call = calls[at.call];
      if (call === undefined) {
        call = { topicMessages: [], counts: new Map() };
        calls.push(call);
      }
      call.topicMessages.push({ topic, messages: at.messages });
    }
    const { key, value, headers } = record;
    at.messages.push(headers === undefined ? { key, value, partition } : { key, value, partition, headers });
    at.bytes += bytes;
  }

  for (const call of calls) {
    for (const { topic, messages } of call.topicMessages) call.counts.set(topic, messages.length);
  }
  return calls;
}
