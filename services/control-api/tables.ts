/** What the processor and this service have published, in memory: tenants, settings, lanes. */
import {
  type Codec,
  homeOfKey,
  laneKey,
  type Setting,
  SIDES,
  settingKey,
  type TopicRecords,
  tenantKey,
} from '#contracts';
import { createGlobalTable, type GlobalTable, type KafkaConfig } from '#kafka';
import { type Log, type Metrics, retry } from '#runtime';
import type { RouteServices } from './routes.ts';

/** What the tables are made of. */
export interface TablesOptions {
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** The tables of this service. */
export interface Tables extends Pick<RouteServices, 'tenants' | 'settings' | 'lanes'> {
  /** Resolves when all have been read. */
  start(): Promise<void>;
  /** Throws while they are not read yet, or cannot be read on. */
  check(): void;
  stop(): Promise<void>;
}

/** Topics that are held here. */
type TableTopic = 'sync.tenant.v1' | 'sync.setting.v1' | 'sync.lane.v1';

/** A registry that is away must not make us skip a record: it is waited for, this long, milliseconds. */
const DECODE_DEADLINE_MS = 60 * 60_000;

/** Makes the tables; reads nothing before `start`. */
export function createTables(options: TablesOptions): Tables {
  const undecodable = options.metrics.counter({
    name: 'twoway_control_undecodable_total',
    help: 'Records that this service could not read and left out.',
    labels: ['topic'],
  });
  const onSetting = new Set<() => void>();

  function table<T extends TableTopic>(topic: T, onChange: () => void = () => {}): GlobalTable<TopicRecords[T]> {
    return createGlobalTable<TopicRecords[T]>({
      kafka: options.kafka,
      topic,
      topicPrefix: options.topicPrefix,
      homeOf: homeOfKey,
      onChange,
      decode: ({ value }) =>
        retry(() => options.codec.decode(topic, value ?? Buffer.alloc(0)), {
          triesMax: 10_000,
          deadlineMs: DECODE_DEADLINE_MS,
          signal: options.signal,
        }),
      onUndecodable: ({ partition, offset }, error) => {
        undecodable.inc({ topic });
        options.log.error({ err: error, topic, partition, offset: String(offset) }, 'a record cannot be read');
      },
    });
  }

  const tenants = table('sync.tenant.v1');
  const settings = table('sync.setting.v1', () => {
    for (const look of onSetting) look();
  });
  const lanes = table('sync.lane.v1');
  const all = [tenants, settings, lanes];
  return {
    async start() {
      await Promise.all(all.map((one) => one.start()));
    },
    check() {
      for (const { status } of all) {
        const { ready, behind } = status();
        if (behind !== null) throw behind;
        if (!ready) throw new Error('what was published before is still being read');
      }
    },
    async stop() {
      await Promise.all(all.map((one) => one.stop()));
    },
    tenants: {
      all: () => [...tenants.entries()].map(([, tenant]) => tenant),
      get: (tenantId) => tenants.get(tenantKey(tenantId)),
    },
    settings: {
      get: (tenantId) => settings.get(settingKey(tenantId)),
      until: (tenantId, condition, timeoutMs) =>
        new Promise<Setting | null>((resolve) => {
          const finish = (setting: Setting | null): void => {
            clearTimeout(timer);
            onSetting.delete(look);
            resolve(setting);
          };
          const look = (): void => {
            const setting = settings.get(settingKey(tenantId));
            if (setting !== undefined && condition(setting)) finish(setting);
          };
          const timer = setTimeout(() => finish(null), timeoutMs);
          onSetting.add(look);
          look();
        }),
    },
    lanes: {
      of: (tenantId) =>
        SIDES.flatMap((side) => {
          const lane = lanes.get(laneKey(tenantId, side));
          return lane === undefined ? [] : [lane];
        }),
    },
  };
}
