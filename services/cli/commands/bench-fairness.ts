import { Command } from 'commander';
import { measureFairness, TROUBLED } from '../bench/fairness.ts';
import { plainTable } from '../table.ts';
import { UsageError } from '../usage.ts';
import { positive, whole } from './arguments.ts';
import { benchSystem } from './bench-system.ts';

interface Options {
  json?: boolean;
  tenants: number;
  seconds: number;
  rate: number;
  rounds: number;
}

const COMPANIES = 20;
/** The p95 of the others may be so many times that of a quiet run. */
const TARGET = 1.2;

/** `bench fairness`: whether the trouble of some tenants is felt by the others. */
export function benchFairnessCommand(): Command {
  return new Command('fairness')
    .description('latency of tenants without trouble, in quiet runs and beside four that are in trouble')
    .option('--json', 'print the result as JSON')
    .option('--tenants <n>', `number of tenants, more than ${TROUBLED}`, whole, 50)
    .option('--seconds <n>', 'how long each run is', positive, 20)
    .option('--rate <n>', 'edits in a second, over all tenants without trouble', positive, 10)
    .option('--rounds <n>', 'quiet and troubled runs, of each', whole, 3)
    .action(run);
}

async function run({ json = false, tenants, seconds, rate, rounds }: Options): Promise<void> {
  if (tenants <= TROUBLED) throw new UsageError(`--tenants must be more than ${TROUBLED}.`, 'Those are in trouble.');
  const setup = { tenants, companies: COMPANIES, pollSeconds: 300 };
  await benchSystem('fairness', setup, json, async ({ system, sandbox, say }) => {
    const common = { sandbox, tenants: system.tenantIds, editsPerSecond: rate, say };
    const result = await measureFairness({ ...common, seconds, rounds });
    const met = result.complete && result.ratio <= TARGET;
    const rows = result.quiet.flatMap((quiet, index) => {
      const beside = result.troubled[index]!;
      return [
        [`${index + 1} quiet`, `${quiet.arrived}/${quiet.edits}`, quiet.p50Ms, quiet.p95Ms, quiet.p99Ms],
        [`${index + 1} troubled`, `${beside.arrived}/${beside.edits}`, beside.p50Ms, beside.p95Ms, beside.p99Ms],
      ];
    });
    const table = plainTable(rows, ['run, ms', 'arrived', 'p50', 'p95', 'p99']);
    const text = `${table}\n\n  p95 beside trouble: ${result.ratio} times the quiet one; asked: at most ${TARGET}: ${met ? 'met' : 'missed'}`;
    return { report: { tenants, seconds, rate, rounds, ...result, target: TARGET, met }, text };
  });
}
