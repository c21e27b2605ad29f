import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { tenantsText, tenantText } from './tenants.testing.ts';
import { parseTenants } from './tenants-file.ts';
import {
  diffTenants,
  type TenantsChange,
  type TenantsWatch,
  type WatchTenantsOptions,
  watchTenants,
} from './tenants-watch.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A tenants file under watch. The slow timer is off unless a test asks for it: what is tested is that changes are seen. */
async function watching(text: string, options: Partial<WatchTenantsOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const path = options.path ?? join(folder, 'tenants.yaml');
  if (options.path === undefined) writeFileSync(path, text);
  const changes: TenantsChange[] = [];
  const errors: unknown[] = [];
  const metrics = createMetrics('test');
  const watch: TenantsWatch = await watchTenants({
    path,
    env: {},
    log: createLog({ service: 'test', level: 'silent' }),
    metrics,
    debounceMs: 20,
    rereadMs: 3_600_000,
    onChange: (change) => void changes.push(change),
    onError: (error) => void errors.push(error),
    ...options,
  });
  cleanups.push(() => watch.close());
  return { watch, folder, path, changes, errors, metrics };
}

const ids = (change: TenantsChange | undefined) =>
  change && {
    added: change.added.map(({ id }) => id),
    changed: change.changed.map(({ after }) => after.id),
    removed: change.removed.map(({ id }) => id),
  };

describe('watchTenants', () => {
  it('has the tenants at once and tells of what is added, changed and removed', async () => {
    const { watch, path, changes } = await watching(tenantsText(tenantText('a'), tenantText('b'), tenantText('c')));
    expect(watch.tenants.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(watch.tenant('b')?.name).toBe('Company b');
    writeFileSync(path, tenantsText(tenantText('a'), tenantText('b').replace('10000', '5'), tenantText('d')));
    await expect.poll(() => changes.length).toBe(1);
    expect(ids(changes[0])).toEqual({ added: ['d'], changed: ['b'], removed: ['c'] });
    expect(changes[0]?.changed[0]).toMatchObject({
      before: { unleashed: { monthlyCalls: 10_000 } },
      after: { unleashed: { monthlyCalls: 5 } },
    });
    expect(watch.tenant('c')).toBeUndefined();
    expect(watch.tenant('b')?.unleashed.monthlyCalls).toBe(5);
  });

  it('sees a file that is replaced by renaming, again and again', async () => {
    const { folder, path, changes } = await watching(tenantsText(tenantText('a')));
    for (const id of ['b', 'c', 'd']) {
      const before = changes.length;
      writeFileSync(join(folder, 'new.yaml'), tenantsText(tenantText(id)));
      renameSync(join(folder, 'new.yaml'), path);
      await expect.poll(() => changes.length).toBe(before + 1);
      expect(ids(changes.at(-1))?.added).toEqual([id]);
    }
  });

  it('sees a folder that is swapped behind a symbolic link, as Kubernetes does it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'swap-'));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    for (const id of ['a', 'b']) {
      mkdirSync(join(folder, id));
      writeFileSync(join(folder, id, 'tenants.yaml'), tenantsText(tenantText(id)));
    }
    symlinkSync('a', join(folder, '..data'));
    symlinkSync(join('..data', 'tenants.yaml'), join(folder, 'tenants.yaml'));
    const { changes } = await watching('', { path: join(folder, 'tenants.yaml') });
    symlinkSync('b', join(folder, '..tmp'));
    renameSync(join(folder, '..tmp'), join(folder, '..data'));
    await expect.poll(() => changes.length).toBe(1);
    expect(ids(changes[0])).toEqual({ added: ['b'], changed: [], removed: ['a'] });
  });

  it('keeps the last good tenants when a new file has mistakes or is gone, says so once, and recovers', async () => {
    const { watch, path, changes, errors, metrics } = await watching(tenantsText(tenantText('a')));
    const invalid = async () => (await metrics.registry.metrics()).match(/twoway_tenants_file_invalid\{.*\} (\d)/)?.[1];
    writeFileSync(path, 'tenants: [{ id: A }]');
    await expect.poll(() => errors.length).toBe(1);
    expect(errors[0]).toMatchObject({ code: 'TENANTS_INVALID' });
    expect(watch.tenants.map(({ id }) => id)).toEqual(['a']);
    expect(await invalid()).toBe('1');
    await watch.reread();
    expect(errors).toHaveLength(1);
    rmSync(path);
    await expect.poll(() => errors.length).toBe(2);
    expect(errors[1]).toMatchObject({ code: 'TENANTS_UNREADABLE' });
    expect(watch.tenants.map(({ id }) => id)).toEqual(['a']);
    writeFileSync(path, tenantsText(tenantText('b')));
    await expect.poll(() => changes.length).toBe(1);
    expect(await invalid()).toBe('0');
    expect(await metrics.registry.metrics()).toMatch(/twoway_tenants_count\{.*\} 1/);
  });

  it('says nothing when the text changed and the meaning did not', async () => {
    const { watch, path, changes, errors } = await watching(tenantsText(tenantText('a'), tenantText('b')));
    writeFileSync(path, `# a comment\n${tenantsText(tenantText('b'), tenantText('a'))}`);
    await watch.reread();
    expect([changes, errors]).toEqual([[], []]);
  });

  it('sees a new secret in a file that the tenants file names', async () => {
    const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
    cleanups.push(() => rmSync(secrets, { recursive: true, force: true }));
    writeFileSync(join(secrets, 'token'), 'old');
    const prospect = `{ baseUrl: "https://crm.example", token: "file:${secrets}/token", webhookSecret: w }`;
    const { watch, changes } = await watching(tenantsText(tenantText('a', { prospect })));
    writeFileSync(join(secrets, 'token'), 'new');
    await expect.poll(() => changes.length).toBe(1);
    expect(ids(changes[0])?.changed).toEqual(['a']);
    expect(watch.tenant('a')?.prospect.token.reveal()).toBe('new');
  });

  it('looks by itself at intervals, for file systems that tell nothing', async () => {
    const { watch, path, changes } = await watching(tenantsText(tenantText('a')), {
      debounceMs: 3_600_000,
      rereadMs: 20,
    });
    writeFileSync(path, tenantsText(tenantText('b')));
    await expect.poll(() => changes.length).toBe(1);
    expect(watch.tenants).toHaveLength(1);
  });

  it('hands changes on one after the other, and goes on when one cannot be carried out', async () => {
    let running = 0;
    const seen: string[] = [];
    const { watch, path, errors } = await watching(tenantsText(tenantText('a')), {
      onChange: async ({ added }) => {
        expect(++running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        seen.push(...added.map(({ id }) => id));
        if (seen.length === 1) throw new Error('cannot');
      },
    });
    writeFileSync(path, tenantsText(tenantText('b')));
    const first = watch.reread();
    writeFileSync(path, tenantsText(tenantText('c')));
    await Promise.all([first, watch.reread(), watch.reread()]);
    expect(seen.at(-1)).toBe('c');
    expect(errors).toHaveLength(1);
  });

  it('takes a change up also in a folder that is never quiet', async () => {
    const { folder, path, changes } = await watching(tenantsText(tenantText('a')), { debounceMs: 50 });
    const noise = setInterval(() => writeFileSync(join(folder, 'noise'), `${performance.now()}`), 5);
    cleanups.push(() => clearInterval(noise));
    writeFileSync(path, tenantsText(tenantText('b')));
    await expect.poll(() => changes.length, { timeout: 10_000 }).toBe(1);
  });

  it('refuses to begin with a file that has mistakes', async () => {
    await expect(watching('tenants: 1')).rejects.toMatchObject({ code: 'TENANTS_INVALID' });
  });

  it('is silent after it was closed', async () => {
    const { watch, path, changes } = await watching(tenantsText(tenantText('a')));
    await watch.close();
    writeFileSync(path, tenantsText(tenantText('b')));
    await watch.reread();
    expect(changes).toEqual([]);
  });
});

describe('diffTenants', () => {
  it('finds nothing between a list and itself in another order', () => {
    const { tenants } = parseTenants(tenantsText(tenantText('a'), tenantText('b')), { path: 'x', env: {} });
    expect(diffTenants(tenants, tenants.toReversed())).toMatchObject({ added: [], changed: [], removed: [] });
  });
});
