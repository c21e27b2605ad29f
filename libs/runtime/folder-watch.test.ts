import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type FolderWatch, watchFolders } from './folder-watch.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function start() {
  const root = mkdtempSync(join(tmpdir(), 'folders-'));
  const folder = join(root, 'watched');
  mkdirSync(folder);
  const seen = { events: 0, errors: [] as string[] };
  const folders: FolderWatch = watchFolders(
    () => {
      seen.events++;
    },
    (_error, where) => void seen.errors.push(where),
  );
  cleanups.push(
    () => rmSync(root, { recursive: true, force: true }),
    () => folders.close(),
  );
  return { root, folder, folders, seen };
}

describe('watchFolders', () => {
  it('tells of every file that is renamed into place, however quickly they follow', async () => {
    const { folder, folders, seen } = start();
    folders.add([folder, folder]);
    for (let round = 0; round < 20; round++) {
      const before = seen.events;
      writeFileSync(join(folder, 'new'), `${round}`);
      renameSync(join(folder, 'new'), join(folder, 'file'));
      await expect.poll(() => seen.events, { interval: 1 }).toBeGreaterThan(before);
    }
  });

  it('says that a folder is not there, and watches it when it is', async () => {
    const { root, folders, seen } = start();
    const later = join(root, 'later');
    folders.add([later]);
    expect(seen.errors).toEqual([later]);
    mkdirSync(later);
    folders.add([later]);
    writeFileSync(join(later, 'file'), '1');
    await expect.poll(() => seen.events).toBeGreaterThan(0);
  });

  it('can watch a folder again that was removed and made anew', async () => {
    const { folder, folders, seen } = start();
    folders.add([folder]);
    rmSync(folder, { recursive: true });
    await expect.poll(() => seen.events).toBeGreaterThan(0);
    mkdirSync(folder);
    folders.add([folder]);
    const before = seen.events;
    writeFileSync(join(folder, 'file'), '1');
    await expect.poll(() => seen.events).toBeGreaterThan(before);
  });

  it('is silent after it was closed', async () => {
    const { folder, folders, seen } = start();
    folders.add([folder]);
    folders.close();
    const { folders: other, seen: otherSeen } = start();
    other.add([folder]);
    writeFileSync(join(folder, 'file'), '1');
    await expect.poll(() => otherSeen.events).toBeGreaterThan(0);
    expect(seen.events).toBe(0);
  });
});
