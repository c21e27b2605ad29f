/**
 * Follows the topics and keeps the file up to date: opens it, or begins it anew where it cannot be gone on with, reads on
 * from where it stands, and gives connections to whoever asks questions.
 *
 * A file is begun anew when it is missing (also while this runs), was made by another version or from another cluster,
 * cannot be read, or stands at a place that a topic does not have (any more, or yet).
 */
import { existsSync } from 'node:fs';
import { COMPACTED_TOPICS, type Codec, homeOfKey, type Topic, tenantOfKey } from '#contracts';
import { createPartitionReader, createTopicAdmin, type KafkaConfig, type Position, type Slice } from '#kafka';
import { isRetriable, type Log, type Metrics, pauseAfterMs, retry, systemClock } from '#runtime';
import { type Changes, kindOf } from '../live/changes.ts';
import { type Connection, connect, fileOf, openForWriting, readMeta, removeFiles } from './database.ts';
import { nextTurn } from './judge.ts';
import { SOURCES, type Source } from './place.ts';
import { createWriter, type Decode, type Reached, type SourceRecord, type Writer } from './writer.ts';

/** What a follower is made of. */
export interface FollowerOptions {
  /** Folder of the file; made when it is not there. */
  readonly folder: string;
  readonly kafka: KafkaConfig;
  readonly codec: Codec;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told what changes once it can be asked for. Default: nobody. */
  readonly changes?: Pick<Changes, 'note' | 'noteAll'>;
}

/** How far the file is. */
export interface FollowerStatus {
  /** All that there was when it began to read is in, and judged. */
  readonly ready: boolean;
  /** Share of that which has been read, 0 to 1. */
  readonly share: number;
  /** Why it may be out of date; null when it is not known to be. */
  readonly behind: Error | null;
}

/** Keeps the file up to date. */
export interface Follower {
  /** Begins; errors are waited out. */
  start(): void;
  status(): FollowerStatus;
  /** A connection for questions; another one after the file was begun anew. Null while there is no file. */
  reading(): { connection: Connection; generation: string } | null;
  /** Offset up to which a partition is in the file, and judged; undefined while that is not so. */
  position(topic: Source, partition: number): bigint | undefined;
  /** Ends, and closes the file. */
  stop(): Promise<void>;
}

/** Longest wait of one fetch when nothing comes, milliseconds; `stop` waits for it. */
const FOLLOW_WAIT_MS = 300;
const CATCH_UP_WAIT_MS = 20;
/**
 * So long what comes one by one gathers before the next fetch, milliseconds: each fetch and each transaction costs more than
 * the records in it, and nobody who looks at a page sees the difference.
 */
const GATHER_MS = 50;
/** A fetch with so many records is no trickle. */
const TRICKLE_RECORDS = 100;
const BACKOFF = { firstPauseMs: 100, longestPauseMs: 5_000 };
/** A registry that is away must not make us skip a record: it is waited for, this long, milliseconds. */
const DECODE_DEADLINE_MS = 60 * 60_000;
/** How often what topics no longer hold is taken away, milliseconds; and rows at a time. */
const PRUNE_EVERY_MS = 10 * 60_000;
const PRUNE_ROWS = 1_000;
const COMPACTED: ReadonlySet<Topic> = new Set(COMPACTED_TOPICS);

interface Open {
  readonly writer: Writer;
  readonly writing: Connection;
  readonly reading: Connection;
  readonly generation: string;
}

/** Makes a follower. */
export function createFollower(options: FollowerOptions): Follower {
  const { folder, kafka, codec, topicPrefix, log, metrics } = options;
  const reader = createPartitionReader(kafka);
  const stopping = new AbortController();
  const { signal } = stopping;
  const counted = metrics.counter({
    name: 'twoway_read_model_records_total',
    help: 'Records that were read into the read model.',
    labels: ['topic'],
  });
  const undecodable = metrics.counter({
    name: 'twoway_read_model_undecodable_total',
    help: 'Records that could not be read and are left out of the read model.',
    labels: ['topic'],
  });
  const begun = metrics.counter({
    name: 'twoway_read_model_begun_total',
    help: 'How often the read model was begun anew.',
  });

  let open: Open | null = null;
  let running: Promise<void> | null = null;
  let ready = false;
  let behind: Error | null = null;
  /** Where each partition stands, and where it has to get to: first for `ready`. Null until looked up. */
  let positions: Map<string, Position & { readonly source: Source; readonly target: bigint }> | null = null;
  let prunedAtMs = 0;

  metrics.gauge({
    name: 'twoway_read_model_read_ratio',
    help: 'Share of what had been written when the read model began to read that is in it; 1 when it answers.',
    collect: (gauge) => gauge.set(ready ? 1 : Math.min(share(), 0.999)),
  });

  function share(): number {
    const all = [...(positions?.values() ?? [])];
    const sum = (of: (one: (typeof all)[number]) => bigint): number => all.reduce((n, one) => n + Number(of(one)), 0);
    const target = sum((one) => one.target);
    if (positions === null) return 0;
    return target === 0 ? 1 : Math.min(1, sum((one) => one.offset) / target);
  }

  const close = (): void => {
    open?.reading.close();
    open?.writing.close();
    open = null;
    positions = null;
    ready = false;
  };

  const beginAnew = (why: string): void => {
    log.warn({ why }, 'the read model is begun anew');
    close();
    removeFiles(folder);
  };

  async function openFile(): Promise<Open> {
    const admin = createTopicAdmin(kafka);
    const clusterId = await admin.clusterId().finally(() => admin.close());
    // Other topics of the same cluster are another source.
    const origin = `${clusterId} ${topicPrefix}`;
    const writing = openForWriting(folder, origin, (why) => log.warn({ why }, 'the read model is begun anew'));
    const generation = readMeta(writing, 'generation');
    const writer = createWriter(writing, codec);
    if (writer.positions().length === 0) begun.inc();
    return { writing, writer, reading: connect(folder, 'read'), generation };
  }

  /** Where to read from; null when the file stands where a topic has nothing. */
  async function lookUp(writer: Writer): Promise<typeof positions> {
    const stored = new Map(writer.positions().map((one) => [`${one.topic} ${one.partition}`, one.next]));
    const found: NonNullable<typeof positions> = new Map();
    for (const source of SOURCES) {
      const topic = topicPrefix + source;
      for (const [partition, { first, end }] of await reader.ends(topic, await reader.partitions(topic))) {
        const key = `${source} ${partition}`;
        const offset = stored.get(key) ?? first;
        if (offset < first || offset > end) return null;
        found.set(key, { topic, partition, offset, source, target: end });
      }
    }
    return found;
  }

  const decode: Decode = async (topic, { value, partition, offset }) => {
    if (value === null) return null;
    try {
      return (
        codec.decodeKnown(topic, value) ??
        (await retry(() => codec.decode(topic, value), { triesMax: 10_000, deadlineMs: DECODE_DEADLINE_MS, signal }))
      );
    } catch (error) {
      if (isRetriable(error) || signal.aborted) throw error;
      undecodable.inc({ topic });
      log.error({ err: error, topic, partition, offset: String(offset) }, 'a record cannot be read');
      return null;
    }
  };

  async function take(writer: Writer, at: NonNullable<typeof positions>, slices: readonly Slice[]): Promise<void> {
    const records: SourceRecord[] = [];
    const reached: Reached[] = [];
    for (const { topic, partition, records: found, nextOffset } of slices) {
      const source = SOURCES.find((one) => topicPrefix + one === topic);
      if (source === undefined || at.get(`${source} ${partition}`)?.offset === nextOffset) continue;
      reached.push({ topic: source, partition, next: nextOffset });
      const partitions = [...at.values()].filter((one) => one.source === source).length;
      for (const { key: raw, value, offset } of found) {
        const key = raw?.toString('utf8') ?? '';
        // What a key says where it no longer belongs, since there are more partitions, is not so any more.
        if (COMPACTED.has(source) && homeOfKey(key, partitions) !== partition) continue;
        records.push({ topic: source, partition, offset, key, value });
      }
      counted.inc({ topic: source }, found.length);
    }
    if (reached.length === 0) return;
    await writer.write(records, reached, decode);
    for (const { topic, partition, next } of reached) {
      const key = `${topic} ${partition}`;
      at.set(key, { ...at.get(key)!, offset: next });
    }
    if (ready) for (const record of records) tell(record);
  }

  function tell({ topic, key }: SourceRecord): void {
    const tenantId = tenantOfKey(key);
    if (tenantId === null) return;
    const isLink = topic === 'sync.link.v1';
    options.changes?.note(tenantId, kindOf(topic), isLink ? key.slice(tenantId.length + 1) : undefined);
  }

  async function prune(writer: Writer): Promise<void> {
    if (Date.now() - prunedAtMs < PRUNE_EVERY_MS) return;
    prunedAtMs = Date.now();
    for (const source of SOURCES) {
      const topic = topicPrefix + source;
      for (const [partition, { first }] of await reader.ends(topic, await reader.partitions(topic))) {
        while (!signal.aborted && writer.prune(source, partition, first, PRUNE_ROWS) === PRUNE_ROWS) {
          await nextTurn();
        }
      }
    }
  }

  async function goOn(): Promise<void> {
    if (open !== null && !existsSync(fileOf(folder))) beginAnew('its file was taken away');
    open ??= await openFile();
    const { writer } = open;
    positions ??= await lookUp(writer);
    if (positions === null) return beginAnew('it stands at a place that a topic does not have');
    if (!ready && [...positions.values()].every(({ offset, target }) => offset >= target)) {
      if (!writer.isBuilt()) await writer.build(signal);
      if (signal.aborted) return;
      ready = true;
      options.changes?.noteAll();
    }
    const slices = await reader.fetch([...positions.values()], ready ? FOLLOW_WAIT_MS : CATCH_UP_WAIT_MS);
    await take(writer, positions, slices);
    if (!ready) return;
    await prune(writer);
    const count = slices.reduce((sum, { records }) => sum + records.length, 0);
    if (count > 0 && count < TRICKLE_RECORDS) await systemClock.sleep(GATHER_MS, signal);
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await goOn();
        failures = 0;
        behind = null;
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        behind = error instanceof Error ? error : new Error(String(error));
        log.warn({ err: error }, 'the read model cannot be gone on with, trying again');
        if (isFileError(error)) beginAnew('its file cannot be used');
        // Where it stands is looked up again: topics may have been made anew, or somebody else may have written.
        positions = null;
        await systemClock.sleep(pauseAfterMs(failures, BACKOFF), signal).catch(() => undefined);
      }
    }
    close();
  }

  return {
    start() {
      running ??= run();
    },
    status: () => ({ ready, share: share(), behind }),
    reading: () => (open === null ? null : { connection: open.reading, generation: open.generation }),
    position: (topic, partition) => (ready ? positions?.get(`${topic} ${partition}`)?.offset : undefined),
    async stop() {
      stopping.abort();
      await reader.close();
      await running;
    },
  };
}

/** SQLite says that the file is damaged, is no database, or that the disk fails. */
function isFileError(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  const [ioError, corrupt, notADatabase] = [10, 11, 26];
  return typeof code === 'number' && [ioError, corrupt, notADatabase].includes(code & 0xff);
}
