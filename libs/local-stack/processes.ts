import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process with this id exists and is not merely waiting to be collected by its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return procStat(pid)?.[0] !== 'Z';
}

/**
 * Something that tells this process from a later one with the same id: its start time. Undefined when there is no
 * such process. An opaque string.
 */
export function processIdentity(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) return procStat(pid)?.[19];
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process, bytes; 0 when it is gone or cannot be asked. */
export function residentBytes(pid: number): number {
  try {
    if (existsSync('/proc/self/status')) {
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return Number(kilobytes ?? 0) * 1024;
    }
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  } catch {
    return 0;
  }
}

/** Waits until the process is gone. Resolves with false when it is still there after `timeoutMs`. */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const pollMs = 20;
  for (let waitedMs = 0; isAlive(pid); waitedMs += pollMs) {
    if (waitedMs >= timeoutMs) return false;
    await sleep(pollMs);
  }
  return true;
}

/** Sends a signal; false when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Asks a process to end, insists after `graceMs`, and resolves when it is gone. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return;
  signal(pid, 'SIGCONT'); // a stopped process hears nothing else
  if (await waitForExit(pid, graceMs)) return;
  signal(pid, 'SIGKILL');
  await waitForExit(pid, 5_000);
}

/** Fields of /proc/PID/stat from the state (the third) on; the command name before it may hold anything. */
function procStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
