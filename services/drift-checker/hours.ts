/** The hour of the nightly check that people set for each tenant, out of its settings. */
import { type Codec, homeOfKey, settingKey, tenantOfKey } from '#contracts';
import { createGlobalTable, type KafkaConfig } from '#kafka';
import { type Log, retry } from '#runtime';

const TOPIC = 'sync.setting.v1';
/** A registry that is away is waited for, milliseconds. */
const DECODE_DEADLINE_MS = 60 * 60_000;

/** What it needs. */
export interface HoursOptions {
  kafka: KafkaConfig;
  codec: Codec;
  topicPrefix: string;
  log: Log;
  signal: AbortSignal;
  /** Told that the hour of a tenant changed. Must not throw. */
  onChange(tenantId: string): void;
}

/** Hours of all tenants. */
export interface Hours {
  start(): Promise<void>;
  ready(): boolean;
  /** `driftHour` of the tenant's settings; undefined for a tenant without settings. */
  get(tenantId: string): string | undefined;
  stop(): Promise<void>;
}

/** Makes the table; nothing is read before `start`. */
export function createHours({ kafka, codec, topicPrefix, log, signal, onChange }: HoursOptions): Hours {
  const table = createGlobalTable<string>({
    ...{ kafka, topic: TOPIC, topicPrefix, homeOf: homeOfKey },
    async decode({ value }) {
      const decoded = retry(() => codec.decode(TOPIC, value ?? Buffer.alloc(0)), {
        ...{ triesMax: 10_000, deadlineMs: DECODE_DEADLINE_MS, signal },
      });
      return (await decoded).driftHour;
    },
    onChange(key, value, previous) {
      if (value !== previous) onChange(tenantOfKey(key) ?? '');
    },
    onUndecodable: (record, error) =>
      log.error({ partition: record.partition, offset: String(record.offset), err: error }, 'settings not readable'),
  });
  return {
    start: () => table.start(),
    ready: () => table.status().ready,
    get: (tenantId) => table.get(settingKey(tenantId)),
    stop: () => table.stop(),
  };
}
