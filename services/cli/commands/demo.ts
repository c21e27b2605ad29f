import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { localFolders } from '#local-stack';
import { findCluster } from '../cluster.ts';
import { createProgress } from '../progress.ts';
import { createSandboxClient } from '../sandbox-client/client.ts';
import { freePorts } from '../supervisor/plan.ts';
import { type System, startSystem } from '../supervisor/system.ts';
import { plainTable } from '../table.ts';
import { createNarrator, duration, type Narrator } from '../tour/narrator.ts';
import * as scenes from '../tour/scenes.ts';

/** `demo`: a guided tour over a system of its own, beside whatever runs. Exit code 1 when anything is not as told. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('a guided tour: edits, a contact that is made, a conflict, an echo, a killed processor')
    .option(
      '--json',
      'print what was claimed and measured as one JSON object at the end; the tour itself goes to stderr',
    )
    .option('--keep', 'leave its data in .twoway/demo when it is over')
    .action(demo);
}

async function demo(options: { keep?: boolean; json?: boolean }): Promise<void> {
  const folder = join(localFolders().home, 'demo');
  const out = options.json === true ? process.stderr : process.stdout;
  const narrator = createNarrator(out);
  out.write(
    `${pc.bold('Two-way sync between a Prospect CRM and an Unleashed')}\n\n` +
      'Both systems are made up for this tour, but they behave like the real ones, and everything between\n' +
      'them is real: Kafka, a schema registry, Redis, and every service as a process of its own.\n',
  );
  rmSync(folder, { recursive: true, force: true });
  const system = await start(folder, options.json === true);
  const end = async (): Promise<void> => {
    await system.stop();
    if (options.keep !== true) rmSync(folder, { recursive: true, force: true });
  };
  const onSignal = (): void => {
    process.stderr.write('\nStopping …\n');
    void end().finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await tour(system, narrator);
  } finally {
    await end();
  }
  out.write(`\n${report(narrator)}\n`);
  const { claims, times } = narrator;
  if (options.json === true) process.stdout.write(`${JSON.stringify({ claims, times })}\n`);
  process.exit(narrator.claims.every(({ holds }) => holds) ? 0 : 1);
}

async function start(folder: string, json: boolean): Promise<System> {
  const progress = createProgress(process.stderr, { json });
  try {
    return await startSystem({
      folder,
      ports: await freePorts(),
      sandbox: { pollSeconds: 5 },
      // A killed processor's tasks are free again as soon as the broker allows.
      serviceEnv: { 'sync-processor': { SESSION_TIMEOUT_MS: '6000' } },
      onEvent: (event) => {
        if (event.kind === 'step') progress.show(event);
      },
    });
  } finally {
    progress.end();
  }
}

async function tour(system: System, narrator: Narrator): Promise<void> {
  const stage: scenes.Tour = {
    system,
    narrator,
    cluster: findCluster('demo', { ...process.env, ...system.env }),
    sandbox: createSandboxClient(system.urlOf('sandbox')),
    tenant: system.tenantIds[0] ?? '',
  };
  const play = [
    scenes.firstAlignment,
    scenes.editInCrm,
    scenes.editInUnleashed,
    scenes.echo,
    scenes.creation,
    scenes.conflict,
    scenes.killedProcessor,
  ];
  for (const scene of play) {
    try {
      await scene(stage);
    } catch (error) {
      narrator.claim('The scene came to its end.', false, error instanceof Error ? error.message : String(error));
    }
  }
}

function report({ claims, times }: Narrator): string {
  const failed = claims.filter(({ holds }) => !holds);
  const table = plainTable(
    times.map(({ what, milliseconds }) => [what, duration(milliseconds)]),
    ['measured', 'time'],
  );
  const verdict =
    failed.length === 0
      ? pc.green(`All ${claims.length} claims held.`)
      : pc.red(
          `${failed.length} of ${claims.length} claims did not hold:\n${failed.map(({ text }) => `  ✗ ${text}`).join('\n')}`,
        );
  return `${table}\n\n${verdict}`;
}
