/** What the logic of reading the CRM needs from outside. Everything that it does to the world goes through here. */
import type { TopicRecords } from '#contracts';
import type { CrmReadApi, OwnEvents, UnreadWrites } from '#prospect-crm';

/** Kinds of record, as they stand in keys. */
export type RecordKind = 'company' | 'contact' | 'user';

/** A snapshot, where it goes, and the id in its key. */
export type Snapshot =
  | { topic: 'crm.company.v1'; kind: 'company'; id: string; record: TopicRecords['crm.company.v1'] }
  | { topic: 'crm.contact.v1'; kind: 'contact'; id: string; record: TopicRecords['crm.contact.v1'] }
  | { topic: 'crm.user.v1'; kind: 'user'; id: string; record: TopicRecords['crm.user.v1'] };

/** Something that cannot be published and is kept to be looked at. */
export interface Misfit {
  /** What was asked for: method and path, or the kind of record. */
  source: string;
  /** Stable error code. */
  code: string;
  /** What is wrong, for people. */
  message: string;
  /** The bytes as they came. */
  value: Buffer;
}

/** Notes of writes of ours that nobody has read back, by record key. */
export type Notes = ReadonlyMap<string, string>;

/** What is remembered of each record of a tenant: a digest of what was last published, by record key. */
export interface KnownStore {
  /** Digests and notes of these records; records without one are left out. */
  recall(keys: readonly string[]): Promise<{ known: ReadonlyMap<string, string>; notes: Notes }>;
  /** Sets digests; gives the notes of these records. */
  remember(digests: ReadonlyMap<string, string>): Promise<Notes>;
}

/** Outside world of one tenant's reads. Its stores reject with retriable errors when they cannot be asked. */
export interface CapturePorts {
  tenantId: string;
  /** The tenant's API. Its errors are CrmApiError, BudgetError and those of the budget's store. */
  api: CrmReadApi;
  known: KnownStore;
  /** Which events are those of our own writes. */
  ownEvents: Pick<OwnEvents, 'areOurs'>;
  /** Writes of ours that nobody has read back. */
  unread: Pick<UnreadWrites, 'check'>;
  /** Told of fields that show what a write of ours had replaced. */
  onNotStored(fields: readonly string[]): void;
  /** Resolves when all are written to their topics. */
  publish(snapshots: readonly Snapshot[]): Promise<void>;
  /** Resolves when it is kept. */
  quarantine(misfit: Misfit): Promise<void>;
  /** Told of what was published. */
  published(kind: RecordKind, count: number): void;
  /** Our clock, milliseconds. */
  now(): number;
}
