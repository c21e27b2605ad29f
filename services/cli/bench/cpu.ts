/** What an edit costs in processor time, by process: where the time of the chain goes, and what a deployment has to have. */
import { readFileSync } from 'node:fs';
import type { System } from '../supervisor/system.ts';

/** The kernel counts processor time for programs in hundredths of a second, on every architecture (USER_HZ, proc(5)). */
const MS_PER_TICK = 10;

/** Processor time that a process has used since its start, user and system, milliseconds; 0 when it is gone or there is no /proc. */
export function cpuMsOf(pid: number): number {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return 0;
  }
  // The second field is the program's name in brackets, which may hold blanks; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Processor time so far of servers, services and this process, milliseconds, by name. */
export function cpuMsByProcess({ stack, supervisor }: System): Map<string, number> {
  const processes = [...(stack?.parts() ?? []), ...supervisor.services(), { name: 'bench', pid: process.pid }];
  return new Map(processes.map(({ name, pid }) => [name, cpuMsOf(pid)]));
}

/** Processor time of one edit, milliseconds to a tenth, the most expensive process first. */
export function cpuMsPerEdit(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  edits: number,
): Record<string, number> {
  const costs = [...after].map(([name, ms]): [string, number] => [name, (ms - (before.get(name) ?? 0)) / edits]);
  costs.sort(([, a], [, b]) => b - a);
  return Object.fromEntries(costs.map(([name, ms]) => [name, Math.round(ms * 10) / 10]));
}
