import { Command } from 'commander';
import type { Decision } from '#contracts';
import { codecOf, findCluster } from '../cluster.ts';
import { readTenant } from '../replay/read-tenant.ts';
import { type Mismatch, type ReplayReport, replay } from '../replay/replay.ts';
import { UsageError } from '../usage.ts';

interface ReplayOptions {
  tenant: string;
  record?: string;
  json?: boolean;
}

/** `replay`: the stored topics through the core again; exits 1 when anything comes out differently. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('run the stored topics of a tenant through the core again and compare the decisions, byte for byte')
    .requiredOption('--tenant <id>', 'the tenant')
    .option('--record <id>', 'compare and show only decisions about this link, for example u:GUID or c:1042')
    .option('--json', 'the report as JSON')
    .action(run);
}

async function run(options: ReplayOptions): Promise<void> {
  const cluster = findCluster('replay');
  const codec = codecOf(cluster);
  await codec.prepare(['sync.decision.v1']);
  const history = await readTenant(cluster, codec, options.tenant);
  if (history.decisions.length === 0) {
    throw new UsageError(`There is no decision about a tenant ${options.tenant}.`, 'See: twoway tenants');
  }
  const about = (decision: Decision): boolean => options.record === undefined || decision.linkId === options.record;
  if (!history.decisions.some(about)) {
    const hint = 'Write it as the console and explain do: u:GUID, or c: and the id in the CRM.';
    throw new UsageError(`There is no decision about a link ${options.record}.`, hint);
  }
  const report = replay(options.tenant, history.decisions, history.inputs, codec, about);
  if (report.mismatchCount > 0) process.exitCode = 1;
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...report, unreadable: history.unreadable })}\n`);
  else print(report, options.record === undefined ? [] : history.decisions.filter(about));
}

function print(report: ReplayReport, shown: readonly Decision[]): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  for (const { nowMs, cause, verdict, reason, fields } of shown) {
    const parts = fields.map((field) => `${field.field}: ${field.verdict} (${field.reason})`).join(', ');
    say(
      `${new Date(nowMs).toISOString()}  ${cause.padEnd(11)} ${verdict} (${reason})${parts === '' ? '' : `  ${parts}`}`,
    );
  }
  say(`${report.steps} steps, ${report.decisions} decisions: ${report.same} steps came out byte for byte the same.`);
  for (const mismatch of report.mismatches) say(describe(mismatch));
  const more = report.mismatchCount - report.mismatches.length;
  if (more > 0) say(`… and ${more} more steps that differ.`);
}

function describe({ cause, kind, recorded, replayed }: Mismatch): string {
  if (kind === 'missing-input') return `✗ ${cause}: the input is no longer on its topic; the step was left out.`;
  const at = recorded.findIndex((one, index) => JSON.stringify(one) !== JSON.stringify(replayed[index]));
  const index = at < 0 ? recorded.length : at;
  return [
    `✗ ${cause}: decided differently.`,
    `  recorded: ${JSON.stringify(recorded[index] ?? null)}`,
    `  replayed: ${JSON.stringify(replayed[index] ?? null)}`,
  ].join('\n');
}
