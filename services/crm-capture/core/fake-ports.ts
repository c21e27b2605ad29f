/** A CRM of a few rows and everything around it in memory, for tests of the logic. */
import type { CrmPage, CrmQuery, CrmSet } from '#prospect-crm';
import type { JsonRecord } from '#runtime';
import type { CapturePorts, Misfit, Snapshot } from './ports.ts';

/** The stamp in a filter on LastUpdatedTimestamp, or nothing. */
function sinceOf(query: CrmQuery): string {
  return /"value":"([^"]+)"/.exec(JSON.stringify(query.filter ?? null))?.[1] ?? '';
}

function matches(row: JsonRecord, query: CrmQuery): boolean {
  const since = sinceOf(query);
  if (since !== '') return Date.parse(`${row.LastUpdatedTimestamp}`) > Date.parse(since);
  const { or } = (query.filter ?? {}) as { or?: Record<string, unknown>[] };
  return or === undefined || or.some((filter) => Object.entries(filter).every(([name, value]) => row[name] === value));
}

/** Makes the fake; `tables` may be changed at any time. */
export function fakePorts(tables: Partial<Record<CrmSet, JsonRecord[]>>, pageSize = 500) {
  const published: Snapshot[] = [];
  const misfits: Misfit[] = [];
  const calls: { set: CrmSet; query: CrmQuery; purpose: string }[] = [];
  const known = new Map<string, string>();
  const own = new Set<string>();
  const notStored = new Set<string>();
  const told: string[] = [];
  const state = { nowMs: 1_000_000, error: null as Error | null };

  function answer(set: CrmSet, query: CrmQuery, purpose: string | undefined): JsonRecord[] {
    calls.push({ set, query, purpose: purpose ?? '' });
    state.nowMs += 1;
    if (state.error !== null) throw state.error;
    return (tables[set] ?? []).filter((row) => matches(row, query));
  }

  const notesOf = (keys: readonly string[]): Map<string, string> =>
    new Map(keys.filter((key) => notStored.has(key)).map((key) => [key, 'a note']));

  const ports: CapturePorts = {
    tenantId: 't1',
    api: {
      async get(set, key, query, options) {
        const readStartedAtMs = state.nowMs;
        const record = answer(set, query, options?.purpose).find((row) => Object.values(row)[0] === key);
        return record === undefined ? null : { record, readStartedAtMs };
      },
      async *pages(set, query, options): AsyncGenerator<CrmPage> {
        for (let at = query.skip ?? 0; ; at += pageSize) {
          const readStartedAtMs = state.nowMs;
          const rows = answer(set, query, options?.purpose);
          const sorted = query.orderBy?.[0]?.endsWith(' desc')
            ? rows.toSorted((a, b) => `${b.LastUpdatedTimestamp}`.localeCompare(`${a.LastUpdatedTimestamp}`))
            : rows;
          const records = sorted.slice(at, Math.min(at + pageSize, query.top ?? Number.POSITIVE_INFINITY));
          yield { records, readStartedAtMs, answeredAtMs: null };
          if (at + pageSize >= rows.length) return;
        }
      },
    },
    known: {
      recall: async (keys) => ({
        known: new Map([...known].filter(([key]) => keys.includes(key))),
        notes: notesOf(keys),
      }),
      async remember(digests) {
        for (const [key, digest] of digests) known.set(key, digest);
        return notesOf([...digests.keys()]);
      },
    },
    ownEvents: { areOurs: async ({ entity, id }, events) => events > 0 && own.delete(`${entity}/${id}`) },
    unread: { check: async (reads, notes) => reads.flatMap(({ key }) => (notes.has(key) ? [key] : [])) },
    onNotStored: (fields) => void told.push(...fields),
    publish: async (snapshots) => {
      published.push(...snapshots);
    },
    quarantine: async (misfit) => {
      misfits.push(misfit);
    },
    published: () => undefined,
    now: () => state.nowMs,
  };
  const ids = () => published.splice(0).map(({ kind, id }) => `${kind}/${id}`);
  return { ports, published, misfits, calls, known, own, notStored, told, state, tables, ids };
}

/** A Division as a list with both navigations shows it. */
export function division(id: number, changes: JsonRecord = {}): JsonRecord {
  return {
    DivisionId: id,
    Name: `Company ${id}`,
    AddressId: id + 100,
    SalesLedgerId: `L${id}`,
    OperatingCompanyCode: 'A',
    LastUpdatedTimestamp: '2026-01-01T00:00:00.001Z',
    Address: { AddressId: id + 100, AddressLine1: 'x' },
    SalesLedger: { SalesLedgerId: `L${id}` },
    ...changes,
  };
}
