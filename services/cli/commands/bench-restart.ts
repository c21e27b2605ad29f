import { Command } from 'commander';
import { layGround } from '../bench/ground.ts';
import { benchRestart } from '../bench/restart.ts';
import { createProgress } from '../progress.ts';
import { plainTable } from '../table.ts';
import { whole } from './arguments.ts';

interface Options {
  json?: boolean;
  links: number;
  tenants: number;
  partitions: number;
  sessionMs: number;
}

/** `bench restart`: how long work stands still after a kill and after a clean stop, and how long state takes to come back. */
export function benchRestartCommand(): Command {
  return new Command('restart')
    .description('from kill -9 and from a clean stop to the first new output; restore with Redis kept and empty')
    .option('--json', 'print the result as JSON')
    .option('--links <n>', 'links of state', whole, 100_000)
    .option('--tenants <n>', 'tenants that the links belong to', whole, 1_000)
    .option('--partitions <n>', 'partitions of every topic', whole, 8)
    .option('--session-ms <n>', 'session of the consumer group, milliseconds', whole, 10_000)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const progress = createProgress(process.stderr, options);
  const ground = await layGround(options.partitions);
  try {
    const interruptions = await benchRestart(ground, {
      size: { links: options.links, tenants: options.tenants },
      sessionTimeoutMs: options.sessionMs,
      say: (message) => progress.show({ phase: 'working', message }),
    });
    const report = {
      links: options.links,
      sessionMs: options.sessionMs,
      interruptions,
      redisBytes: await ground.redisBytes(),
    };
    progress.end();
    const mb = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
    const rows = interruptions.map((one) => [
      one.what,
      one.untilOutputMs,
      one.beyondSessionMs,
      one.restoreMs,
      one.longestPauseMs,
      mb(one.peakResidentBytes),
    ]);
    const head = [
      `  ${options.links} links, ms`,
      'until output',
      'beyond session',
      'restore',
      'longest pause',
      'memory',
    ];
    process.stdout.write(
      options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${plainTable(rows, head)}\n`,
    );
  } finally {
    progress.end();
    await ground.close();
  }
}
