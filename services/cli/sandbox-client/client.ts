/** What people do in the sandbox, over its control API: for the demo, the bench and the tests. */
import { z } from 'zod';

/** The two made-up systems. */
export type Side = 'crm' | 'unleashed';
/** Kinds of record that people work with here. */
export type Collection =
  | 'companies'
  | 'contacts'
  | 'addresses'
  | 'users'
  | 'ledgers'
  | 'operatingCompanies'
  | 'salespersons';

/** A record by the names of its API, with its id beside them. */
const record = z.looseObject({ Id: z.string() });
export type SandboxRecord = z.infer<typeof record>;

const change = z.object({
  seq: z.number(),
  tenant: z.string(),
  side: z.enum(['crm', 'unleashed']),
  entity: z.string(),
  id: z.string(),
  parentId: z.string(),
  action: z.enum(['insert', 'update', 'delete']),
  /** person: somebody on a page; api: a client such as a sink. */
  by: z.string(),
  userId: z.string(),
  fields: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
  atMs: z.number(),
});
/** One change of a record, by whomever. */
export type SandboxChange = z.infer<typeof change>;

const call = z.looseObject({
  seq: z.number(),
  atMs: z.number(),
  tenant: z.string(),
  side: z.enum(['crm', 'unleashed']),
  method: z.string(),
  url: z.string(),
  status: z.number(),
  userAgent: z.string(),
  faults: z.array(z.string()),
  changes: z.array(z.looseObject({ id: z.string() })),
});
/** One call of an API. */
export type SandboxCall = z.infer<typeof call>;

const page = z.object({ total: z.number(), items: z.array(record) });

/** A sandbox to work in. */
export interface SandboxClient {
  /** All records of a kind. */
  list(tenant: string, side: Side, collection: Collection): Promise<SandboxRecord[]>;
  get(tenant: string, side: Side, collection: Collection, id: string): Promise<SandboxRecord>;
  /** Adds a record as a person does. */
  create(tenant: string, side: Side, collection: Collection, fields: object): Promise<SandboxRecord>;
  /** Edits fields of a record as a person does. */
  update(tenant: string, side: Side, collection: Collection, id: string, fields: object): Promise<SandboxRecord>;
  /** Deletes a record as a person does. */
  remove(tenant: string, side: Side, collection: Collection, id: string): Promise<void>;
  /** Calls after a sequence number, the last 5,000 at most, and the number of the last. */
  calls(since?: number, filter?: { tenant?: string; side?: Side }): Promise<{ lastSeq: number; items: SandboxCall[] }>;
  /** Changes after a sequence number, likewise. */
  changes(
    since?: number,
    filter?: { tenant?: string; side?: Side },
  ): Promise<{ lastSeq: number; items: SandboxChange[] }>;
  /** Changes as they happen; resolves when the stream is open. Stops when the signal says so. */
  follow(onChange: (change: SandboxChange) => void, signal: AbortSignal): Promise<void>;
  /** Orders a fault: see the sandbox's own list of kinds. Tenant `*` is all. */
  addFault(tenant: string, fault: object): Promise<void>;
  clearFaults(tenant: string): Promise<void>;
  /** Writes that were sent and have not taken effect yet (fault `lateWrite`). */
  heldWrites(tenant: string): Promise<number>;
  /** Turns switches: `{ crm: { name: value } }`. Tenant `*` is all. */
  setSwitches(tenant: string, switches: object): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const LIST_LIMIT = 1_000;
const LOG_LIMIT = 5_000;

/** A client of the sandbox at `baseUrl`. */
export function createSandboxClient(baseUrl: string): SandboxClient {
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${baseUrl}/control${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`sandbox: ${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return text === '' ? null : JSON.parse(text);
  }

  const query = (since: number, filter: { tenant?: string; side?: Side }): string =>
    new URLSearchParams({ since: String(since), limit: String(LOG_LIMIT), ...filter }).toString();

  return {
    async list(tenant, side, collection) {
      const items: SandboxRecord[] = [];
      for (;;) {
        const path = `/tenants/${tenant}/${side}/${collection}?limit=${LIST_LIMIT}&offset=${items.length}`;
        const found = page.parse(await ask('GET', path));
        items.push(...found.items);
        if (items.length >= found.total || found.items.length === 0) return items;
      }
    },
    get: async (tenant, side, collection, id) =>
      record.parse(await ask('GET', `/tenants/${tenant}/${side}/${collection}/${id}`)),
    create: async (tenant, side, collection, fields) =>
      record.parse(await ask('POST', `/tenants/${tenant}/${side}/${collection}`, fields)),
    update: async (tenant, side, collection, id, fields) =>
      record.parse(await ask('PATCH', `/tenants/${tenant}/${side}/${collection}/${id}`, fields)),
    remove: async (tenant, side, collection, id) => {
      await ask('DELETE', `/tenants/${tenant}/${side}/${collection}/${id}`);
    },
    calls: async (since = 0, filter = {}) =>
      z.object({ lastSeq: z.number(), items: z.array(call) }).parse(await ask('GET', `/calls?${query(since, filter)}`)),
    changes: async (since = 0, filter = {}) =>
      z
        .object({ lastSeq: z.number(), items: z.array(change) })
        .parse(await ask('GET', `/changes?${query(since, filter)}`)),
    follow: (onChange, signal) =>
      followEvents(`${baseUrl}/control/events`, (data) => onChange(change.parse(data)), signal),
    addFault: async (tenant, fault) => void (await ask('POST', `/tenants/${tenant}/faults`, fault)),
    clearFaults: async (tenant) => void (await ask('DELETE', `/tenants/${tenant}/faults`)),
    heldWrites: async (tenant) =>
      z.object({ heldWrites: z.number() }).parse(await ask('GET', `/tenants/${tenant}`)).heldWrites,
    setSwitches: async (tenant, switches) => void (await ask('PATCH', `/tenants/${tenant}/switches`, switches)),
  };
}

/** Reads server-sent events until the signal is aborted. */
async function followEvents(url: string, onData: (data: unknown) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal, headers: { accept: 'text/event-stream' } });
  if (!response.ok || response.body === null) throw new Error(`the sandbox answered ${response.status} to ${url}`);
  const { body } = response;
  const opened = Promise.withResolvers<void>();
  const read = async (): Promise<void> => {
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      opened.resolve();
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) onData(JSON.parse(line.slice('data: '.length)));
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) opened.reject(error);
  });
  await opened.promise;
}
