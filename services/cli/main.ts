import { Command } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { docsCommand } from './commands/docs.ts';
import { replayCommand } from './commands/replay.ts';
import { sandboxTenantsCommand } from './commands/sandbox-tenants.ts';
import { serviceCommand } from './commands/service.ts';
import { setupCommand } from './commands/setup.ts';
import { simulateCommand } from './commands/simulate.ts';
import { stackCommand } from './commands/stack.ts';
import { topicsCommand } from './commands/topics.ts';
import { upCommand } from './commands/up.ts';
import { reportError } from './report-error.ts';

/** The command line of the project. Each command lives in a file of its own under commands/. */
const program = new Command('two-way-sync')
  .description('Two-way sync between Prospect CRM and Unleashed')
  .showHelpAfterError()
  .addCommand(upCommand())
  .addCommand(demoCommand())
  .addCommand(benchCommand())
  .addCommand(docsCommand())
  .addCommand(checkCommand())
  .addCommand(replayCommand())
  .addCommand(sandboxTenantsCommand())
  .addCommand(serviceCommand())
  .addCommand(setupCommand())
  .addCommand(simulateCommand())
  .addCommand(stackCommand())
  .addCommand(topicsCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.stderr);
}
