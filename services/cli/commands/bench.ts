import { cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { type LatencyResult, measureLatency } from '../bench/latency.ts';
import type { Side } from '../sandbox-client/client.ts';
import { plainTable } from '../table.ts';
import { positive, whole } from './arguments.ts';
import { benchCallsCommand } from './bench-calls.ts';
import { benchFairnessCommand } from './bench-fairness.ts';
import { benchProcessorCommand } from './bench-processor.ts';
import { benchReadModelCommand } from './bench-read-model.ts';
import { benchRestartCommand } from './bench-restart.ts';
import { benchSinkCommand } from './bench-sink.ts';
import { type BenchSystem, benchSystem } from './bench-system.ts';

interface LatencyCommandOptions {
  json?: boolean;
  seconds: number;
  rate: number;
  tenants: number;
  pollSeconds: number;
}

/** One run of the bench, and what it should reach. */
interface Phase {
  readonly name: string;
  readonly from: Side;
  readonly webhooks: boolean;
  readonly targets: { readonly p50Ms?: number; readonly p95Ms: number };
}

/** Edits before the measured ones: connections are opened and code is compiled, seconds. */
const WARM_UP_SECONDS = 5;
const COMPANIES = 40;

/** `bench latency`: an edit on one side until it is visible through the other side's API. */
export function benchCommand(): Command {
  const bench = new Command('bench').description('measure, on a system of its own');
  bench
    .command('latency')
    .description('from an edit on one side until it is visible through the other side’s API')
    .option('--json', 'print the result as JSON')
    .option('--seconds <n>', 'how long edits are made in each phase', positive, 30)
    .option('--rate <n>', 'edits in a second, over all tenants together', positive, 5)
    .option('--tenants <n>', 'number of tenants', whole, 20)
    .option('--poll-seconds <n>', 'seconds between polls of Unleashed', positive, 5)
    .action(latency);
  bench.addCommand(benchReadModelCommand()).addCommand(benchCallsCommand()).addCommand(benchFairnessCommand());
  return bench.addCommand(benchProcessorCommand()).addCommand(benchSinkCommand()).addCommand(benchRestartCommand());
}

async function latency(options: LatencyCommandOptions): Promise<void> {
  const setup = { tenants: options.tenants, companies: COMPANIES, pollSeconds: options.pollSeconds };
  await benchSystem('latency', setup, options.json === true, async (bench) => {
    const report = await run(bench, options);
    return { report, text: describe(report) };
  });
}

async function run({ system, sandbox, say, settle }: BenchSystem, options: LatencyCommandOptions) {
  const phases: Phase[] = [
    { name: 'CRM → Unleashed', from: 'crm', webhooks: true, targets: { p50Ms: 300, p95Ms: 1_000 } },
    { name: 'Unleashed → CRM, webhooks', from: 'unleashed', webhooks: true, targets: { p95Ms: 1_500 } },
    {
      name: `Unleashed → CRM, poll every ${options.pollSeconds} s`,
      from: 'unleashed',
      webhooks: false,
      targets: { p95Ms: options.pollSeconds * 1_000 + 1_000 },
    },
  ];
  const results: (Phase & LatencyResult & { met: boolean })[] = [];
  for (const phase of phases) {
    if (!phase.webhooks) await sandbox.addFault('*', { side: 'unleashed', kind: 'eventsLost' });
    const common = { sandbox, tenants: system.tenantIds, from: phase.from, editsPerSecond: options.rate };
    await measureLatency({ ...common, seconds: WARM_UP_SECONDS });
    const result = await measureLatency({
      ...common,
      seconds: options.seconds,
      onProgress: (arrived, made) => say(`${phase.name}: ${made} edits made, ${arrived} arrived`),
    });
    await sandbox.clearFaults('*');
    await settle();
    const { p50Ms = Number.POSITIVE_INFINITY, p95Ms } = phase.targets;
    const met = result.arrived === result.edits && result.p50Ms < p50Ms && result.p95Ms < p95Ms;
    results.push({ ...phase, ...result, met });
  }
  return {
    tenants: options.tenants,
    editsPerSecond: options.rate,
    seconds: options.seconds,
    pollSeconds: options.pollSeconds,
    phases: results,
    residentMb: Math.round(system.rssBytes().total / 1024 / 1024),
    machine: { node: process.version, cores: cpus().length, memoryMb: Math.round(totalmem() / 1024 / 1024) },
  };
}

function describe(report: Awaited<ReturnType<typeof run>>): string {
  const rows = report.phases.map(({ name, edits, arrived, p50Ms, p95Ms, p99Ms, maxMs, targets, met }) => [
    name,
    `${arrived}/${edits}`,
    p50Ms,
    p95Ms,
    p99Ms,
    maxMs,
    `${targets.p50Ms === undefined ? '' : `p50 < ${targets.p50Ms}, `}p95 < ${targets.p95Ms}`,
    met ? 'met' : 'missed',
  ]);
  const head = ['edit → visible, ms', 'arrived', 'p50', 'p95', 'p99', 'max', 'target', ''];
  const { tenants, editsPerSecond, seconds, residentMb, machine } = report;
  return (
    `${plainTable(rows, head)}\n\n  ${tenants} tenants, ${editsPerSecond} edits a second for ${seconds} s; ` +
    `${residentMb} MB resident; ${machine.cores} cores, Node ${machine.node}`
  );
}
