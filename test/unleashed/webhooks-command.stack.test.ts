/** `npm run webhooks` against the simulated Unleashed: what a person sees, and what the account has afterwards. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseOutbound } from '#runtime';
import { createUnleashedClient } from '#unleashed';
import { carryOut } from '../../services/cli/webhooks/carry-out.ts';
import { type Kit, startKit } from '../support/api-kit.ts';

const MAIN = resolve(import.meta.dirname, '../../services/cli/main.ts');
const URL_OF_HOOK = 'https://sync.example.com/hooks/unleashed/tenant-001';

let kit: Kit;
let folder: string;
let keyFile: string;

beforeAll(async () => {
  kit = await startKit('webhooks');
  folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
  keyFile = join(folder, 'key');
});

afterAll(async () => {
  await kit?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command; gives its exit code and all that it printed. */
function webhooks(action: string, ...more: string[]): Promise<{ code: number; text: string }> {
  const given = ['webhooks', action, '--tenants', kit.tenantsFile, '--tenant', 'tenant-001', ...more];
  return new Promise((done) => {
    const env = { ...process.env, OUTBOUND_ALLOW: '127.0.0.1' };
    execFile(process.execPath, [MAIN, ...given], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? -1), text: stdout + stderr });
    });
  });
}

const key = () => readFileSync(keyFile, 'utf8').trim();

test('subscribes, shows, renews and removes; the key is in a private file and nowhere else', async () => {
  const made = await webhooks('subscribe', '--url', URL_OF_HOOK, '--key-file', keyFile);
  expect(made).toMatchObject({ code: 0, text: expect.stringContaining(`webhookSignatureKey: file:${keyFile}`) });
  const first = key();
  expect(first).not.toBe('');
  expect(made.text).not.toContain(first);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);

  const listed = await webhooks('list');
  expect(listed.text).toContain(URL_OF_HOOK);
  expect(listed.text).not.toContain(first);

  const again = await webhooks('subscribe', '--url', URL_OF_HOOK, '--key-file', join(folder, 'other'));
  expect(again).toMatchObject({ code: 1, text: expect.stringContaining('is subscribed already') });

  expect((await webhooks('renew', '--url', URL_OF_HOOK, '--key-file', keyFile)).code).toBe(0);
  expect(key()).not.toBe(first);
  // The sandbox begins with one of its own.
  expect((await webhooks('list')).text).toContain('2 of 5 subscriptions');
  expect((await webhooks('remove', '--url', URL_OF_HOOK)).text).toContain('Removed');
  expect((await webhooks('remove', '--url', URL_OF_HOOK)).text).toContain('nothing to remove');
  expect((await webhooks('list')).text).toContain('1 of 5 subscriptions');
});

test('says what is wrong with an order, and what to do', async () => {
  const nobody = await webhooks('list', '--tenant', 'nobody');
  expect(nobody).toMatchObject({ code: 1, text: expect.stringContaining('Name one of: tenant-001') });
  const plain = await webhooks('remove', '--url', 'http://plain.example');
  expect(plain).toMatchObject({ code: 1, text: expect.stringContaining('https address only') });

  const baseUrl = `${kit.sandboxUrl}/unleashed`;
  const client = createUnleashedClient({
    baseUrl,
    outbound: parseOutbound('127.0.0.1'),
    apiId: 'sandbox-tenant-001-id',
    apiKey: 'sandbox-tenant-001-key',
  });
  const subscribe = (notificationUrl: string, file: string) =>
    carryOut(client, { action: 'subscribe', notificationUrl, keyFile: join(folder, file) });
  await subscribe('https://other.example/1', 'taken');
  await expect(subscribe(URL_OF_HOOK, 'taken')).rejects.toMatchObject({ code: 'KEY_FILE_EXISTS' });
  for (const n of [2, 3, 4]) await subscribe(`https://other.example/${n}`, `key-${n}`);
  await expect(subscribe(URL_OF_HOOK, 'sixth')).rejects.toMatchObject({ code: 'SUBSCRIPTIONS_FULL' });

  await kit.control('POST', '/tenants/tenant-001/faults', { side: 'unleashed', kind: 'revokedCredential' });
  const list = carryOut(client, { action: 'list', notificationUrl: '', keyFile: '' });
  await expect(list).rejects.toMatchObject({ code: 'UNLEASHED_REFUSED', hint: expect.stringContaining('are refused') });
  await client.close();
});
