import { Command } from 'commander';
import { type CallCost, measureCalls } from '../bench/calls.ts';
import { plainTable } from '../table.ts';
import { whole } from './arguments.ts';
import { benchSystem } from './bench-system.ts';

interface Options {
  json?: boolean;
  edits: number;
  tenants: number;
}

const COMPANIES = 20;
const POLL_SECONDS = 5;
/** Twelve polls, one of which looks at the sales people. */
const IDLE_SECONDS = 60;
/** Most calls for one edit, burst or idle day, by what is measured. */
const TARGETS: Readonly<Record<string, number>> = {
  'edit in crm': 2.5,
  'burst in crm': 2.5,
  'edit in unleashed': 2,
  'burst in unleashed': 2,
  'idle tenant, a day': 150,
};

/** `bench calls`: what syncing costs in API calls. */
export function benchCallsCommand(): Command {
  return new Command('calls')
    .description('API calls for an edit, for a burst on one record, and of an idle tenant on a day')
    .option('--json', 'print the result as JSON')
    .option('--edits <n>', 'edits, and bursts, on each side', whole, 60)
    .option('--tenants <n>', 'number of tenants', whole, 4)
    .action(run);
}

async function run({ json = false, edits, tenants }: Options): Promise<void> {
  const setup = { tenants, companies: COMPANIES, pollSeconds: POLL_SECONDS };
  await benchSystem('calls', setup, json, async ({ system, sandbox, say, settle }) => {
    const common = { sandbox, tenants: system.tenantIds, pollSeconds: POLL_SECONDS, settle, say };
    const costs = (await measureCalls({ ...common, edits, idleSeconds: IDLE_SECONDS })).map(judged);
    return { report: { tenants, edits, costs }, text: describe(costs) };
  });
}

interface Judged extends CallCost {
  readonly target: number;
  readonly met: boolean;
}

function judged(cost: CallCost): Judged {
  const target = TARGETS[cost.what] ?? Number.POSITIVE_INFINITY;
  return { ...cost, target, met: cost.perUnit <= target };
}

function describe(costs: readonly Judged[]): string {
  const rows = costs.map(({ what, side, perUnit, target, met, byKind }) => [
    what,
    side,
    perUnit,
    target,
    met ? 'met' : 'missed',
    Object.entries(byKind)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(', '),
  ]);
  return plainTable(rows, ['calls for one', 'to', 'calls', 'at most', '', 'which']);
}
