/** The view on a real Redis: emptied, back in time, of another version, half evicted, slow and gone. */
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createLog, createRedis, type RedisStore, redisConfig } from '#runtime';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import type { StateViewOptions } from './options.ts';
import type { StateEntry } from './packed.ts';
import { StateError } from './state-error.ts';
import { createStateView, type StateChange, type StateView } from './state-view.ts';

const { redisUrl } = useStack();
const admin = new Redis(redisUrl);
const TASK = 3;
const LINKS = 'sync.link.v1';
const SETTINGS = 'sync.setting.v1';
const opened: { view: StateView; redis: RedisStore; prefix: string }[] = [];

interface Opening extends Partial<StateViewOptions> {
  url?: string;
  prefix?: string;
  commandTimeoutMs?: number;
}

function open(opening: Opening = {}): { view: StateView; prefix: string } {
  const { url = redisUrl, prefix = uniquePrefix('state'), commandTimeoutMs = 5_000, ...options } = opening;
  const settings = redisConfig.parse({ REDIS_URL: url, REDIS_PREFIX: prefix });
  const redis = createRedis(settings, createLog({ service: 'test', level: 'silent' }), { commandTimeoutMs });
  const view = createStateView({ redis, firstPauseMs: 5, ...options });
  opened.push({ view, redis, prefix });
  return { view, prefix };
}

afterEach(async () => {
  for (const { view, redis, prefix } of opened.splice(0)) {
    view.close();
    await redis.close();
    const keys = await admin.keys(`${prefix}*`);
    if (keys.length > 0) await admin.del(keys);
  }
});
afterAll(() => admin.disconnect());

/** A batch that moves the links' changelog from one offset to another. */
function change(previousEnd: number, newEnd: number, tenants: Record<string, StateEntry[]> = {}): StateChange {
  return {
    task: TASK,
    changelogs: {
      [LINKS]: { previousEnd: BigInt(previousEnd), newEnd: BigInt(newEnd) },
      [SETTINGS]: { previousEnd: 0n, newEnd: 0n },
    },
    tenants: new Map(Object.entries(tenants).map(([id, entries]) => [id, { entries }])),
    nowMs: 1_000,
  };
}

const endsAt = (links: number) => ({ [LINKS]: BigInt(links), [SETTINGS]: 0n });
const put = (key: string, value: string | Buffer): StateEntry => ({ key, value: Buffer.from(value) });
const sorted = (entries: StateEntry[]) => entries.toSorted((a, b) => a.key.localeCompare(b.key));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StateError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Everything under a prefix, as a copy that can be put back. */
async function copyOf(prefix: string): Promise<() => Promise<void>> {
  const dumps: [string, Buffer][] = [];
  for (const key of await admin.keys(`${prefix}*`)) {
    const dump = await admin.dumpBuffer(key);
    if (dump !== null) dumps.push([key, dump]);
  }
  return async () => {
    const keys = await admin.keys(`${prefix}*`);
    if (keys.length > 0) await admin.del(keys);
    for (const [key, dump] of dumps) await admin.restore(key, 0, dump);
  };
}

describe('apply', () => {
  test('writes entries and offsets together, byte for byte', async () => {
    const { view } = open();
    const bytes = Buffer.from([0, 0xff, 0x80, 0x0a, 0, 1]);
    expect(await view.apply(change(0, 4, { acme: [put('a', bytes), put('b', 'two')], bolt: [put('c', 'x')] }))).toBe(
      'applied',
    );
    expect(await view.stored(TASK)).toEqual({ usable: true, ends: endsAt(4), appliedAtMs: 1_000 });
    expect(sorted(await view.loadTenant(TASK, 'acme', endsAt(4)))).toEqual([put('a', bytes), put('b', 'two')]);
    expect(await view.loadTenant(TASK, 'nobody', endsAt(4))).toEqual([]);
  });

  test('the same batch again changes nothing, nor does an older one', async () => {
    const { view } = open();
    await view.apply(change(0, 4, { acme: [put('a', 'old')] }));
    await view.apply(change(4, 9, { acme: [put('a', 'new')] }));
    expect(await view.apply(change(4, 9, { acme: [put('a', 'again')] }))).toBe('already');
    expect(await view.apply(change(0, 4, { acme: [put('a', 'old')] }))).toBe('already');
    expect(await view.loadTenant(TASK, 'acme', endsAt(9))).toEqual([put('a', 'new')]);
  });

  test('a batch that does not follow is refused and leaves everything as it was', async () => {
    const { view } = open();
    await view.apply(change(0, 4, { acme: [put('a', 'one')] }));
    expect(await codeOf(view.apply(change(6, 9, { acme: [put('a', 'lost')], bolt: [put('b', 'x')] })))).toBe('GAP');
    // One changelog fits, the other does not.
    const half = change(4, 9, { acme: [put('a', 'lost')] });
    const both = { ...half.changelogs, [SETTINGS]: { previousEnd: 2n, newEnd: 3n } };
    expect(await codeOf(view.apply({ ...half, changelogs: both }))).toBe('GAP');
    expect(await view.loadTenant(TASK, 'acme', endsAt(4))).toEqual([put('a', 'one')]);
    expect(await view.loadTenant(TASK, 'bolt', endsAt(4))).toEqual([]);
  });

  test('a tombstone removes; the last write of a key in a batch wins; a tenant without entries leaves the index', async () => {
    const { view } = open();
    await view.apply(change(0, 4, { acme: [put('a', '1'), put('b', '2'), put('a', '3')], bolt: [put('c', '4')] }));
    await view.apply(change(4, 6, { acme: [{ key: 'b', value: null }], bolt: [{ key: 'c', value: null }] }));
    expect(await view.loadTenant(TASK, 'acme', endsAt(6))).toEqual([put('a', '3')]);
    expect((await Array.fromAsync(view.tenantsOf(TASK))).flat().map(({ tenantId }) => tenantId)).toEqual(['acme']);
  });

  test('wake-up times are kept in the index, with or without changed entries', async () => {
    const { view } = open();
    await view.apply({
      ...change(0, 4),
      tenants: new Map([
        ['acme', { entries: [put('a', '1')], wakeAtMs: 5_000 }],
        ['bolt', { entries: [put('b', '1')], wakeAtMs: null }],
        ['cove', { entries: [put('c', '1')] }],
      ]),
    });
    await view.apply({ ...change(4, 4), tenants: new Map([['bolt', { entries: [], wakeAtMs: 7_000 }]]) });
    await view.apply({ ...change(4, 5), tenants: new Map([['acme', { entries: [put('a', '2')] }]]) });
    const index = (await Array.fromAsync(view.tenantsOf(TASK))).flat();
    expect(new Map(index.map(({ tenantId, wakeAtMs }) => [tenantId, wakeAtMs]))).toEqual(
      new Map([
        ['acme', 5_000],
        ['bolt', 7_000],
        ['cove', null],
      ]),
    );
  });

  test('a batch and a tenant larger than any one call may be', async () => {
    const { view } = open({ loadChunk: 100 });
    const entries = Array.from({ length: 12_345 }, (_, at) => put(`acme/company/u:${at}`, `value ${at}`));
    await view.apply(change(0, 12_345, { acme: entries }));
    const loaded = await view.loadTenant(TASK, 'acme', endsAt(12_345));
    expect(new Map(loaded.map(({ key, value }) => [key, value?.toString()]))).toEqual(
      new Map(entries.map(({ key, value }) => [key, value?.toString()])),
    );
    await view.apply(change(12_345, 24_690, { acme: entries.map(({ key }) => ({ key, value: null })) }));
    expect(await view.loadTenant(TASK, 'acme', endsAt(24_690))).toEqual([]);
  });

  test('tasks do not see each other', async () => {
    const { view } = open();
    await view.apply(change(0, 4, { acme: [put('a', '1')] }));
    await view.apply({ ...change(0, 2, { bolt: [put('b', '1')] }), task: 30 });
    await view.clear(TASK);
    expect(await view.stored(TASK)).toEqual({ usable: false, why: 'empty' });
    expect(await view.loadTenant(30, 'bolt', endsAt(2))).toEqual([put('b', '1')]);
  });
});

describe('a view that cannot be trusted says so', () => {
  test('emptied while in use', async () => {
    const { view, prefix } = open();
    await view.apply(change(0, 4, { acme: [put('a', '1')] }));
    await admin.del(await admin.keys(`${prefix}*`));
    expect(await codeOf(view.loadTenant(TASK, 'acme', endsAt(4)))).toBe('GAP');
    expect(await codeOf(view.apply(change(4, 6, { acme: [put('a', '2')] })))).toBe('GAP');
    expect(await view.stored(TASK)).toEqual({ usable: false, why: 'empty' });
  });

  test('gone back in time', async () => {
    const { view, prefix } = open();
    await view.apply(change(0, 4, { acme: [put('a', '1')] }));
    const putBack = await copyOf(prefix);
    await view.apply(change(4, 6, { acme: [put('a', '2')] }));
    await putBack();
    expect(await codeOf(view.loadTenant(TASK, 'acme', endsAt(6)))).toBe('GAP');
    expect(await codeOf(view.apply(change(6, 8, { acme: [put('a', '3')] })))).toBe('GAP');
    // What it says it has is what is replayed from.
    expect(await view.stored(TASK)).toMatchObject({ usable: true, ends: endsAt(4) });
    expect(await view.apply(change(4, 8, { acme: [put('a', '3')] }))).toBe('applied');
  });

  test('written by another version', async () => {
    const { view, prefix } = open();
    const other = open({ prefix, layout: 'other' }).view;
    await other.apply(change(0, 4, { acme: [put('a', '1')] }));
    expect(await view.stored(TASK)).toEqual({ usable: false, why: 'other-layout' });
    expect(await codeOf(view.apply(change(4, 6)))).toBe('OTHER_LAYOUT');
    expect(await codeOf(view.loadTenant(TASK, 'acme', endsAt(4)))).toBe('OTHER_LAYOUT');
    await view.clear(TASK);
    expect(await admin.keys(`${prefix}*`)).toEqual([]);
  });

  test('keys taken by another program', async () => {
    const { view, prefix } = open();
    await admin.set(`${prefix}:{t${TASK}}:offsets`, 'hello');
    expect(await view.stored(TASK)).toEqual({ usable: false, why: 'other-layout' });
    expect(await codeOf(view.apply(change(0, 2)))).toBe('OTHER_LAYOUT');
    await view.clear(TASK);
    expect(await view.apply(change(0, 2, { acme: [put('a', '1')] }))).toBe('applied');
  });

  test.each(['tenant:acme', 'tenants'])('half evicted: %s', async (lost) => {
    const { view, prefix } = open();
    await view.apply(change(0, 4, { acme: [put('a', '1')] }));
    await admin.del(`${prefix}:{t${TASK}}:${lost}`);
    expect(await codeOf(view.loadTenant(TASK, 'acme', endsAt(4)))).toBe('INCOMPLETE');
  });
});

describe('a server in trouble is waited for', () => {
  let proxy: Server | undefined;
  const sockets = new Set<Socket>();
  let broken: 'no' | 'silent' | 'refusing' = 'no';

  const held: (() => void)[] = [];
  function mend(): void {
    broken = 'no';
    for (const pass of held.splice(0)) pass();
  }

  /** A proxy in front of Redis that can hold everything back or cut connections. */
  async function proxied(): Promise<string> {
    const { hostname, port } = new URL(redisUrl);
    const created = createServer((client) => {
      if (broken === 'refusing') return client.destroy();
      const server = connectSocket(Number(port), hostname);
      for (const socket of [client, server]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => sockets.delete(socket));
      }
      // Silent means late, not lost: a connection never loses bytes from its middle.
      client.on('data', (data) => (broken === 'no' ? server.write(data) : held.push(() => server.write(data))));
      server.on('data', (data) => (broken === 'no' ? client.write(data) : held.push(() => client.write(data))));
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    });
    proxy = created;
    await new Promise<void>((done) => created.listen(0, '127.0.0.1', done));
    const address = created.address();
    return `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  afterEach(async () => {
    mend();
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => (proxy === undefined ? done(null) : proxy.close(done)));
    proxy = undefined;
  });

  test.each(['silent', 'refusing'] as const)('%s: the batch is applied once it is back, exactly once', async (how) => {
    const tries: string[] = [];
    let recovered = 0;
    const { view } = open({
      url: await proxied(),
      commandTimeoutMs: 100,
      events: {
        onRetry: ({ code }) => {
          tries.push(code);
          if (broken !== 'no' && tries.length >= 2) mend();
        },
        onRecovered: () => recovered++,
      },
    });
    await view.apply(change(0, 4, { acme: [put('a', '1')] }));
    tries.length = 0;
    recovered = 0;
    broken = how;
    if (how === 'refusing') for (const socket of sockets) socket.destroy();
    // Through the silence the first try may have taken effect: then the second finds it done.
    expect(['applied', 'already']).toContain(await view.apply(change(4, 6, { acme: [put('a', '2')] })));
    expect(tries.length).toBeGreaterThanOrEqual(2);
    expect(recovered).toBe(1);
    expect(await view.loadTenant(TASK, 'acme', endsAt(6))).toEqual([put('a', '2')]);
  });

  test('a caller that must go does not wait on', async () => {
    const { view } = open({ url: await proxied(), commandTimeoutMs: 100 });
    await view.stored(TASK);
    broken = 'silent';
    expect(await codeOf(view.stored(TASK, AbortSignal.timeout(250)))).toBe('UNAVAILABLE');
  });

  test('closing ends the waiting', async () => {
    const { view } = open({ url: await proxied(), commandTimeoutMs: 100 });
    await view.stored(TASK);
    broken = 'silent';
    const waiting = codeOf(view.stored(TASK));
    view.close();
    expect(await waiting).toBe('UNAVAILABLE');
  });
});
