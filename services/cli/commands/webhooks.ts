import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { loadConfig, loadTenants, outboundConfig, type Tenant } from '#runtime';
import { createUnleashedClient } from '#unleashed';
import { carryOut, type WebhooksAction } from '../webhooks/carry-out.ts';
import { WebhooksError } from '../webhooks/error.ts';

const CALL_TIMEOUT_MS = 15_000;
const ACTIONS: readonly WebhooksAction[] = ['list', 'subscribe', 'renew', 'remove'];

interface Options {
  tenants: string;
  tenant: string;
  url?: string;
  keyFile?: string;
  json?: boolean;
}

/** `webhooks list|subscribe|renew|remove`: Unleashed's webhook subscriptions of one tenant. Without one, polls do the work. */
export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description("see, make, renew or remove a tenant's webhook subscription in Unleashed")
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .requiredOption('--tenants <file>', 'the tenants file')
    .requiredOption('--tenant <id>', 'the tenant')
    .option('--url <url>', 'where Unleashed delivers to: https://<connector>/hooks/unleashed/<tenant>')
    .option('--key-file <file>', 'file that gets the signature key; it is shown by Unleashed only once')
    .option('--json', 'print the result as JSON')
    .action(async (action: WebhooksAction, options: Options) => {
      const tenant = await tenantOf(options);
      const client = createUnleashedClient({
        baseUrl: tenant.unleashed.baseUrl,
        apiId: tenant.unleashed.apiId,
        apiKey: tenant.unleashed.apiKey.reveal(),
        timeoutMs: CALL_TIMEOUT_MS,
        outbound: loadConfig({ outbound: outboundConfig }, process.env).outbound,
      });
      try {
        const notificationUrl = action === 'list' ? '' : urlOf(options);
        const keyFile = action === 'subscribe' || action === 'renew' ? keyFileOf(options) : '';
        const { lines } = await carryOut(client, { action, notificationUrl, keyFile });
        process.stdout.write(`${options.json === true ? JSON.stringify({ lines }) : lines.join('\n')}\n`);
      } finally {
        await client.close();
      }
    });
}

async function tenantOf({ tenants: file, tenant: id }: Options): Promise<Tenant> {
  const { tenants } = await loadTenants(resolve(file), process.env);
  const tenant = tenants.find((one) => one.id === id);
  if (tenant !== undefined) return tenant;
  throw new WebhooksError(
    'TENANT_UNKNOWN',
    `There is no tenant ${id} in ${file}.`,
    `Name one of: ${tenants.map((one) => one.id).join(', ')}.`,
  );
}

function urlOf({ url = '' }: Options): string {
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return url;
  throw new WebhooksError(
    'URL_MISSING',
    'Unleashed delivers to an https address only.',
    'Give it with --url, such as https://sync.example.com/hooks/unleashed/acme.',
  );
}

function keyFileOf({ keyFile = '' }: Options): string {
  if (keyFile !== '') return resolve(keyFile);
  throw new WebhooksError(
    'KEY_FILE_MISSING',
    'The signature key needs a place to be kept in.',
    'Give a file with --key-file, such as --key-file secrets/acme-unleashed-hook.',
  );
}
