/** Entries in one argument of a script: Redis and its client take one large argument much faster than thousands of small ones. */

/** A changed entry. */
export interface StateEntry {
  /** Record key on the changelog. */
  key: string;
  /** Avro bytes as on the changelog; null removes the entry. */
  value: Buffer | null;
}

/** A changed entry; its key may be the bytes of the log. */
export type ChangedEntry = Omit<StateEntry, 'key'> & { key: string | Buffer };

/** What changes for one tenant. */
export interface SortedEntries {
  /** In order: the last one wins where a key comes twice. */
  readonly puts: readonly { key: string | Buffer; value: Buffer }[];
  /** Keys, none of which is among the puts. */
  readonly removals: readonly (string | Buffer)[];
}

/** A length in front of each key and value, big-endian. */
const LENGTH_BYTES = 4;

/** Changed entries apart from removed ones; what comes last wins where a key comes twice. */
export function sortEntries(entries: readonly ChangedEntry[]): SortedEntries {
  if (entries.every(hasValue)) return { puts: entries, removals: [] };
  const last = new Map(entries.map((entry) => [String(entry.key), entry]));
  const kept = [...last.values()];
  return { puts: kept.filter(hasValue), removals: kept.filter((one) => !hasValue(one)).map(({ key }) => key) };
}

function hasValue(entry: ChangedEntry): entry is ChangedEntry & { value: Buffer } {
  return entry.value !== null;
}

/** The entries one after the other, each tenant's puts (length, key, length, value) before its removals (length, key). */
export function packEntries(tenants: readonly SortedEntries[]): Buffer {
  let bytes = 0;
  for (const { puts, removals } of tenants) {
    for (const { key, value } of puts) bytes += 2 * LENGTH_BYTES + Buffer.byteLength(key) + value.length;
    for (const key of removals) bytes += LENGTH_BYTES + Buffer.byteLength(key);
  }
  const packed = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const { puts, removals } of tenants) {
    for (const { key, value } of puts) at = write(packed, write(packed, at, key), value);
    for (const key of removals) at = write(packed, at, key);
  }
  return packed;
}

/** Writes a length and so many bytes, and gives the place after them. */
function write(packed: Buffer, at: number, part: string | Buffer): number {
  const from = at + LENGTH_BYTES;
  const length = typeof part === 'string' ? packed.write(part, from) : part.copy(packed, from);
  packed.writeUInt32BE(length, at);
  return from + length;
}
