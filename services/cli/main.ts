#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { localFolders } from '../../libs/local-stack/folders.ts';
import { reportError } from './report-error.ts';

/**
 * The command line of the project. Each command lives in a file of its own under commands/ and is loaded when it is asked for:
 * most need only a part of what all of them together import.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  down: async () => (await import('./commands/status.ts')).downCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  bench: async () => (await import('./commands/bench.ts')).benchCommand(),
  capacity: async () => (await import('./commands/capacity.ts')).capacityCommand(),
  chaos: async () => (await import('./commands/chaos.ts')).chaosCommand(),
  docs: async () => (await import('./commands/docs.ts')).docsCommand(),
  check: async () => (await import('./commands/check.ts')).checkCommand(),
  grow: async () => (await import('./commands/grow.ts')).growCommand(),
  replay: async () => (await import('./commands/replay.ts')).replayCommand(),
  'sandbox-tenants': async () => (await import('./commands/sandbox-tenants.ts')).sandboxTenantsCommand(),
  service: async () => (await import('./commands/service.ts')).serviceCommand(),
  setup: async () => (await import('./commands/setup.ts')).setupCommand(),
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
  stack: async () => (await import('./commands/stack.ts')).stackCommand(),
  topics: async () => (await import('./commands/topics.ts')).topicsCommand(),
  'sign-in': async () => (await operator()).signInCommand(),
  tenants: async () => (await import('./commands/tenants.ts')).tenantsCommand(),
  settings: async () => (await operator()).settingsCommand(),
  preview: async () => (await operator()).previewCommand(),
  explain: async () => (await operator()).explainCommand(),
  'sync-contact': async () => (await operator()).syncContactCommand(),
  'use-existing': async () => (await operator()).useExistingCommand(),
  'make-in-crm': async () => (await operator()).makeInCrmCommand(),
  overnight: async () => (await operator()).overnightCommand(),
  conflicts: async () => (await operator()).conflictsCommand(),
  restore: async () => (await operator()).restoreCommand(),
  failing: async () => (await operator()).failingCommand(),
  drift: async () => (await import('./commands/drift.ts')).driftCommand(),
  retry: async () => (await operator()).retryCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  apply: async () => (await import('./commands/plan.ts')).applyCommand(),
  pause: async () => (await operator()).laneCommand('pause'),
  resume: async () => (await operator()).laneCommand('resume'),
  webhooks: async () => (await import('./commands/webhooks.ts')).webhooksCommand(),
};

/** Commands of people who run or use a system: all of them speak with the control API. */
function operator() {
  return import('./commands/operator.ts');
}

// Before any command is loaded; the services that it starts find the folder in their environment.
process.env.NODE_COMPILE_CACHE ??= localFolders().compileCacheDir;
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const program = new Command('twoway')
  .description('Two-way sync between Prospect CRM and Unleashed')
  .showHelpAfterError();

try {
  // `complete -- tenants ro` needs only tenants.
  const [, , first = '', , second = '', ...more] = process.argv;
  const asked = COMMANDS[first === 'complete' && more.length > 0 ? second : first];
  // Help, mistakes and completion know every command.
  for (const load of asked === undefined ? Object.values(COMMANDS) : [asked]) program.addCommand(await load());
  if (asked === undefined || first === 'complete') {
    program.addCommand((await import('./commands/commands.ts')).commandsCommand(() => program.commands));
    // `complete bash`, `complete zsh`, `complete fish` print a script for the shell, which asks with `complete -- words`.
    (await import('@bomb.sh/tab/commander')).default(program);
    program.commands.at(-1)?.description('print a completion script for bash, zsh, fish or powershell');
  }
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.stderr, { json: process.argv.includes('--json') });
}
