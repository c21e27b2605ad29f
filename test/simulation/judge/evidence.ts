/** What is looked into by several judges: the log's committed records, decoded once, and what the outside saw by record. */
import type { Side, Topic, TopicRecords } from '#contracts';
import type { Ran } from '../ran.ts';
import type { Pair } from '../world/base.ts';
import type { Kept } from '../world/fields.ts';
import type { Edit, Showing } from '../world/history.ts';

/** A record of a topic with its offset. */
export interface Logged<T extends Topic> {
  offset: number;
  record: TopicRecords[T];
}

/** What was decoded of each run, by topic, and where it goes on: judges look at the same records, again and again. */
const decoded = new WeakMap<Ran, Map<string, { next: number; records: Logged<Topic>[] }>>();

/** Committed records of a topic, those that came since it was asked last included. */
export function recordsOf<T extends Topic>(ran: Ran, topic: T): Logged<T>[] {
  const byTopic = decoded.get(ran) ?? new Map<string, { next: number; records: Logged<Topic>[] }>();
  decoded.set(ran, byTopic);
  const known = byTopic.get(topic) ?? { next: 0, records: [] };
  byTopic.set(topic, known);
  if (known.next < ran.log.end(topic)) {
    const { records, next } = ran.log.read(topic, known.next, Number.MAX_SAFE_INTEGER);
    known.next = next;
    for (const { offset, value } of records) {
      const record = value === null ? undefined : ran.codec.decodeKnown(topic, value);
      if (record !== undefined) known.records.push({ offset: Number(offset), record });
    }
  }
  return known.records as Logged<T>[];
}

/** Id of a pair's record at the other side of one of its records; null when it is not one of the world's pairs. */
export function pairOf(ran: Ran, side: Side, kept: Kept, id: string): Pair | null {
  return ran.pairs.find((pair) => pair.kept === kept && pair[side] === id) ?? null;
}

/** What one field of one record showed, in order. */
export function showingsOf(ran: Ran, side: Side, kept: Kept, id: string, field: string): readonly Showing[] {
  return ran.history.showingsOf(side, kept, id, field);
}

/** What people set one field of one record to, in order. */
export function editsOf(ran: Ran, side: Side, kept: Kept, id: string, field: string): Edit[] {
  return ran.history.edits.filter(
    (one) => one.side === side && one.kept === kept && one.id === id && one.field === field,
  );
}

/** The other side. */
export function otherOf(side: Side): Side {
  return side === 'crm' ? 'unleashed' : 'crm';
}
