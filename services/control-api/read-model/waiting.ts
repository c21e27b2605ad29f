/** What waits in a tenant, by the side that it is heading for: what freshness hangs on. */
import type { Side } from '#contracts';
import { type Heading, headingsOf, type Waits } from '#sync-core';
import { kindsOf } from './kinds.ts';
import { type Asked, circumstancesOf } from './question.ts';

/** Records of a kind are looked at one by one, for which of their halves is missing, if there are no more than this. */
const LOOKED_THROUGH = 5_000;

interface Edges {
  readonly records: number;
  readonly dirty: number | null;
  readonly edited: number | null;
}

/** Waits by the side that would be written to. */
export function waitsOf(asked: Asked): Record<Side, Waits> {
  const circumstances = circumstancesOf(asked);
  const waits: Record<Side, Waits> = { crm: NO_WAITS, unleashed: NO_WAITS };
  for (const { id, facts, count } of kindsOf(asked.connection, asked.tenant.no)) {
    const headings = headingsOf(circumstances, facts);
    if (headings.size === 0) continue;
    const isHalf = facts.whole !== null && count <= LOOKED_THROUGH;
    for (const side of ['crm', 'unleashed'] as const) {
      if (!isHeadedFor(headings, side)) continue;
      // A record that waits to be made is heading for the side that does not have it.
      const { records, dirty, edited } = edgesOf(asked, id, isHalf ? `AND ${side}_id IS NULL` : '');
      waits[side] = add(waits[side], { records: isHalf ? records : count, sinceMs: dirty, editedMs: edited });
    }
  }
  return waits;
}

const NO_WAITS: Waits = { records: 0, sinceMs: null, editedMs: null };

function isHeadedFor(headings: ReadonlySet<Heading>, side: Side): boolean {
  return headings.has(side) || headings.has('either');
}

function add(a: Waits, b: Waits): Waits {
  if (b.records === 0) return a;
  return {
    records: a.records + b.records,
    sinceMs: Math.min(a.sinceMs ?? Number.POSITIVE_INFINITY, b.sinceMs ?? 0),
    editedMs: Math.min(a.editedMs ?? Number.POSITIVE_INFINITY, b.editedMs ?? 0),
  };
}

function edgesOf({ connection }: Asked, kind: number, half: string): Edges {
  const where = `FROM links WHERE kind = ? AND since_ms IS NOT NULL ${half}`;
  const edge = (column: string): number | null =>
    connection.get<{ at: number | null }>(`SELECT min(${column}) AS at ${where}`, kind)?.at ?? null;
  const records = half === '' ? 0 : (connection.get<{ n: number }>(`SELECT count(*) AS n ${where}`, kind)?.n ?? 0);
  return { records, dirty: edge('dirty_ms'), edited: edge('since_ms') };
}
