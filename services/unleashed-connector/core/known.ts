/**
 * What is published of what was read. Pure.
 *
 * A record goes out when its content differs from what was last published of it, or when something else told the processor
 * about it in the meantime: a sink that read it back shows it, and if a person then brings back what was there before, the
 * content equals what was last published here and yet is news. Records are also published again once a day, so that
 * anything that was ever forgotten heals.
 */
import { hash } from 'node:crypto';
import type { TopicRecords } from '#contracts';

/** Topics that the connector publishes to. */
export type FeedTopic = 'unleashed.customer.v1' | 'unleashed.contact.v1' | 'unleashed.salesperson.v1';

/** A snapshot and where it goes. */
export type Snapshot = {
  [T in FeedTopic]: { topic: T; kind: RecordKind; record: TopicRecords[T] };
}[FeedTopic];

/** Kinds of record, as they stand in keys. */
export type RecordKind = 'customer' | 'contact' | 'salesperson';

/** What is remembered of a published record. */
export interface KnownRecord {
  /** Digest of its content. */
  digest: string;
  /** readStartedAtMs of what was published. */
  readStartedAtMs: number;
  /** For a contact the GUID of its customer; else blank. */
  parent: string;
}

/** A record is published again after this time, milliseconds, even if nothing about it seems to have changed. */
export const REPUBLISH_MS = 86_400_000;

/** Stands for the digest of a record while a change of it is being published: no content has it. */
export const DOUBTED = '?';

/** Key of a record within its tenant. */
export function recordKey(kind: RecordKind, guid: string): string {
  return `${kind}/${guid}`;
}

/** Key under which the contacts of a customer are listed. */
export function childrenKey(customerGuid: string): string {
  return `contacts/${customerGuid}`;
}

/** Digests of snapshots, which never change once they are made: each is asked for up to three times. */
const digests = new WeakMap<Snapshot, string>();

/** Digest of what a snapshot says, how and when it was read apart. */
export function digestOf(snapshot: Snapshot): string {
  const known = digests.get(snapshot);
  if (known !== undefined) return known;
  const content = JSON.stringify({ ...snapshot.record, readStartedAtMs: undefined, readCause: undefined });
  const digest = hash('sha256', content, 'base64url').slice(0, 16);
  digests.set(snapshot, digest);
  return digest;
}

/** What is remembered of a snapshot once it is published. */
export function knownAs(snapshot: Snapshot): KnownRecord {
  const parent = snapshot.topic === 'unleashed.contact.v1' ? snapshot.record.customerGuid : '';
  return { digest: digestOf(snapshot), readStartedAtMs: snapshot.record.readStartedAtMs, parent };
}

/** Whether a snapshot has to be published. `shownAtMs`: when a sink last showed the record; undefined for never. */
export function isNews(snapshot: Snapshot, known: KnownRecord | undefined, shownAtMs: number | undefined): boolean {
  if (known === undefined || known.digest !== digestOf(snapshot)) return true;
  if (shownAtMs !== undefined && known.readStartedAtMs <= shownAtMs) return true;
  return snapshot.record.readStartedAtMs - known.readStartedAtMs >= REPUBLISH_MS;
}

/** The stored form of what is known: short, since there is one per record. */
export function formatKnown({ digest, readStartedAtMs, parent }: KnownRecord): string {
  return `${digest} ${readStartedAtMs} ${parent}`;
}

/** Reads the stored form; undefined when it is none. */
export function parseKnown(text: string | undefined): KnownRecord | undefined {
  const [digest, readStarted, parent] = text?.split(' ') ?? [];
  const readStartedAtMs = Number(readStarted);
  if (digest === undefined || parent === undefined || !Number.isSafeInteger(readStartedAtMs)) return undefined;
  return { digest, readStartedAtMs, parent };
}

/** The same records, of none of which is known what was told. Lists of contacts stay as they are. */
export function doubtAll(known: ReadonlyMap<string, string>): Map<string, string> {
  const doubted = new Map(known);
  for (const [key, text] of known) {
    const record = parseKnown(text);
    if (record !== undefined) doubted.set(key, formatKnown({ ...record, digest: DOUBTED }));
  }
  return doubted;
}
