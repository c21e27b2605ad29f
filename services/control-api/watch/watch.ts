/**
 * Looks after the tenants of this instance's partitions: how fresh their directions are, what they have to be alerted of, and
 * how they stood for the charts.
 *
 * Of several instances each tenant is looked after by one, as Kafka shares out the partitions. What is found goes to compacted
 * topics, so every instance shows the same, and whoever takes a tenant over goes on where the other one stopped.
 */
import {
  type Codec,
  type Freshness,
  freshnessKey,
  INPUT_TOPICS,
  partitionOf,
  type Request,
  type TopicRecords,
} from '#contracts';
import {
  createPartitionAssignment,
  createPartitionReader,
  createTopicAdmin,
  type KafkaConfig,
  type PinnedRecord,
} from '#kafka';
import { type Log, type Metrics, systemClock } from '#runtime';
import type { ReasonCode } from '#sync-core';
import { lastDifferences } from '../read-model/drift.ts';
import { NotBuiltError, type ReadModel } from '../read-model/read-model.ts';
import { overviewOf } from '../read-model/summary.ts';
import { waitsOf } from '../read-model/waiting.ts';
import { requestIdOf } from '../request-id.ts';
import { orderRequest } from '../request-record.ts';
import type { Tables } from '../tables.ts';
import { createAlerts } from './alerts.ts';
import { createFreshnessWatch } from './freshness.ts';
import { createGauges } from './gauges.ts';
import { ALERT_SUBJECT, type AlertTimes } from './incidents.ts';
import type { Known } from './measure.ts';
import { createReached, type Ground, type Offsets, STATE_TOPICS } from './reached.ts';
import { createSampler } from './samples.ts';
import { tellWebhook, type WebhookTarget } from './webhook.ts';

/** Reason of what the breaker holds. */
const HELD: ReasonCode = 'breaker-held';

/** What it needs. */
export interface WatchOptions {
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly partitionCount: number;
  readonly tables: Tables;
  readonly readModel: Pick<ReadModel, 'ask' | 'position'>;
  /** Resolves when the record is written. */
  readonly send: (record: PinnedRecord) => Promise<unknown>;
  /** Where notices of a tenant's incidents go; undefined: nowhere. */
  readonly webhookOf: (tenantId: string) => WebhookTarget | undefined;
  /** Writes a request and waits for the decision on it, within bounds. */
  readonly submit: (request: Request) => Promise<unknown>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Time between looks, milliseconds. */
  readonly everyMs: number;
  readonly alertTimes: AlertTimes;
}

/** A running watch. */
export interface Watch {
  start(): void;
  /** Leaves the group; resolves when nothing is looked at any more. */
  stop(): Promise<void>;
}

/** Makes the watch; nothing is looked at before `start`. */
export function createWatch(options: WatchOptions): Watch {
  const { kafka, codec, topicPrefix, partitionCount, tables, readModel, log } = options;
  const stopping = new AbortController();
  const admin = createTopicAdmin(kafka);
  const reader = createPartitionReader(kafka);
  const owned = new Set<number>();
  const reached = createReached();
  const gauges = createGauges(options.metrics, tables);

  const ground: Ground = {
    async committed() {
      const named = INPUT_TOPICS.map((topic) => topicPrefix + topic);
      const found = await admin.committed(`${topicPrefix}sync-processor`, named);
      return new Map([...found].map(([topic, offsets]) => [topic.slice(topicPrefix.length), offsets]));
    },
    async stateEnds() {
      const found = STATE_TOPICS.map(async (topic) => {
        const named = topicPrefix + topic;
        const ends = await reader.ends(named, await reader.partitions(named));
        return [topic, new Map([...ends].map(([partition, { end }]) => [partition, end]))] as const;
      });
      return new Map(await Promise.all(found)) as Offsets;
    },
    position: (topic, partition) =>
      topic === 'sync.link.v1' ? readModel.position(topic, partition) : tables.position(topic, partition),
  };

  const freshness = createFreshnessWatch({
    reached,
    ground,
    progressOf: tables.progress.of,
    publishedOf: tables.freshness.of,
    waitsOf(tenantId) {
      try {
        return waitsOf(readModel.ask(tenantId));
      } catch (error) {
        if (error instanceof NotBuiltError) return null;
        throw error;
      }
    },
    publish: (found: Freshness) =>
      write('sync.freshness.v1', found.tenantId, freshnessKey(found.tenantId, found.side), found),
    nowMs: Date.now,
  });

  const alerts = createAlerts({
    knownOf: (tenantId) => ({
      setting: tables.settings.get(tenantId),
      lanes: tables.lanes.of(tenantId),
      ...countsOf(readModel, tenantId),
      progressOf: (side) => tables.progress.of(tenantId, side),
      freshnessOf: (side) => tables.freshness.of(tenantId, side),
    }),
    publishedOf: tables.alerts.of,
    publish: (key, tenantId, alert) => write('sync.alert.v1', tenantId, key, alert),
    tellOf(tenantId) {
      const webhook = options.webhookOf(tenantId);
      if (webhook === undefined) return undefined;
      return async (due) => {
        const error = await tellWebhook(webhook, tenantId, due, Date.now());
        gauges.notices.inc({ result: error === null ? 'taken' : 'not-taken' });
        return error;
      };
    },
    async pause(tenantId, side, key) {
      const requestId = requestIdOf(tenantId, ALERT_SUBJECT, key);
      const head = { requestId, tenantId, requestedBy: ALERT_SUBJECT, nowMs: Date.now() };
      await options.submit(orderRequest(head, { kind: 'pause', side }));
    },
    log,
    times: options.alertTimes,
    nowMs: Date.now,
  });

  const samples = createSampler({
    freshnessOf: tables.freshness.of,
    progressOf: tables.progress.of,
    failingOf: (tenantId) => countsOf(readModel, tenantId).records?.failing ?? null,
    publish: (key, sample) => write('sync.sample.v1', sample.tenantId, key, sample),
    nowMs: Date.now,
  });

  async function write<T extends 'sync.freshness.v1' | 'sync.alert.v1' | 'sync.sample.v1'>(
    topic: T,
    tenantId: string,
    key: string,
    record: TopicRecords[T] | null,
  ): Promise<void> {
    const partition = partitionOf(tenantId, partitionCount);
    const value = record === null ? null : codec.encode<typeof topic>(topic, record);
    await options.send({ topic, partition, key, value });
  }

  const share = createPartitionAssignment({
    kafka,
    groupId: `${topicPrefix}control-api`,
    topics: ['sync.tenant.v1'],
    topicPrefix,
    onAssigned(partitions) {
      for (const partition of partitions) owned.add(partition);
    },
    onRevoked(partitions) {
      for (const partition of partitions) owned.delete(partition);
      for (const { tenantId } of tables.tenants.all()) {
        if (owned.has(partitionOf(tenantId, partitionCount))) continue;
        freshness.forget(tenantId);
        alerts.forget(tenantId);
        samples.forget(tenantId);
      }
    },
  });

  function ours(): string[] {
    const all = tables.tenants.all().map(({ tenantId }) => tenantId);
    return all.filter((tenantId) => owned.has(partitionOf(tenantId, partitionCount)));
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const tenantIds = ours();
        await freshness.look(tenantIds);
        await alerts.look(tenantIds);
        await samples.look(tenantIds);
        gauges.show(tenantIds);
        failures = 0;
      } catch (error) {
        failures += 1;
        // The first one and then each doubling.
        if ((failures & (failures - 1)) === 0) log.warn({ err: error, failures }, 'tenants cannot be looked after');
      }
      await systemClock.sleep(options.everyMs, stopping.signal).catch(() => undefined);
    }
  }

  let running: Promise<void> | null = null;
  return {
    start() {
      share.start();
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await share.stop();
      await running;
      await alerts.quiet();
      await Promise.all([admin.close(), reader.close()]);
    },
  };
}

/** What is counted in the read model; null while it is being built. */
function countsOf(readModel: Pick<ReadModel, 'ask'>, tenantId: string): Pick<Known, 'records' | 'differences'> {
  try {
    const asked = readModel.ask(tenantId);
    const { states, reasons } = overviewOf(asked);
    const all = states['in-sync'] + states.waiting + states.question + states.stopped;
    const held = reasons.filter(({ reason }) => reason === HELD).reduce((sum, { count }) => sum + count, 0);
    // What waits for approval does not fail.
    return { records: { all, failing: states.stopped - held, held }, differences: lastDifferences(asked) };
  } catch (error) {
    if (error instanceof NotBuiltError) return { records: null, differences: null };
    throw error;
  }
}
