import { cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { layGround } from '../bench/ground.ts';
import type { LatencyResult } from '../bench/latency.ts';
import { benchProcessor } from '../bench/processor.ts';
import { createProgress } from '../progress.ts';
import { plainTable } from '../table.ts';
import { positive, whole } from './arguments.ts';

interface Options {
  json?: boolean;
  snapshots: number;
  links: number;
  tenants: number;
  partitions: number;
  hopSeconds: number;
  hopRate: number;
  commandsPerInput: number;
  bytesPerInput: number;
  cpuProf?: string;
  linksInMemory?: number;
}

/** `bench processor`: inputs a second against a baseline in the same run, latency of the hop, memory. */
export function benchProcessorCommand(): Command {
  return new Command('processor')
    .description('inputs a second, beside a bare exactly-once fan-out in the same run; latency of the hop; memory')
    .option('--json', 'print the result as JSON')
    .option('--snapshots <n>', 'snapshots to get through', whole, 500_000)
    .option('--links <n>', 'links that they are about', whole, 20_000)
    .option('--tenants <n>', 'tenants that the links belong to', whole, 1_000)
    .option('--partitions <n>', 'partitions of every topic', whole, 8)
    .option('--hop-seconds <n>', 'how long single edits are timed; 0 for not at all', notNegative, 10)
    .option('--hop-rate <n>', 'single edits in a second', positive, 200)
    .option('--commands-per-input <n>', 'commands that the baseline writes for an input', notNegative, 0.35)
    .option('--bytes-per-input <n>', 'bytes that the baseline writes for an input', whole, 1_900)
    .option('--links-in-memory <n>', 'MAX_LINKS_IN_MEMORY of the processor (default: its own)', whole)
    .option('--cpu-prof <folder>', 'write a CPU profile of the processor into a folder')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const progress = createProgress(process.stderr, options);
  const ground = await layGround(options.partitions);
  try {
    const report = {
      ...(await benchProcessor(ground, {
        size: { links: options.links, tenants: options.tenants },
        snapshots: options.snapshots,
        hop: { perSecond: options.hopRate, seconds: options.hopSeconds },
        baseline: { commandsPerInput: options.commandsPerInput, bytesPerInput: options.bytesPerInput },
        nodeOptions: options.cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.cpuProf}`],
        env: options.linksInMemory === undefined ? {} : { MAX_LINKS_IN_MEMORY: String(options.linksInMemory) },
        say: (message) => progress.show({ phase: 'working', message }),
      })),
      machine: { node: process.version, cores: cpus().length, memoryMb: Math.round(totalmem() / 1024 / 1024) },
    };
    progress.end();
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${describe(report)}\n`);
  } finally {
    progress.end();
    await ground.close();
  }
}

type Report = Awaited<ReturnType<typeof benchProcessor>>;

function describe(report: Report): string {
  const { baseline, processor, ratio, ratioWarm, hop, hopBaseline, memory, linkBytes } = report;
  const row = (name: string, one: Report['processor']) => [
    name,
    one.inputsPerSecond,
    one.warmInputsPerSecond,
    one.bytesPerInput,
    Object.entries(one.recordsPerInput)
      .map(([topic, count]) => `${topic.replace('sync.', '').replace('.v1', '')} ${count}`)
      .join(', '),
  ];
  const rates = plainTable(
    [row('baseline', baseline), row('processor', processor)],
    ['inputs a second', 'whole run', 'second half', 'bytes out', 'records out for an input'],
  );
  const mb = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
  const times = ({ p50Ms, p99Ms, arrived, edits }: LatencyResult): string =>
    `p50 ${p50Ms} ms, p99 ${p99Ms} ms (${arrived}/${edits})`;
  return [
    rates,
    `\n  ratio ${ratio} over the whole run, ${ratioWarm} over its second half (asked: 0.6)`,
    ...(hop === null
      ? []
      : [
          `  hop: ${times(hop.fromAppend)} from the append, ${times(hop.fromSend)} from the send (asked: 10 and 40 ms)`,
        ]),
    ...(hopBaseline === null
      ? []
      : [`  the same of a bare pass: ${times(hopBaseline.fromAppend)} and ${times(hopBaseline.fromSend)}`]),
    `  memory: ${mb(memory.peakResidentBytes)} resident at most, ${memory.linksInMemory} links in memory; a link is ${linkBytes} bytes on its topic`,
  ].join('\n');
}

function notNegative(text: string): number {
  return Number(text) === 0 ? 0 : positive(text);
}
