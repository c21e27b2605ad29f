import type { TestProject } from 'vitest/node';
import { provideStack } from './provide-stack.ts';

/** Starts (or finds) one stack for the whole test run, and ends what it started when the run ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { addresses, stop } = await provideStack(process.env, (line) => process.stderr.write(`${line}\n`));
  project.provide('stack', addresses);
  return stop;
}
