/**
 * The topics of the chain, their keys and their partitions.
 *
 * Every record of a tenant goes to the same partition number of whatever topic it is on, so that one task owns all that
 * happens to a tenant. The key is per record, so that compaction keeps the last state of each.
 */
import { join } from 'node:path';

/** Every topic, version included. A deployment may put a prefix in front (TOPIC_PREFIX). */
export const TOPICS = [
  'crm.company.v1',
  'crm.contact.v1',
  'crm.user.v1',
  'unleashed.customer.v1',
  'unleashed.contact.v1',
  'unleashed.salesperson.v1',
  'sync.tenant.v1',
  'sync.request.v1',
  'sync.outcome.v1',
  'sync.command.crm.v1',
  'sync.command.unleashed.v1',
  'sync.decision.v1',
  'sync.conflict.v1',
  'sync.link.v1',
  'sync.setting.v1',
  'sync.lane.v1',
  'sync.quarantine.v1',
  'sync.progress.v1',
  'sync.freshness.v1',
  'sync.alert.v1',
  'sync.drift.v1',
  'sync.sample.v1',
] as const;

/** Name of a topic without prefix. */
export type Topic = (typeof TOPICS)[number];

/** What the processor reads: partition n of each makes task n. */
export const INPUT_TOPICS = [
  'sync.tenant.v1',
  'sync.request.v1',
  'sync.outcome.v1',
  'crm.company.v1',
  'crm.contact.v1',
  'crm.user.v1',
  'unleashed.customer.v1',
  'unleashed.contact.v1',
  'unleashed.salesperson.v1',
] as const satisfies readonly Topic[];

/** Consumer group of the processor, without prefix: what it has committed of its inputs is decided. */
export const PROCESSOR_GROUP = 'sync-processor';

/** The processor's changelogs: what Redis is a view of, and what it is rebuilt from. */
export const CHANGELOG_TOPICS = ['sync.link.v1', 'sync.setting.v1', 'sync.lane.v1'] as const satisfies readonly Topic[];

/** What the processor writes, all of it in the transactions of its tasks. */
export const OUTPUT_TOPICS = [
  ...CHANGELOG_TOPICS,
  'sync.decision.v1',
  'sync.conflict.v1',
  'sync.command.crm.v1',
  'sync.command.unleashed.v1',
  'sync.quarantine.v1',
] as const satisfies readonly Topic[];

/** A topic of the processor's state. */
export type ChangelogTopic = (typeof CHANGELOG_TOPICS)[number];

/** Topics of which only the last record per key is kept. */
export const COMPACTED_TOPICS = [
  ...CHANGELOG_TOPICS,
  'sync.tenant.v1',
  'sync.progress.v1',
  'sync.freshness.v1',
  'sync.alert.v1',
  'sync.drift.v1',
  'sync.sample.v1',
] as const satisfies readonly Topic[];

/** Folder of the Avro schemas, one file per topic. */
export const SCHEMA_FOLDER = join(import.meta.dirname, '..', '..', 'schemas');

/** File of a topic's schema inside SCHEMA_FOLDER. */
export function schemaFileName(topic: Topic): string {
  return `${topic}.avsc`;
}

/** Subject under which a topic's value schema is registered (TopicNameStrategy: topic name, prefix included, and -value). */
export function subjectOf(topic: Topic, prefix = ''): string {
  return `${prefix}${topic}-value`;
}

/** Partitions of every topic unless configured otherwise (TOPIC_PARTITIONS). */
export const DEFAULT_PARTITIONS = 8;

/** FNV-1a over the UTF-8 bytes of the tenant's id: small, well spread, and easy to compute in any language. */
function hashTenant(tenantId: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(tenantId, 'utf8')) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** The partition number that all records of a tenant go to. */
export function partitionOf(tenantId: string, partitions: number): number {
  return hashTenant(tenantId) % partitions;
}

/** Record key of a snapshot: kind is company, contact, user, customer or salesperson. */
export function snapshotKey(tenantId: string, kind: string, id: string): string {
  return `${tenantId}/${kind}/${id}`;
}

/** Record key of all that is about one link: commands, outcomes, decisions and the link itself. */
export function linkKey(tenantId: string, entity: string, linkId: string): string {
  return `${tenantId}/${entity}/${linkId}`;
}

/** Record key of a request. */
export function requestKey(tenantId: string, requestId: string): string {
  return `${tenantId}/request/${requestId}`;
}

/** Record key of a tenant's settings. */
export function settingKey(tenantId: string): string {
  return `${tenantId}/setting`;
}

/** Record key of a lane: one tenant and one target side. */
export function laneKey(tenantId: string, side: string): string {
  return `${tenantId}/lane/${side}`;
}

/** Record key of how far a side of a tenant was read. */
export function progressKey(tenantId: string, side: string): string {
  return `${tenantId}/progress/${side}`;
}

/** Record key of how fresh the edits of a side of a tenant are on the other. */
export function freshnessKey(tenantId: string, side: string): string {
  return `${tenantId}/freshness/${side}`;
}

/** Record key of an incident. */
export function alertKey(tenantId: string, rule: string, subject: string, firedAtMs: number): string {
  return `${tenantId}/alert/${rule}/${subject}/${firedAtMs}`;
}

/** Record key of a tenant's configuration. */
export function tenantKey(tenantId: string): string {
  return `${tenantId}/tenant`;
}

/** Record key of a check for drift, and of one of its differences: they count from 1, the report is number 0. */
export function driftKey(tenantId: string, checkId: string, number = 0): string {
  return `${tenantId}/drift/${checkId}${number === 0 ? '' : `/${number}`}`;
}

/** Record key of how a tenant stood at a moment: span is day or month, place its number in it. */
export function sampleKey(tenantId: string, span: string, place: number): string {
  return `${tenantId}/sample/${span}/${place}`;
}

/** The partition number that a record of this key belongs to. */
export function homeOfKey(key: string | Buffer | null, partitions: number): number {
  return partitionOf(tenantOfKey(key) ?? '', partitions);
}

const SLASH_BYTE = 0x2f;

/** The tenant that a record key belongs to, as text or as it stands on the log; null when it is not one of ours. */
export function tenantOfKey(key: string | Buffer | null): string | null {
  if (key === null) return null;
  // A search for text in bytes takes five times as long as that for a byte.
  const slash = typeof key === 'string' ? key.indexOf('/') : key.indexOf(SLASH_BYTE);
  if (slash <= 0) return null;
  return typeof key === 'string' ? key.slice(0, slash) : key.toString('utf8', 0, slash);
}
