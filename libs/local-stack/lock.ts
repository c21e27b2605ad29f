import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStackError } from './errors.ts';
import { isAlive } from './processes.ts';

/** How often a waiting starter looks again, milliseconds. */
const POLL_MS = 200;

/**
 * Runs `work` while holding the lock file, so that two starters do not collide. The lock of a process that is gone is
 * taken over.
 *
 * @param file the lock file; it holds the pid of its owner
 * @param waitMs how long to wait for another owner, milliseconds
 * @throws LocalStackError LOCKED when the other owner is still at it after `waitMs`
 */
export async function withLock<T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  // The pid is written before the lock appears: link() is atomic and fails when the lock exists.
  writeFileSync(mine, String(process.pid));
  try {
    const attempts = Math.ceil(waitMs / POLL_MS);
    for (let attempt = 0; !tryLink(mine, file); attempt++) {
      const owner = readOwner(file);
      if (owner !== undefined && !isAlive(owner)) {
        takeAway(file, owner);
        continue;
      }
      if (attempt >= attempts) {
        throw new LocalStackError('LOCKED', `Another process (${owner ?? 'unknown'}) is still starting this stack.`, {
          hint: `Wait for it to finish, or end process ${owner ?? '?'} and delete ${file}.`,
        });
      }
      await sleep(POLL_MS);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // released between our attempt and our look
  }
}

/** Removes a dead owner's lock; of several who try, only the one whose rename succeeds does. */
function takeAway(file: string, deadOwner: number): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else was quicker
  }
  const taken = readOwner(aside);
  if (taken !== deadOwner) tryLink(aside, file); // we took a new owner's lock: give it back
  rmSync(aside, { force: true });
}
