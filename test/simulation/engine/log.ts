/**
 * A simulated log with Kafka's semantics, as far as ours depend on them: one partition per topic, offsets that markers take
 * part in, transactions that readers see when they are committed and not before, a coordinator that fences older owners of
 * a transactional id and settles what they left open, offsets of groups that may be part of a transaction.
 */
import { type ConsumedRecord, KafkaError } from '#kafka';

/** A record to be written. */
export interface NewRecord {
  key: string;
  value: Buffer | null;
}

interface Transaction {
  state: 'open' | 'committed' | 'aborted';
  topics: Set<string>;
  offsets: Map<string, Map<string, number>>;
}

interface Entry {
  key: Buffer | null;
  value: Buffer | null;
  timestampMs: number;
  transaction: Transaction | null;
  isMarker: boolean;
}

/** Records that a reader may see, and where it goes on. */
export interface Fetched {
  records: ConsumedRecord[];
  next: number;
}

/** Everything that a log holds, to begin another one with. */
export interface LogCopy {
  topics: ReadonlyMap<string, readonly Entry[]>;
  groups: ReadonlyMap<string, ReadonlyMap<string, number>>;
  epochs: ReadonlyMap<string, number>;
}

/** The log. */
export interface SimLog {
  /** A copy of everything. Throws while a transaction is open. */
  copy(): LogCopy;
  /** Writes records outside any transaction; gives the offset of the first. */
  append(topic: string, records: readonly NewRecord[]): number;
  /** Committed records from an offset on, up to the first that is still undecided. */
  read(topic: string, from: number, most?: number): Fetched;
  /** Where a reader of committed records comes to an end. */
  end(topic: string): number;
  /** Offsets that a group has committed, by topic. */
  offsets(group: string): Map<string, number>;
  /** The epoch of a transactional id as it is, without taking it over: what a careless owner would do. */
  join(id: string): number;
  /** Takes over a transactional id: what its older owner left open is aborted. Gives the epoch. */
  fence(id: string): number;
  /** Begins a transaction. Each of these throws KafkaError `fenced` for an epoch that is over. */
  begin(id: string, epoch: number): void;
  send(id: string, epoch: number, topic: string, records: readonly NewRecord[]): { first: number; last: number };
  sendOffsets(id: string, epoch: number, group: string, offsets: ReadonlyMap<string, number>): void;
  commit(id: string, epoch: number): void;
  /** Aborts what is open, if the epoch still holds. */
  abort(id: string, epoch: number): void;
  /** Tells whenever something new can be read of a topic. */
  onNews(listener: (topic: string) => void): void;
}

const EMPTY: LogCopy = { topics: new Map(), groups: new Map(), epochs: new Map() };

/** A log with what another one held. Default: nothing. */
export function createSimLog(now: () => number, from: LogCopy = EMPTY): SimLog {
  const topics = new Map([...from.topics].map(([topic, entries]) => [topic, [...entries]]));
  const groups = new Map([...from.groups].map(([group, offsets]) => [group, new Map(offsets)]));
  const owners = new Map<string, { epoch: number; open: Transaction | null }>(
    [...from.epochs].map(([id, epoch]) => [id, { epoch, open: null }]),
  );
  const listeners: ((topic: string) => void)[] = [];

  function entriesOf(topic: string): Entry[] {
    let entries = topics.get(topic);
    if (entries === undefined) {
      entries = [];
      topics.set(topic, entries);
    }
    return entries;
  }

  function tell(topic: string): void {
    for (const listener of listeners) listener(topic);
  }

  function write(topic: string, records: readonly NewRecord[], transaction: Transaction | null): number {
    const entries = entriesOf(topic);
    const first = entries.length;
    const timestampMs = now();
    for (const { key, value } of records) {
      entries.push({ key: Buffer.from(key), value, timestampMs, transaction, isMarker: false });
    }
    return first;
  }

  function offsetsOf(group: string): Map<string, number> {
    let offsets = groups.get(group);
    if (offsets === undefined) {
      offsets = new Map();
      groups.set(group, offsets);
    }
    return offsets;
  }

  function owned(id: string, epoch: number): { epoch: number; open: Transaction | null } {
    const owner = owners.get(id);
    if (owner === undefined || owner.epoch !== epoch) throw new KafkaError('fenced', `${id}: a younger owner`);
    return owner;
  }

  function settle(transaction: Transaction, state: 'committed' | 'aborted'): void {
    transaction.state = state;
    for (const topic of transaction.topics) {
      entriesOf(topic).push({ key: null, value: null, timestampMs: now(), transaction: null, isMarker: true });
    }
    if (state === 'committed') {
      for (const [group, offsets] of transaction.offsets) {
        const committed = offsetsOf(group);
        for (const [topic, offset] of offsets) committed.set(topic, offset);
      }
    }
    for (const topic of transaction.topics) tell(topic);
  }

  function isAnyOpen(): boolean {
    for (const { open } of owners.values()) if (open !== null) return true;
    return false;
  }

  function openOf(id: string, epoch: number): Transaction {
    const { open } = owned(id, epoch);
    if (open === null) throw new KafkaError('poisoned', `${id}: no transaction is open`);
    return open;
  }

  return {
    copy() {
      if ([...owners.values()].some(({ open }) => open !== null)) throw new Error('a transaction is open');
      return {
        topics: new Map([...topics].map(([topic, entries]) => [topic, [...entries]])),
        groups: new Map([...groups].map(([group, offsets]) => [group, new Map(offsets)])),
        epochs: new Map([...owners].map(([id, { epoch }]) => [id, epoch])),
      };
    },
    append(topic, records) {
      const first = write(topic, records, null);
      tell(topic);
      return first;
    },
    read(topic, from, most = 10_000) {
      const entries = entriesOf(topic);
      const records: ConsumedRecord[] = [];
      let at = from;
      for (; at < entries.length && records.length < most; at++) {
        const entry = entries[at] as Entry;
        if (entry.transaction?.state === 'open') break;
        if (entry.isMarker || entry.transaction?.state === 'aborted') continue;
        const { key, value, timestampMs } = entry;
        records.push({ topic, partition: 0, offset: BigInt(at), timestampMs, key, value, headers: {} });
      }
      return { records, next: at };
    },
    end(topic) {
      const entries = entriesOf(topic);
      if (!isAnyOpen()) return entries.length;
      const open = entries.findIndex((entry) => entry.transaction?.state === 'open');
      return open === -1 ? entries.length : open;
    },
    offsets: offsetsOf,
    join(id) {
      const owner = owners.get(id) ?? { epoch: 1, open: null };
      owners.set(id, owner);
      return owner.epoch;
    },
    fence(id) {
      const owner = owners.get(id) ?? { epoch: 0, open: null };
      if (owner.open !== null) settle(owner.open, 'aborted');
      owners.set(id, { epoch: owner.epoch + 1, open: null });
      return owner.epoch + 1;
    },
    begin(id, epoch) {
      owned(id, epoch).open = { state: 'open', topics: new Set(), offsets: new Map() };
    },
    send(id, epoch, topic, records) {
      const transaction = openOf(id, epoch);
      transaction.topics.add(topic);
      const first = write(topic, records, transaction);
      return { first, last: first + records.length - 1 };
    },
    sendOffsets(id, epoch, group, offsets) {
      openOf(id, epoch).offsets.set(group, new Map(offsets));
    },
    commit(id, epoch) {
      const transaction = openOf(id, epoch);
      owned(id, epoch).open = null;
      settle(transaction, 'committed');
    },
    abort(id, epoch) {
      const owner = owners.get(id);
      if (owner === undefined || owner.epoch !== epoch || owner.open === null) return;
      const { open } = owner;
      owner.open = null;
      settle(open, 'aborted');
    },
    onNews: (listener) => void listeners.push(listener),
  };
}
