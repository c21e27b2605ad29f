/**
 * How far the outputs of a transaction reach, as text that is committed along with its offsets. Whoever finds outputs that
 * are not settled can tell by it whether the transaction that they belong to was committed; see `settled-fence.ts`.
 */
import type { WrittenRange } from '../transactional-producer.ts';

/** Text of the last offset written to each topic: `crm.command.v1=17,sync.link.v1=4`. */
export function formatWrittenEnds(written: ReadonlyMap<string, WrittenRange>): string {
  return [...written].map(([topic, { last }]) => `${topic}=${last}`).join(',');
}

/** The last offset written to each topic; what is not understood is left out. */
export function parseWrittenEnds(text: string): Map<string, bigint> {
  const ends = new Map<string, bigint>();
  for (const part of text.split(',')) {
    const [, topic, last] = /^(.+)=(\d+)$/.exec(part) ?? [];
    if (topic !== undefined && last !== undefined) ends.set(topic, BigInt(last));
  }
  return ends;
}
