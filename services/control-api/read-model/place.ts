/** Where on Kafka a row comes from, as its id: so a row that is written twice is there once, and every row can name its source. */

/** Topics that the read model is built from. Their order is part of every id. */
export const SOURCES = [
  'sync.decision.v1',
  'sync.outcome.v1',
  'sync.conflict.v1',
  'sync.request.v1',
  'sync.quarantine.v1',
  'sync.link.v1',
  'sync.drift.v1',
  'sync.sample.v1',
] as const;

/** A topic of the read model. */
export type Source = (typeof SOURCES)[number];

/** Those that are compacted: of each key the last record counts, and the topic itself says what is no more. */
const KEYED = ['sync.link.v1', 'sync.drift.v1', 'sync.sample.v1'] as const satisfies readonly Source[];

/** A topic of what happened: everything on it counts, for as long as it is kept. */
export type HistoryTopic = Exclude<Source, (typeof KEYED)[number]>;

/** Whether everything on a topic counts. */
export function isHistory(topic: Source): topic is HistoryTopic {
  return !(KEYED as readonly Source[]).includes(topic);
}

/** A record's place. */
export interface Place {
  readonly topic: Source;
  readonly partition: number;
  readonly offset: number;
}

/** Offsets and partitions must stay below these for an id to be a safe integer (2⁵³). */
const OFFSETS = 2 ** 40;
const PARTITIONS = 1_024;

/** The id of a place. Throws RangeError where an id would not be exact. */
export function placeId(topic: Source, partition: number, offset: number | bigint): number {
  const at = Number(offset);
  if (partition >= PARTITIONS || at >= OFFSETS) throw new RangeError(`no id for ${topic}/${partition}/${offset}`);
  return (SOURCES.indexOf(topic) * PARTITIONS + partition) * OFFSETS + at;
}

/** The place of an id. */
export function placeOf(id: number): Place {
  const above = Math.floor(id / OFFSETS);
  const topic = SOURCES[Math.floor(above / PARTITIONS)];
  if (topic === undefined) throw new RangeError(`no place has the id ${id}`);
  return { topic, partition: above % PARTITIONS, offset: id % OFFSETS };
}
