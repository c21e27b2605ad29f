import { Command, InvalidArgumentError } from 'commander';
import { type Demand, needOf } from '../capacity/compute.ts';
import { DEFAULT_DEMAND, SIZES } from '../capacity/defaults.ts';
import { FIGURES } from '../capacity/figures.ts';
import { bytesText, COLUMNS, rowOf, short } from '../capacity/show.ts';
import { plainTable } from '../table.ts';
import { whole } from './arguments.ts';

interface Options extends Omit<Demand, 'tenants'> {
  tenants?: number;
  json?: boolean;
}

/** `capacity`: what so many tenants need, computed from measured figures. */
export function capacityCommand(): Command {
  const { linksPerTenant, editsPerDay, crmShare, busyHourShare, replicas, linksInMemory } = DEFAULT_DEMAND;
  return new Command('capacity')
    .description('what so many tenants need: partitions, processors, memory, bytes a day, calls; from measured figures')
    .option(
      '--tenants <n>',
      `tenants (default: a table for ${SIZES.map((n) => n.toLocaleString('en-GB')).join(', ')})`,
      whole,
    )
    .option('--links-per-tenant <n>', 'companies and contacts that are linked', whole, linksPerTenant)
    .option('--edits-per-day <n>', 'edits that flow, of each tenant', amount, editsPerDay)
    .option('--crm-share <share>', 'share of the edits that are made in the CRM, 0 to 1', share, crmShare)
    .option('--busy-hour-share <share>', "share of a day's edits in its busiest hour, 0 to 1", share, busyHourShare)
    .option('--replicas <n>', 'replicas of every Kafka partition', whole, replicas)
    .option('--links-in-memory <n>', 'MAX_LINKS_IN_MEMORY of a processor', whole, linksInMemory)
    .option('--json', 'print demand, need and figures as JSON')
    .action(run);
}

function run({ tenants, json, ...rest }: Options): void {
  const answers = (tenants === undefined ? SIZES : [tenants]).map((count) => {
    const demand: Demand = { ...rest, tenants: count };
    return { demand, need: needOf(demand, FIGURES) };
  });
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ answers, figures: FIGURES }, null, 2)}\n`);
    return;
  }
  const rows = answers.map(({ demand, need }) => rowOf(demand, need));
  const [only] = rows;
  const table =
    tenants !== undefined && only !== undefined
      ? plainTable(COLUMNS.map((title, at) => [title, only[at] ?? '']))
      : plainTable(rows, COLUMNS);
  const month = answers[0]?.need.unleashedCallsPerTenantAndMonth ?? 0;
  const figures = Object.values(FIGURES).map(({ value, unit, source }) => [
    unit === 'bytes' ? bytesText(value) : `${short(value)} ${unit}`,
    source,
  ]);
  process.stdout.write(
    `${table}\n\n  A tenant's plan has to allow ${short(month)} calls of Unleashed a month. Bytes are before compression, ` +
      `${rest.replicas} replicas.\n\n  Computed, not tried out, from:\n${plainTable(figures)}\n`,
  );
}

/** Zero or more. Throws InvalidArgumentError. */
function amount(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100_000_000) return value;
  throw new InvalidArgumentError('A number from 0 to 100,000,000.');
}

/** From 0 to 1. Throws InvalidArgumentError. */
function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('A number from 0 to 1, such as 0.2.');
}
