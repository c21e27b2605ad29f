/** A feed in memory, for tests of the logic: an account as lists of records, a store, and what was published. */
import type { JsonRecord } from '#runtime';
import { MAX_PAGE_SIZE, type Page, UnleashedApiError } from '#unleashed';
import type { Snapshot } from './known.ts';
import type { FeedPorts, Misfit } from './ports.ts';

/** GUID number n. */
export function guid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Customer number n; `changes` replace or add keys. */
export function customer(n: number, changes: JsonRecord = {}): JsonRecord {
  return {
    Guid: guid(n),
    CustomerCode: `C${n}`,
    CustomerName: `Customer ${n}`,
    Contacts: [],
    LastModifiedOn: `/Date(${n})/`,
    ...changes,
  };
}

/** Contact number n. */
export function contact(n: number, changes: JsonRecord = {}): JsonRecord {
  return { Guid: guid(1_000_000 + n), FirstName: `First ${n}`, LastName: `Last ${n}`, ...changes };
}

function some<T>(all: ReadonlyMap<string, T>, keys: readonly string[]): Map<string, T> {
  return new Map([...all].filter(([key]) => keys.includes(key)));
}

/** Makes the fake. Each call moves time by a millisecond. */
export function fakeFeed(customers: JsonRecord[]) {
  const known = new Map<string, string>();
  const shown = new Map<string, number>();
  const published: Snapshot[] = [];
  const misfits: Misfit[] = [];
  const calls: string[] = [];
  const state = {
    nowMs: 1_000,
    customers,
    publishFails: false,
    diesOncePublished: false,
    notListed: new Set<string>(),
  };
  const listed = (resource: string, since: number | null): JsonRecord[] => {
    if (resource === 'Salespersons') return [{ Guid: guid(9), FullName: 'Sam', Email: 's@x.y' }];
    const [, parent] = resource.split('/');
    if (parent !== undefined) {
      const owner = state.customers.find((record) => record.Guid === parent);
      if (owner === undefined) throw new UnleashedApiError('NOT_FOUND', 'none', { call: 'GET' });
      return (owner.AllContacts ?? owner.Contacts ?? []) as JsonRecord[];
    }
    return state.customers.filter(
      (record) =>
        !state.notListed.has(String(record.Guid)) &&
        (since === null || Number(/\d+/.exec(String(record.LastModifiedOn))?.[0]) >= since),
    );
  };
  const ports: FeedPorts = {
    tenantId: 't1',
    phoneKey: 'PhoneNumber',
    api: {
      async list({ resource, pageNumber, parameters }): Promise<Page> {
        const given = new Map(parameters);
        const since = given.get('modifiedSince');
        calls.push(`${resource}/${pageNumber}${since === undefined ? '' : ` since ${since}`}`);
        const readStartedAtMs = state.nowMs++;
        const items = listed(resource, since === undefined ? null : Date.parse(`${since}Z`));
        const size = Number(given.get('pageSize') ?? MAX_PAGE_SIZE);
        const numberOfPages = Math.max(1, Math.ceil(items.length / size));
        const number = Math.min(pageNumber, numberOfPages);
        const page = items.slice((number - 1) * size, number * size);
        return {
          items: structuredClone(page),
          pageNumber: number,
          numberOfPages,
          numberOfItems: items.length,
          readStartedAtMs,
        };
      },
      async getCustomer(id) {
        calls.push(`customer ${id}`);
        const readStartedAtMs = state.nowMs++;
        const record = state.customers.find((entry) => entry.Guid === id);
        if (record === undefined) throw new UnleashedApiError('NOT_FOUND', 'none', { call: 'GET' });
        return { record: structuredClone(record), readStartedAtMs };
      },
    },
    store: {
      read: async (keys) => some(known, keys),
      recall: async (keys, others) => ({
        known: others === 'all' ? new Map(known) : some(known, [...keys, ...others]),
        shown: some(shown, keys),
      }),
      async write(changes) {
        for (const [key, value] of changes) value === null ? known.delete(key) : known.set(key, value);
      },
    },
    async publish(snapshots) {
      if (state.publishFails) throw new Error('Kafka is away');
      published.push(...snapshots);
      if (state.diesOncePublished) throw new Error('died');
    },
    quarantine: async (misfit) => void misfits.push(misfit),
    published: () => undefined,
    now: () => state.nowMs,
  };
  /** What was published since the last look, as `kind guid` with a minus for deleted. */
  const news = (): string[] =>
    published
      .splice(0)
      .map(
        ({ kind, record }) =>
          `${'deleted' in record && record.deleted ? '-' : ''}${kind} ${Number(record.guid.slice(-12))}`,
      );
  return { ports, known, shown, published, misfits, calls, state, news };
}
