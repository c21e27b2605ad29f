/** The topic of checks: how they stand is kept there and nowhere else, so that another instance goes on with them. */
import { type Codec, type DriftDifference, type DriftReport, driftKey, partitionOf } from '#contracts';
import type { KafkaConfig, SerialProducer } from '#kafka';
import type { Log } from '#runtime';
import { createTopicTable } from '#tables';
import type { CheckResult } from './core/check.ts';

const TOPIC = 'sync.drift.v1';
/** Checks of a tenant that are kept. */
export const CHECKS_KEPT = 30;
/** Records that are handed to the producer at a time. */
const RECORDS_AT_ONCE = 200;

/** A check as it stands. */
export interface KnownCheck {
  readonly checkId: string;
  readonly report: DriftReport;
}

/** What it needs. */
export interface ReportsOptions {
  kafka: KafkaConfig;
  codec: Codec;
  producer: SerialProducer;
  topicPrefix: string;
  partitionCount: number;
  log: Log;
  signal: AbortSignal;
  /** Told that something of a tenant's checks changed. Must not throw. */
  onChange(tenantId: string): void;
}

/** All checks, of all tenants. */
export interface Reports {
  start(): Promise<void>;
  ready(): boolean;
  /** Checks of a tenant, the youngest order first. */
  of(tenantId: string): KnownCheck[];
  /** Resolves when it is written. */
  write(tenantId: string, checkId: string, report: DriftReport): Promise<void>;
  /** Writes what a check came to, the differences first, and takes old checks away. */
  finish(tenantId: string, checkId: string, result: CheckResult): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the collection; nothing is read before `start`. */
export function createReports(options: ReportsOptions): Reports {
  const { kafka, codec, producer, topicPrefix, partitionCount, log, signal } = options;
  const byTenant = new Map<string, Map<string, KnownCheck>>();

  const table = createTopicTable({
    ...{ topic: TOPIC, kafka, codec, topicPrefix, log, signal },
    hold: ({ checkId, report }): KnownCheck | null => (report === null ? null : { checkId, report }),
    onChange(tenantId, { value, previous }) {
      if (value == null && previous == null) return;
      const checks = byTenant.get(tenantId) ?? new Map<string, KnownCheck>();
      byTenant.set(tenantId, checks);
      if (value == null) checks.delete(previous?.checkId ?? '');
      else checks.set(value.checkId, value);
      options.onChange(tenantId);
    },
  });

  const send = (tenantId: string, key: string, value: Buffer | null) =>
    producer.send({ topic: TOPIC, partition: partitionOf(tenantId, partitionCount), key, value });

  async function write(tenantId: string, checkId: string, report: DriftReport): Promise<void> {
    const value = codec.encode(TOPIC, { tenantId, checkId, number: 0, report, difference: null });
    await send(tenantId, driftKey(tenantId, checkId), value);
  }

  async function writeDifferences(tenantId: string, checkId: string, differences: readonly DriftDifference[]) {
    for (let from = 0; from < differences.length; from += RECORDS_AT_ONCE) {
      await producer.room();
      await Promise.all(
        differences.slice(from, from + RECORDS_AT_ONCE).map((difference, at) => {
          const number = from + at + 1;
          const value = codec.encode(TOPIC, { tenantId, checkId, number, report: null, difference });
          return send(tenantId, driftKey(tenantId, checkId, number), value);
        }),
      );
    }
  }

  const of = (tenantId: string): KnownCheck[] =>
    [...(byTenant.get(tenantId)?.values() ?? [])].sort((a, b) => b.report.requestedAtMs - a.report.requestedAtMs);

  async function takeOldAway(tenantId: string): Promise<void> {
    for (const { checkId, report } of of(tenantId).slice(CHECKS_KEPT)) {
      // The report last: as long as it is there, what is left of the check is found.
      for (let number = report.differences; number >= 0; number--) {
        await producer.room();
        await send(tenantId, driftKey(tenantId, checkId, number), null);
      }
    }
  }

  return {
    start: () => table.start(),
    ready: () => table.status().ready,
    of,
    write,
    async finish(tenantId, checkId, { report, differences }) {
      await writeDifferences(tenantId, checkId, differences);
      await write(tenantId, checkId, report);
      await takeOldAway(tenantId);
    },
    stop: () => table.stop(),
  };
}
