import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resetStack, stackStatus, stopStack } from './manage.ts';
import { emptyState, writeState } from './state-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manage-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder that is no stack is never deleted', async () => {
  writeFileSync(join(folder, 'thesis.txt'), 'years of work');
  await expect(resetStack(folder)).rejects.toMatchObject({ code: 'OTHER_LAYOUT' });
  expect(existsSync(join(folder, 'thesis.txt'))).toBe(true);
});

test('reset deletes a stack, also one whose state cannot be read', async () => {
  for (const text of [JSON.stringify(emptyState()), 'garbage']) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'state.json'), text);
    await resetStack(folder);
    expect(existsSync(folder)).toBe(false);
  }
});

test('nothing to stop, nothing to show, nothing to reset', async () => {
  const missing = join(folder, 'missing');
  expect(await stopStack(missing)).toEqual([]);
  expect(await stackStatus(missing)).toEqual([]);
  await resetStack(missing);
  expect(existsSync(missing)).toBe(false);
});

test('a server that has ended is shown as down with its last address', async () => {
  const record = { pid: 2 ** 30, identity: 'x', startedAt: '', ownerPid: 0, ports: { client: 4321 } };
  writeState(folder, { ...emptyState(), parts: { registry: record } });
  expect(await stackStatus(folder)).toEqual([
    expect.objectContaining({ name: 'registry', state: 'down', address: 'http://127.0.0.1:4321/apis/ccompat/v7' }),
  ]);
});
