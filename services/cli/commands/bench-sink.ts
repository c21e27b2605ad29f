import { Command } from 'commander';
import { measureChain } from '../bench/chain.ts';
import { cpuMsByProcess, cpuMsPerEdit } from '../bench/cpu.ts';
import { milliseconds, positive, whole } from './arguments.ts';
import { type BenchReport, type BenchSystem, benchSystem } from './bench-system.ts';

interface Options {
  json?: boolean;
  seconds: number;
  rate: number;
  tenants: number;
  debounceMs?: number;
}

const COMPANIES = 10;
const WARM_UP_SECONDS = 10;
const TARGETS = { p50Ms: 40, p99Ms: 150 };

/** `bench sink`: what the chain adds between a change event and the first call to the other API. */
export function benchSinkCommand(): Command {
  return new Command('sink')
    .description('from a change of the CRM to the first call to Unleashed; both answer at once')
    .option('--json', 'print the result as JSON')
    .option('--seconds <n>', 'how long edits are made', positive, 20)
    .option('--rate <n>', 'edits in a second, over all tenants together', positive, 50)
    .option('--tenants <n>', 'number of tenants', whole, 60)
    .option(
      '--debounce-ms <n>',
      'wait after a change event, which is part of the delay (default: as in production, 50)',
      milliseconds,
    )
    .action(run);
}

async function run({ json = false, seconds, rate, tenants, debounceMs }: Options): Promise<void> {
  const setup = { tenants, companies: COMPANIES, pollSeconds: 300 };
  const capture = debounceMs === undefined ? {} : { HOOK_DEBOUNCE_MS: String(debounceMs) };
  const measure = async ({ system, sandbox, say }: BenchSystem): Promise<BenchReport> => {
    const common = { sandbox, tenants: system.tenantIds, editsPerSecond: rate };
    say('Warming up');
    await measureChain({ ...common, seconds: WARM_UP_SECONDS });
    say(`${rate} edits a second for ${seconds} s`);
    const before = cpuMsByProcess(system);
    const result = await measureChain({ ...common, seconds });
    const cpuMs = cpuMsPerEdit(before, cpuMsByProcess(system), result.edits);
    const cpuMsInAll = Math.round(Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0) * 10) / 10;
    const met = result.arrived === result.edits && result.p50Ms < TARGETS.p50Ms && result.p99Ms < TARGETS.p99Ms;
    const { edits, arrived, p50Ms, p95Ms, p99Ms, maxMs } = result;
    const text =
      `  change → first call: p50 ${p50Ms} ms, p95 ${p95Ms}, p99 ${p99Ms}, max ${maxMs} (${arrived}/${edits} arrived); ` +
      `asked: p50 < ${TARGETS.p50Ms}, p99 < ${TARGETS.p99Ms}: ${met ? 'met' : 'missed'}\n` +
      `  processor time of an edit: ${cpuMsInAll} ms, all processes on this machine: ${list(cpuMs)}`;
    const report = { tenants, editsPerSecond: rate, seconds, ...result, targets: TARGETS, met, cpuMsInAll, cpuMs };
    return { report, text };
  };
  await benchSystem('sink', setup, json, measure, { 'crm-capture': capture });
}

/** The processes and what each takes, in words. */
function list(cpuMs: Readonly<Record<string, number>>): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${ms}`)
    .join(', ');
}
