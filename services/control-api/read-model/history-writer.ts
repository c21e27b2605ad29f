/** What happened, as it comes from its topics: decisions, outcomes, conflicts, requests, quarantined records. */
import type { SQLInputValue } from 'node:sqlite';
import { type TopicRecords, tenantOfKey } from '#contracts';
import type { Connection } from './database.ts';
import { type HistoryTopic, isHistory, placeId, type Source } from './place.ts';
import { prunePlans, putPlanRequest } from './plan-writer.ts';

/** Where a record was, and its bytes. */
interface From {
  readonly partition: number;
  readonly offset: bigint;
  readonly body: Buffer;
}

/** Gives the number of a tenant. */
type TenantNo = (tenantId: string) => number;

/** Writes history. */
export interface HistoryWriter {
  put(topic: HistoryTopic, record: TopicRecords[HistoryTopic], tenantNo: TenantNo, from: From): void;
  /** Takes away what a topic no longer holds below `first`, at most `max` rows; gives how many. */
  prune(topic: Source, partition: number, first: bigint, max: number): number;
}

const TABLES: Record<HistoryTopic, string> = {
  'sync.decision.v1': 'timeline',
  'sync.outcome.v1': 'timeline',
  'sync.conflict.v1': 'conflicts',
  'sync.request.v1': 'requests',
  'sync.quarantine.v1': 'quarantine',
};
/** What is said about most records most of the time, and is no event in their lives. */
const NO_NEWS: ReadonlySet<string> = new Set(['no-change', 'older-read']);

type Put<T extends HistoryTopic> = (record: TopicRecords[T], id: number, tenantNo: TenantNo, from: From) => void;

/** Makes the writer. */
export function createHistoryWriter(connection: Connection): HistoryWriter {
  const into = (table: string, ...values: SQLInputValue[]): void => {
    connection.run(`INSERT OR REPLACE INTO ${table} VALUES (${values.map(() => '?').join(', ')})`, ...values);
  };

  const writers: { [T in HistoryTopic]: Put<T> } = {
    'sync.decision.v1': (decision, id, tenantNo, { body }) => {
      const { cause, origin, entity, linkId, nowMs, verdict, reason, settingVersion } = decision;
      if (cause === 'request' && origin !== null) {
        const request = placeId('sync.request.v1', origin.partition, origin.offset);
        // The first is the answer; others are what followed for other links.
        const sql = 'INSERT INTO answers VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
        connection.run(sql, request, verdict, reason, nowMs, settingVersion);
      }
      if (!NO_NEWS.has(reason)) into('timeline', id, tenantNo(decision.tenantId), entity, linkId, nowMs, body);
    },
    'sync.outcome.v1': ({ tenantId, entity, linkId, finishedAtMs }, id, tenantNo, { body }) =>
      into('timeline', id, tenantNo(tenantId), entity, linkId, finishedAtMs, body),
    'sync.conflict.v1': ({ tenantId, entity, linkId, field, winner, decidedAtMs }, id, tenantNo, { body }) =>
      into('conflicts', id, tenantNo(tenantId), entity, linkId, field, winner, decidedAtMs, body),
    'sync.request.v1': (request, id, tenantNo, { body }) => {
      const { tenantId, requestedBy, requestedAtMs } = request;
      const ofPlan = putPlanRequest(connection, tenantNo(tenantId), request, id);
      into('requests', id, tenantNo(tenantId), requestedBy, requestedAtMs, ofPlan ? 1 : 0, body);
    },
    'sync.quarantine.v1': (record, id, tenantNo) => {
      const { topic, partition, offset, key, code, message, service, foundAtMs } = record;
      const tenant = tenantOfKey(key);
      const no = tenant === null ? null : tenantNo(tenant);
      into('quarantine', id, no, topic, partition, offset, code, message, service, foundAtMs);
    },
  };

  return {
    put(topic, record, tenantNo, from) {
      // The record is of its topic: the compiler cannot tell from two parameters.
      const write = writers[topic] as (record: unknown, id: number, tenantNo: TenantNo, from: From) => void;
      write(record, placeId(topic, from.partition, from.offset), tenantNo, from);
    },
    prune(topic, partition, first, max) {
      if (!isHistory(topic)) return 0;
      const range = [placeId(topic, partition, 0), placeId(topic, partition, first), max] as const;
      const old = (column: string, table: string): string =>
        `DELETE FROM ${table} WHERE ${column} IN
          (SELECT ${column} FROM ${table} WHERE ${column} >= ? AND ${column} < ? LIMIT ?)`;
      if (topic === 'sync.request.v1') {
        connection.run(old('request', 'answers'), ...range);
        prunePlans(connection, range[0], range[1]);
      }
      return connection.run(old('id', TABLES[topic]), ...range);
    },
  };
}
