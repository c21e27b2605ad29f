import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Argument, Command } from 'commander';
import { localFolders } from '#local-stack';
import { SystemError } from '../supervisor/errors.ts';
import { readUpState, systemHome } from '../supervisor/home.ts';
import { entryOf, SERVICE_NAMES, type ServiceName } from '../supervisor/plan.ts';

/**
 * `service NAME`: one service in this process, with the environment of the system that runs. To debug it:
 * `node --inspect services/cli/main.ts service sync-processor`.
 */
export function serviceCommand(): Command {
  return new Command('service')
    .description('run one service in the foreground with the environment of the running system, to debug it')
    .addArgument(new Argument('<name>', 'which one').choices(SERVICE_NAMES))
    .option('--port <port>', 'its port; default any free one, since the running system has the usual one', '0')
    .action((name: ServiceName, { port }: { port: string }) => runHere(name, port));
}

async function runHere(service: ServiceName, port: string): Promise<void> {
  const home = systemHome(localFolders().home);
  const state = readUpState(home);
  const env = state?.services[service]?.env;
  if (env === undefined || !existsSync(entryOf(service))) {
    throw new SystemError('NOT_RUNNING', `No running system that has ${service} was found in ${home.folder}.`, {
      hint: 'Run "npm start" in another terminal first; its servers, topics and tenants are then used.',
    });
  }
  Object.assign(process.env, env, { PORT: port, HOST: '127.0.0.1' });
  // The service takes over this process: its signals, its exit code.
  await import(pathToFileURL(entryOf(service)).href);
}
