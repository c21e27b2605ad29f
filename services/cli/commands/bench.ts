import { rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { localFolders } from '#local-stack';
import { type LatencyResult, measureLatency } from '../bench/latency.ts';
import { createProgress, type Progress } from '../progress.ts';
import { createSandboxClient, type SandboxClient, type Side } from '../sandbox-client/client.ts';
import { differences } from '../sandbox-client/pairs.ts';
import { freePorts } from '../supervisor/plan.ts';
import { type System, startSystem } from '../supervisor/system.ts';
import { plainTable } from '../table.ts';
import { until } from '../wait.ts';
import { benchProcessorCommand } from './bench-processor.ts';
import { benchReadModelCommand } from './bench-read-model.ts';
import { benchRestartCommand } from './bench-restart.ts';
import { benchSinkCommand } from './bench-sink.ts';
import { positive } from './positive.ts';

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
/** How long the first alignment may take, milliseconds. */
const ALIGNMENT_MS = 10 * 60_000;

/** `bench latency`: an edit on one side until it is visible through the other side's API. */
export function benchCommand(): Command {
  const bench = new Command('bench').description('measure, on a system of its own');
  bench
    .command('latency')
    .description('from an edit on one side until it is visible through the other side’s API')
    .option('--json', 'print the result as JSON')
    .option('--seconds <n>', 'how long edits are made in each phase', positive, 30)
    .option('--rate <n>', 'edits in a second, over all tenants together', positive, 5)
    .option('--tenants <n>', 'number of tenants', positive, 20)
    .option('--poll-seconds <n>', 'seconds between polls of Unleashed', positive, 5)
    .action(latency);
  bench.addCommand(benchReadModelCommand());
  return bench.addCommand(benchProcessorCommand()).addCommand(benchSinkCommand()).addCommand(benchRestartCommand());
}

async function latency(options: LatencyCommandOptions): Promise<void> {
  const folder = join(localFolders().home, 'bench');
  const progress = createProgress(process.stderr);
  rmSync(folder, { recursive: true, force: true });
  const system = await startSystem({
    folder,
    ports: await freePorts(),
    sandbox: { tenants: options.tenants, companies: COMPANIES, pollSeconds: options.pollSeconds },
    onEvent: (event) => {
      if (event.kind === 'step') progress.show({ part: 'kafka', ...event });
    },
  });
  const end = async (): Promise<void> => {
    progress.end();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void end().finally(() => process.exit(130)));
  try {
    const report = await run(system, options, progress);
    progress.end();
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${describe(report)}\n`);
  } finally {
    await end();
  }
  process.exit();
}

async function run(system: System, options: LatencyCommandOptions, progress: Progress) {
  const sandbox = createSandboxClient(system.urlOf('sandbox'));
  const say = (message: string): void => progress.show({ part: 'kafka', phase: 'working', message });
  say('Waiting for the first alignment');
  await settle(sandbox, system.tenantIds);
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
    await settle(sandbox, system.tenantIds);
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

/** Waits until no field differs in any tenant. */
async function settle(sandbox: SandboxClient, tenants: readonly string[]): Promise<void> {
  for (const tenant of tenants) {
    await until(async () => (await differences(sandbox, tenant)).length === 0, {
      timeoutMs: ALIGNMENT_MS,
      pauseMs: 500,
      what: `both sides of ${tenant} to agree`,
    });
  }
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
  const head = ['  edit → visible, ms', 'arrived', 'p50', 'p95', 'p99', 'max', 'target', ''];
  const { tenants, editsPerSecond, seconds, residentMb, machine } = report;
  return (
    `${plainTable(rows, head)}\n\n  ${tenants} tenants, ${editsPerSecond} edits a second for ${seconds} s; ` +
    `${residentMb} MB resident; ${machine.cores} cores, Node ${machine.node}`
  );
}
