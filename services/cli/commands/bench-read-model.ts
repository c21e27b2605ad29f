import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

/** `bench read-model`: building it from nothing, and its pages. A process of the service whose code it measures. */
export function benchReadModelCommand(): Command {
  return new Command('read-model')
    .description('building the read model from nothing, and its pages')
    .option('--json', 'print the result as JSON')
    .option('--links <n>', 'links to build it from', count, 1_000_000)
    .action(run);
}

async function run({ json, links }: { json?: boolean; links: number }): Promise<void> {
  const file = join(import.meta.dirname, '..', '..', 'control-api', 'read-model', 'bench.ts');
  const args = [file, '--links', `${links}`, ...(json === true ? ['--json'] : [])];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1_000 && value <= 10_000_000) return value;
  throw new InvalidArgumentError('A number from 1,000 to 10,000,000.');
}
