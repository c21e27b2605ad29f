import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-test-'));
  file = join(folder, 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one at a time, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  let runs = 0;
  const work = async (): Promise<void> => {
    inside++;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    runs++;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(file, 30_000, work)));
  expect(most).toBe(1);
  expect(runs).toBe(5);
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock is released when the work fails', async () => {
  await expect(
    withLock(file, 0, async () => {
      throw new Error('work failed');
    }),
  ).rejects.toThrow('work failed');
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that is gone is taken over', async () => {
  const gone = spawnSync('/bin/true').pid;
  writeFileSync(file, String(gone));
  expect(await withLock(file, 0, async () => 'done')).toBe('done');
});

test('the lock of a living process is respected', async () => {
  writeFileSync(file, String(process.pid));
  await expect(withLock(file, 0, async () => 'done')).rejects.toMatchObject({ code: 'LOCKED', retriable: true });
  expect(existsSync(file)).toBe(true);
});
