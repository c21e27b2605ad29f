import { expect, it } from 'vitest';
import { cpuMsOf, cpuMsPerEdit } from './cpu.ts';

it('counts the processor time of a process that works', () => {
  const before = cpuMsOf(process.pid);
  const used = process.cpuUsage();
  while (process.cpuUsage(used).user < 60_000);
  expect(cpuMsOf(process.pid) - before).toBeGreaterThanOrEqual(40);
  expect(cpuMsOf(2 ** 30)).toBe(0);
});

it('shares what was used among the edits, the most expensive process first', () => {
  const before = new Map([
    ['kafka', 1_000],
    ['redis', 50],
  ]);
  const after = new Map([
    ['redis', 60],
    ['kafka', 1_500],
    ['late', 20],
  ]);
  expect(Object.entries(cpuMsPerEdit(before, after, 100))).toEqual([
    ['kafka', 5],
    ['late', 0.2],
    ['redis', 0.1],
  ]);
});
