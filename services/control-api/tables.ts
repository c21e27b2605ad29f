/** What the processor and this service have published, in memory: tenants, settings, lanes. */
import {
  type Alert,
  type Codec,
  type Freshness,
  freshnessKey,
  laneKey,
  type Progress,
  progressKey,
  type Setting,
  SIDES,
  type Side,
  settingKey,
  type TopicRecords,
  tenantKey,
} from '#contracts';
import type { GlobalTable, KafkaConfig } from '#kafka';
import type { Log, Metrics } from '#runtime';
import { createTopicTable } from '#tables';
import { type Changes, kindOf } from './live/changes.ts';
import type { RouteServices } from './routes.ts';

/** What the tables are made of. */
export interface TablesOptions {
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Told what changes. */
  readonly changes: Pick<Changes, 'note'>;
}

/** The tables of this service. */
export interface Tables extends Pick<RouteServices, 'tenants' | 'settings' | 'lanes'> {
  /** How far the sides of a tenant were read, and how fresh its directions are, by the side of the edits. */
  readonly progress: { of(tenantId: string, side: Side): Progress | undefined };
  readonly freshness: { of(tenantId: string, side: Side): Freshness | undefined };
  /** Incidents of a tenant, open and past. */
  readonly alerts: { of(tenantId: string): Alert[] };
  /** Offset up to which a partition of settings or lanes has been taken in; undefined before it was looked at. */
  position(topic: 'sync.setting.v1' | 'sync.lane.v1', partition: number): bigint | undefined;
  /** Resolves when all have been read. */
  start(): Promise<void>;
  /** Throws while they are not read yet, or cannot be read on. */
  check(): void;
  stop(): Promise<void>;
}

/** Topics that are held here. */
type TableTopic =
  | 'sync.tenant.v1'
  | 'sync.setting.v1'
  | 'sync.lane.v1'
  | 'sync.progress.v1'
  | 'sync.freshness.v1'
  | 'sync.alert.v1';

/** Makes the tables; reads nothing before `start`. */
export function createTables(options: TablesOptions): Tables {
  const { kafka, codec, topicPrefix, log, metrics, signal, changes } = options;
  const undecodable = metrics.counter({
    name: 'twoway_control_undecodable_total',
    help: 'Records that this service could not read and left out.',
    labels: ['topic'],
  });
  const onSetting = new Set<() => void>();

  function table<T extends TableTopic>(
    topic: T,
    onChange: (tenantId: string, key: string, value: TopicRecords[T] | undefined) => void = () => {},
  ): GlobalTable<TopicRecords[T]> {
    return createTopicTable({
      ...{ topic, kafka, codec, topicPrefix, log, signal },
      hold: (record) => record,
      onChange: (tenantId, { key, value }) => {
        changes.note(tenantId, kindOf(topic));
        onChange(tenantId, key, value);
      },
      onUndecodable: () => undecodable.inc({ topic }),
    });
  }

  const tenants = table('sync.tenant.v1');
  const settings = table('sync.setting.v1', () => {
    for (const look of onSetting) look();
  });
  const lanes = table('sync.lane.v1');
  const progress = table('sync.progress.v1');
  const freshness = table('sync.freshness.v1');
  /** By tenant, so that those of one are found without looking through all. */
  const alertsOf = new Map<string, Map<string, Alert>>();
  const alerts = table('sync.alert.v1', (tenantId, key, alert) => {
    const own = alertsOf.get(tenantId) ?? new Map<string, Alert>();
    alertsOf.set(tenantId, own);
    if (alert === undefined) own.delete(key);
    else own.set(key, alert);
  });
  const all = [tenants, settings, lanes, progress, freshness, alerts];
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
    progress: { of: (tenantId, side) => progress.get(progressKey(tenantId, side)) },
    freshness: { of: (tenantId, side) => freshness.get(freshnessKey(tenantId, side)) },
    alerts: { of: (tenantId) => [...(alertsOf.get(tenantId)?.values() ?? [])] },
    position: (topic, partition) => (topic === 'sync.lane.v1' ? lanes : settings).position(partition),
    lanes: {
      of: (tenantId) =>
        SIDES.flatMap((side) => {
          const lane = lanes.get(laneKey(tenantId, side));
          return lane === undefined ? [] : [lane];
        }),
    },
  };
}
