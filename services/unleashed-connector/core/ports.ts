/** What reading a tenant needs from outside, time included. */
import type { ContactPhoneKey, UnleashedClient } from '#unleashed';
import type { FeedTopic, RecordKind, Snapshot } from './known.ts';

/** What is remembered of a tenant's records, by key (see known.ts). Losing it costs a repeated publication. */
export interface RecordStore {
  /** The values of these keys; keys without one are left out. */
  read(keys: readonly string[]): Promise<Map<string, string>>;
  /** What is remembered of these records, and the values of other keys, or of all that there are. */
  recall(records: readonly string[], others: readonly string[] | 'all'): Promise<Memory>;
  /** Sets values; null removes. */
  write(changes: ReadonlyMap<string, string | null>): Promise<void>;
}

/** What is remembered of what was read. */
export interface Memory {
  /** Values by key; keys without one are left out. */
  known: Map<string, string>;
  /** When a sink last showed each record, our clock; records never shown are left out. */
  shown: Map<string, number>;
}

/** Something that came and cannot be published. */
export interface Misfit {
  /** Topic that it would have gone to. */
  topic: FeedTopic;
  /** Stable code: MALFORMED_RECORD or NONSENSE_ANSWER. */
  code: string;
  /** What is wrong. */
  message: string;
  /** What came, as it came. */
  value: Buffer;
}

/** Outside world of one tenant's feed. */
export interface FeedPorts {
  tenantId: string;
  /** Where the tenant keeps the phone number of a contact. */
  phoneKey: ContactPhoneKey;
  api: Pick<UnleashedClient, 'list' | 'getCustomer'>;
  store: RecordStore;
  /** Resolves when all are written to their topics. */
  publish(snapshots: readonly Snapshot[]): Promise<void>;
  /** Keeps what cannot be published where it can be looked at again; resolves when it is kept. */
  quarantine(misfit: Misfit): Promise<void>;
  /** Told what was published, for counting. */
  published(kind: RecordKind, count: number): void;
  /** Our clock, milliseconds since the epoch. */
  now(): number;
}
