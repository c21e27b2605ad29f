import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { throwMistakes } from './usage.ts';

const MANIFEST = new URL('../../package.json', import.meta.url);

/**
 * The command line of the project, in the groups in which its help shows it. Each command lives in a file of its own under
 * commands/ and is loaded when it is asked for: most need only a part of what all of them together import.
 */
const GROUPS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  'On this machine:': {
    up: async () => (await import('./commands/up.ts')).upCommand(),
    status: async () => (await import('./commands/status.ts')).statusCommand(),
    down: async () => (await import('./commands/status.ts')).downCommand(),
    demo: async () => (await import('./commands/demo.ts')).demoCommand(),
    'sign-in': async () => (await operator()).signInCommand(),
  },
  'Tenants and their settings:': {
    tenants: async () => (await import('./commands/tenants.ts')).tenantsCommand(),
    settings: async () => (await operator()).settingsCommand(),
    preview: async () => (await operator()).previewCommand(),
    check: async () => (await import('./commands/check.ts')).checkCommand(),
    webhooks: async () => (await import('./commands/webhooks.ts')).webhooksCommand(),
  },
  'How things stand, and why:': {
    records: async () => (await operator()).recordsCommand(),
    explain: async () => (await operator()).explainCommand(),
    failing: async () => (await operator()).failingCommand(),
    conflicts: async () => (await operator()).conflictsCommand(),
    overnight: async () => (await operator()).overnightCommand(),
    drift: async () => (await import('./commands/drift.ts')).driftCommand(),
  },
  'Orders:': {
    'sync-contact': async () => (await operator()).syncContactCommand(),
    'use-existing': async () => (await operator()).useExistingCommand(),
    'make-in-crm': async () => (await operator()).makeInCrmCommand(),
    restore: async () => (await operator()).restoreCommand(),
    retry: async () => (await operator()).retryCommand(),
    pause: async () => (await operator()).laneCommand('pause'),
    resume: async () => (await operator()).laneCommand('resume'),
    plan: async () => (await import('./commands/plan.ts')).planCommand(),
    apply: async () => (await import('./commands/plan.ts')).applyCommand(),
  },
  'Servers and topics:': {
    stack: async () => (await import('./commands/stack.ts')).stackCommand(),
    topics: async () => (await import('./commands/topics.ts')).topicsCommand(),
    replay: async () => (await import('./commands/replay.ts')).replayCommand(),
    setup: async () => (await import('./commands/setup.ts')).setupCommand(),
    grow: async () => (await import('./commands/grow.ts')).growCommand(),
    service: async () => (await import('./commands/service.ts')).serviceCommand(),
    'sandbox-tenants': async () => (await import('./commands/sandbox-tenants.ts')).sandboxTenantsCommand(),
  },
  'Measuring and trying to break it:': {
    bench: async () => (await import('./commands/bench.ts')).benchCommand(),
    capacity: async () => (await import('./commands/capacity.ts')).capacityCommand(),
    simulate: async () => (await import('./commands/simulate.ts')).simulateCommand(),
    chaos: async () => (await import('./commands/chaos.ts')).chaosCommand(),
    docs: async () => (await import('./commands/docs.ts')).docsCommand(),
  },
};

/**
 * The program with what it takes to understand these words: one command, or all of them for help, mistakes and completion.
 * It throws UsageError where it is used wrongly; see `usage.ts`.
 */
export async function createProgram([first = '', second = '', ...more]: readonly string[]): Promise<Command> {
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
  const program = new Command('twoway').description('Two-way sync between Prospect CRM and Unleashed').version(version);
  // `complete -- tenants ro` needs only tenants.
  const asked = first === 'complete' && more.length > 0 ? second : first;
  const groups = Object.entries(GROUPS).map(([group, commands]) => ({ group, commands: Object.entries(commands) }));
  const isKnown = groups.some(({ commands }) => commands.some(([name]) => name === asked));
  for (const { group, commands } of groups) {
    for (const [name, load] of commands) {
      if (!isKnown || name === asked) program.addCommand((await load()).helpGroup(group));
    }
  }
  throwMistakes(program);
  if (!isKnown || first === 'complete') await addHelpers(program);
  return program;
}

/** What is about the commands themselves. */
async function addHelpers(all: Command): Promise<void> {
  const helpers = await import('./commands/commands.ts');
  all.commandsGroup('This command line:').helpCommand('help [command]', 'what a command takes');
  all.addCommand(helpers.commandsCommand(() => all.commands));
  await helpers.addCompletion(all);
  throwMistakes(all);
}

/** Commands of people who run or use a system: all of them speak with the control API. */
function operator() {
  return import('./commands/operator.ts');
}
