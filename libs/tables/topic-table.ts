/** A compacted topic of ours in memory: what is known of Kafka (`#kafka`) and of records (`#contracts`), put together. */
import { type Codec, homeOfKey, type Topic, type TopicRecords, tenantOfKey } from '#contracts';
import { createGlobalTable, type GlobalTable, type KafkaConfig } from '#kafka';
import { type Log, retry } from '#runtime';

/** A registry that is away must not make us skip a record: it is waited for, this long, milliseconds. */
const DECODE_DEADLINE_MS = 60 * 60_000;
const DECODE_TRIES = 10_000;

/** Settings of a table of the topic `T` that holds a `V` of each record. */
export interface TopicTableOptions<T extends Topic, V> {
  readonly topic: T;
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly log: Log;
  /** Ends the waiting for a registry that is away. */
  readonly signal: AbortSignal;
  /** What of a record is held. */
  readonly hold: (record: TopicRecords[T]) => V;
  /** Told of each change; `value` undefined: deleted. Must not throw. */
  readonly onChange?: (
    tenantId: string,
    change: { key: string; value: V | undefined; previous: V | undefined },
  ) => void;
  /** Told of each record that cannot be read, and was left out and logged: the older one of its key stays. */
  readonly onUndecodable?: () => void;
}

/** Makes the table; nothing is read before `start`. */
export function createTopicTable<T extends Topic, V>(options: TopicTableOptions<T, V>): GlobalTable<V> {
  const { topic, kafka, codec, topicPrefix, log, signal, hold, onChange, onUndecodable } = options;
  return createGlobalTable<V>({
    ...{ kafka, topic, topicPrefix, homeOf: homeOfKey },
    async decode({ value }) {
      const decode = () => codec.decode(topic, value ?? Buffer.alloc(0));
      return hold(await retry(decode, { triesMax: DECODE_TRIES, deadlineMs: DECODE_DEADLINE_MS, signal }));
    },
    onChange(key, value, previous) {
      const tenantId = tenantOfKey(key);
      if (tenantId !== null) onChange?.(tenantId, { key, value, previous });
    },
    onUndecodable({ partition, offset }, error) {
      onUndecodable?.();
      log.error({ err: error, topic, partition, offset: String(offset) }, 'a record cannot be read');
    },
  });
}
