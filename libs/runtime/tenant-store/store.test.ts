import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import type { Tenant } from '../tenant-schema.ts';
import { tenantsText, tenantText } from '../tenants.testing.ts';
import { parseTenants } from '../tenants-file.ts';
import { loadKeyRing, parseKeyRing } from './key-ring.ts';
import { seal, unseal } from './sealed-box.ts';
import { createTenantStore } from './store.ts';
import { createStoreReader, type StoreReader } from './store-reader.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const NEWER = Buffer.alloc(32, 2).toString('base64');
const ORDER = { by: 'ann', atMs: 1_700_000_000_000, fields: ['name', 'prospect.token'] };
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function tenantOf(id: string, change: (text: string) => string = (text) => text): Tenant {
  return parseTenants(change(tenantsText(tenantText(id))), { path: '/none', env: {} }).tenants[0]!;
}

function open(folder: string, key: string | null = KEY) {
  const reader = createStoreReader({ folder, keys: key === null ? {} : { text: new Secret(key) } });
  return { reader, store: createTenantStore(folder, reader) };
}

const inForce = async (reader: StoreReader) =>
  (await reader.look())?.map(({ id, state, tenant }) => [id, state, tenant?.name]);

describe('the store', () => {
  it('gives back what was stored, and no file shows a credential', async () => {
    const folder = folderOf();
    const { reader, store } = open(folder);
    const tenant = tenantOf('acme', (text) =>
      text.replace('monthlyCalls: 10000', 'monthlyCalls: 9, webhookSignatureKey: sig-acme'),
    );
    await store.add(tenant, ORDER);
    const [entry] = (await reader.look()) ?? [];
    expect(entry?.tenant).toEqual(tenant);
    expect(entry?.tenant?.unleashed.apiKey.reveal()).toBe('key-acme');
    expect(entry?.credentials.toSorted()).toEqual([
      ...[
        'prospect.token',
        'prospect.webhookSecret',
        'unleashed.apiId',
        'unleashed.apiKey',
        'unleashed.webhookSignatureKey',
      ],
    ]);
    const [name] = readdirSync(folder);
    const text = readFileSync(join(folder, name!), 'utf8');
    for (const secret of ['tok-acme', 'hook-acme', 'id-acme', 'key-acme', 'sig-acme', KEY])
      expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({
      revision: 1,
      plain: { name: 'Company acme' },
      history: [{ by: 'ann', what: 'added' }],
    });
    expect(statSync(join(folder, name!)).mode & 0o777).toBe(0o600);
  });

  it('keeps the secret of notices like a credential, and for no other address', async () => {
    const folder = folderOf();
    const { reader, store } = open(folder);
    const url = 'https://hooks.example/a';
    const tenant = tenantOf(
      'acme',
      (text) => `${text}    alerts: { webhookUrl: "${url}", webhookSecret: alert-acme }\n`,
    );
    await store.add(tenant, ORDER);
    const [entry] = (await reader.look()) ?? [];
    expect(entry?.tenant?.alerts).toEqual(tenant.alerts);
    expect(entry?.credentials).toContain('alerts.webhookSecret');
    const path = join(folder, readdirSync(folder)[0]!);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(url);
    expect(text).not.toContain('alert-acme');
    writeFileSync(path, text.replace(url, 'https://thief.example/a'));
    const [moved] = (await open(folder).reader.look()) ?? [];
    expect(moved).toMatchObject({ state: 'unreadable', tenant: null, stored: { revision: 1 } });
  });

  it('lets one of two changes win that saw the same revision, whoever made them', async () => {
    const folder = folderOf();
    const here = open(folder);
    const there = open(folder);
    await here.store.add(tenantOf('acme'), ORDER);
    const names = ['One', 'Two', 'Three', 'Four', 'Five'];
    const results = await Promise.allSettled(
      names.map((name, index) =>
        (index % 2 === 0 ? here : there).store.change(
          tenantOf('acme', (text) => text.replace('Company acme', name)),
          1,
          ORDER,
        ),
      ),
    );
    const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [names[index]] : []));
    expect(won).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TENANTS_STORE_STALE' });
    expect(await inForce(there.reader)).toEqual([['acme', 'active', won[0]]]);
    expect(readdirSync(folder)).toEqual(['acme.000002.json']);
    await expect(here.store.add(tenantOf('acme'), ORDER)).rejects.toMatchObject({ code: 'TENANTS_STORE_STALE' });
  });

  it('forgets the credentials of a tenant that is removed, and takes it back when it is added again', async () => {
    const folder = folderOf();
    const { reader, store } = open(folder);
    await store.add(tenantOf('acme'), ORDER);
    const removed = await store.remove('acme', 1, { ...ORDER, by: 'bob' });
    expect(removed).toMatchObject({ state: 'removed', sealed: null, revision: 2, plain: { name: 'Company acme' } });
    expect(await inForce(reader)).toEqual([['acme', 'removed', undefined]]);
    await expect(store.change(tenantOf('acme'), 2, ORDER)).rejects.toMatchObject({ code: 'TENANTS_STORE_STALE' });
    const again = await store.add(tenantOf('acme'), ORDER);
    expect(again.history.map(({ by, what }) => `${by} ${what}`)).toEqual([
      'ann added',
      'bob removed',
      'ann added again',
    ]);
  });

  it('stores nothing without a key, and says what to do', async () => {
    const { store } = open(folderOf(), null);
    await expect(store.add(tenantOf('acme'), ORDER)).rejects.toMatchObject({
      code: 'TENANTS_KEY_MISSING',
      hint: expect.stringContaining('TWOWAY_KEY_COMMAND'),
    });
  });

  it('keeps what was last good while a file cannot be read, and takes it up when it can', async () => {
    const folder = folderOf();
    const { reader, store } = open(folder);
    await store.add(tenantOf('acme'), ORDER);
    await reader.look();
    const path = join(folder, 'acme.000001.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, '{"version": 1');
    expect(await inForce(reader)).toEqual([['acme', 'unreadable', 'Company acme']]);
    writeFileSync(path, good);
    expect(await inForce(reader)).toEqual([['acme', 'active', 'Company acme']]);
    expect(await open(join(folder, 'none')).reader.look()).toBeNull();
  });
});

describe('a new key', () => {
  it('takes over: both in force, everything encrypted anew, the old one taken away', async () => {
    const folder = folderOf();
    for (const id of ['acme', 'bolt']) await open(folder).store.add(tenantOf(id), ORDER);
    await open(folder).store.remove('bolt', 1, ORDER);
    const onlyNew = open(folder, NEWER);
    expect((await onlyNew.reader.look())?.[0]).toMatchObject({
      state: 'unreadable',
      trouble: { hint: expect.stringContaining('rotate-key') },
    });
    expect(await onlyNew.store.rotate(ORDER)).toMatchObject({ changed: [], failed: [{ id: 'acme' }] });

    const both = open(folder, `${NEWER}\n${KEY}`);
    expect(await inForce(both.reader)).toEqual([
      ['acme', 'active', 'Company acme'],
      ['bolt', 'removed', undefined],
    ]);
    expect(await both.store.rotate(ORDER)).toMatchObject({ changed: ['acme'], unchanged: 0, failed: [] });
    expect(await both.store.rotate(ORDER)).toMatchObject({ changed: [], unchanged: 1, failed: [] });
    expect((await inForce(onlyNew.reader))?.[0]).toEqual(['acme', 'active', 'Company acme']);
    expect((await open(folder, KEY).reader.look())?.[0]).toMatchObject({ state: 'unreadable' });
  });
});

describe('a sealed box', () => {
  const ring = parseKeyRing(KEY);

  it('opens for what it belongs to and nothing else', () => {
    const box = seal(ring, 'secret', 'acme');
    expect(unseal(ring, box, 'acme')).toBe('secret');
    expect(seal(ring, 'secret', 'acme')).not.toBe(box);
    expect(() => unseal(ring, box, 'bolt')).toThrow('changed outside');
    expect(() => unseal(parseKeyRing(NEWER), box, 'acme')).toThrow('not among the keys');
  });

  it('does not open when a single bit of it was changed', () => {
    const box = seal(ring, 'secret', 'acme');
    const [version, id, bytes] = box.split('.') as [string, string, string];
    const raw = Buffer.from(bytes, 'base64url');
    for (let bit = 0; bit < raw.length * 8; bit += 5) {
      const changed = Buffer.from(raw);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unseal(ring, `${version}.${id}.${changed.toString('base64url')}`, 'acme')).toThrow(
        'changed outside',
      );
    }
    for (const text of ['', 'v1', 'v2.a.b', `${box}.x`, `v1.${id}.AAAA`])
      expect(() => unseal(ring, text, 'acme')).toThrow('changed outside');
  });

  it('cannot be moved to other base URLs: the credentials go nowhere else', async () => {
    const folder = folderOf();
    const { reader, store } = open(folder);
    await store.add(tenantOf('acme'), ORDER);
    const path = join(folder, 'acme.000001.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('https://crm.example', 'https://evil.example'));
    expect((await reader.look())?.[0]).toMatchObject({ state: 'unreadable', tenant: null });
  });
});

describe('keys', () => {
  it('come from text, a file or a command', async () => {
    const file = join(folderOf(), 'key');
    writeFileSync(file, `${KEY}\n`);
    const ids = [
      await loadKeyRing({ text: new Secret(KEY) }),
      await loadKeyRing({ file }),
      await loadKeyRing({ command: ['cat', file] }),
    ].map((ring) => ring?.[0].id);
    expect(new Set(ids).size).toBe(1);
    expect(await loadKeyRing({})).toBeNull();
  });

  it.each(['', 'short', 'x'.repeat(44), Buffer.alloc(31).toString('base64'), `${KEY} !`])('cannot be %j', (text) => {
    expect(() => parseKeyRing(text)).toThrow(expect.objectContaining({ code: 'TENANTS_KEY_INVALID' }));
    if (text !== '') expect(() => parseKeyRing(text)).not.toThrow(text);
  });
});
