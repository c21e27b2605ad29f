import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { positive, whole } from './arguments.ts';

/** The simulation is a program of its own: it is made of pieces of all services, which no service may import. */
const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'test', 'simulation', 'main.ts');

interface SimulateOptions {
  seeds: number;
  seed?: number;
  minutes: number;
  defect?: string;
  json?: boolean;
}

/** `simulate`: seeded schedules of edits and faults on simulated time, judged from outside. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run the services on simulated time, with seeded edits and faults, and judge what both sides show')
    .option('--seeds <n>', 'how many seeds; 1 tells the story of one', whole, 1_000)
    .option('--seed <n>', 'the first seed (default: 1)', whole)
    .option('--minutes <m>', 'simulated minutes in which things happen, in each schedule', positive, 0.5)
    .option('--defect <name>', 'break a piece on purpose, to see that it is found')
    .option('--json', 'print the result as JSON')
    .action(async ({ seeds, seed, minutes, defect, json }: SimulateOptions) => {
      const args = ['--seeds', `${seeds}`, '--minutes', `${minutes}`];
      if (seed !== undefined) args.push('--seed', `${seed}`);
      if (defect !== undefined) args.push('--defect', defect);
      if (json === true) args.push('--json');
      const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' });
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => resolve(code ?? 1));
      });
    });
}
