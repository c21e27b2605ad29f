import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { localFolders } from '#local-stack';
import { VICTIMS } from '../chaos/plan.ts';
import { type ChaosReport, runChaos } from '../chaos/run.ts';
import { createProgress } from '../progress.ts';
import { plainTable } from '../table.ts';
import { duration } from '../tour/narrator.ts';
import { positive, whole } from './arguments.ts';

interface ChaosCommandOptions {
  minutes: number;
  seed: number;
  rate: number;
  tenants: number;
  settleMinutes: number;
  folder: string;
  keep?: boolean;
  json?: boolean;
}

/** `chaos`: everything goes wrong on a system of its own while people edit; exit code 0 only if nothing came of it. */
export function chaosCommand(): Command {
  return new Command('chaos')
    .description('kill, freeze and disturb everything while people edit on both sides; then judge what both sides show')
    .option('--minutes <m>', 'how long people edit and things go wrong', positive, 5)
    .option('--seed <n>', 'what goes wrong, and what people do, follows from it', whole, 1)
    .option('--rate <n>', 'acts of people in a second, over all tenants together', positive, 5)
    .option('--tenants <n>', 'number of tenants', whole, 3)
    .option('--settle-minutes <m>', 'how long both sides may take to agree afterwards', positive, 6)
    .option('--folder <path>', 'where its data are; emptied before', join(localFolders().home, 'chaos'))
    .option('--keep', 'leave its data and logs when it is over')
    .option('--json', 'print the result as one JSON object')
    .action(chaos);
}

async function chaos(options: ChaosCommandOptions): Promise<void> {
  const progress = createProgress(process.stderr, options);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  try {
    const report = await runChaos({
      ...options,
      keep: options.keep === true,
      settleMs: options.settleMinutes * 60_000,
      signal: stopping.signal,
      onStep: (event) => {
        if (event.kind === 'step') progress.show(event);
      },
      onProgress: (message) => progress.show({ phase: 'working', message }),
    });
    progress.end();
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${describe(report)}\n`);
    process.exitCode = report.holds ? 0 : 1;
  } finally {
    progress.end();
  }
  process.exit();
}

/** Most findings of a kind that are told one by one. */
const TOLD_MAX = 20;

function describe(report: ChaosReport): string {
  const { harmed, lost, duplicates, drift, altered, replayDiffers, unseen, convergedMs } = report;
  const harms = VICTIMS.map((victim) => [victim, harmed.kills[victim] ?? 0, harmed.freezes[victim] ?? 0]);
  const results = [
    ['edits', report.edits],
    ['contacts added', report.contactsAdded],
    ['conflicts', report.conflicts],
    ['faults of the APIs, Redis emptied, settings changed', `${harmed.faults}, ${harmed.flushes}, ${harmed.toggles}`],
    ['duplicates', duplicates.length],
    ['lost', lost.length],
    ['drift', drift.length],
    ['altered that should not be', altered.length],
    ['decided differently when run again', replayDiffers.length],
    ['replaced before anybody read them (see limitations)', unseen.length],
    ['longest time in which edits waited and none arrived', duration(report.longestPauseMs)],
    ['time to converge', convergedMs === null ? 'never' : duration(convergedMs)],
  ];
  const told = [
    ...harmed.failures,
    ...duplicates,
    ...lost,
    ...altered,
    ...replayDiffers,
    ...drift.map((one) => `${one.field} of ${one.record} at ${one.tenant}: '${one.crm}' and '${one.unleashed}'`),
  ];
  const verdict = report.holds ? pc.green('Nothing came of it.') : pc.red('It did not hold:');
  const list = told.slice(0, TOLD_MAX).map((text) => `\n  ✗ ${text}`);
  return `${plainTable(harms, ['process', 'killed', 'frozen'])}\n\n${plainTable(results)}\n\n${verdict}${list.join('')}`;
}
