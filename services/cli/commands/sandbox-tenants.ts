import { Command } from 'commander';
import { writeSandboxTenants } from '../supervisor/sandbox.ts';

/** `sandbox-tenants URL FILE`: the tenants file for a sandbox that runs elsewhere, as in docker-compose.yml. */
export function sandboxTenantsCommand(): Command {
  return new Command('sandbox-tenants')
    .description('write the tenants file of a running sandbox, with sync switched on')
    .argument('<url>', 'base URL of the sandbox, for example http://sandbox:8080')
    .argument('<file>', 'file to write')
    .option('--poll-seconds <n>', 'how often Unleashed is polled (default: what the sandbox says)', Number)
    .option('--json', 'print the result as JSON')
    .action(async (url: string, file: string, { pollSeconds, json }: { pollSeconds?: number; json?: boolean }) => {
      const ids = await writeSandboxTenants(url, file, pollSeconds === undefined ? {} : { pollSeconds });
      process.stdout.write(
        `${json === true ? JSON.stringify({ file, tenants: ids }) : `${file}: ${ids.join(', ')}`}\n`,
      );
    });
}
