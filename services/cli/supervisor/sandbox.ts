/** How the sandbox is started, and how the services come to know its tenants. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SystemError } from './errors.ts';
import type { SystemHome } from './home.ts';

/** How a sandbox is made up. */
export interface SandboxSetup {
  /** Made-up tenants `tenant-001`, …; 0 for the three lifelike ones. Default 0. */
  readonly tenants?: number;
  /** Companies in each of those. Default 50. */
  readonly companies?: number;
  /** Seconds between polls of Unleashed that the tenants file asks for. Default: what the sandbox says. */
  readonly pollSeconds?: number;
  /** Whether Unleashed sends webhooks. Default true. */
  readonly webhooks?: boolean;
}

/** Calls a month that make polls every second affordable: trying things out is not about saving calls. */
const MONTHLY_CALLS = 10_000_000;
const CALL_TIMEOUT_MS = 10_000;

/** What the sandbox is started with: where its data are, and where its change events and webhooks go. */
export function sandboxEnv(
  home: SystemHome,
  setup: SandboxSetup,
  ports: { capture: number; connector: number },
): Record<string, string> {
  return {
    SANDBOX_DATA_DIR: home.sandboxDir,
    CRM_HOOK_BASE_URL: `http://127.0.0.1:${ports.capture}`,
    ...(setup.webhooks === false ? {} : { UNLEASHED_HOOK_BASE_URL: `http://127.0.0.1:${ports.connector}` }),
    ...(setup.tenants === undefined ? {} : { SANDBOX_TENANTS: String(setup.tenants) }),
    ...(setup.companies === undefined ? {} : { SANDBOX_COMPANIES: String(setup.companies) }),
  };
}

const tenantsYaml = z.looseObject({
  tenants: z.array(z.looseObject({ id: z.string(), unleashed: z.looseObject({}) })),
});

/**
 * Takes the tenants file from the sandbox, switches sync on in it, and puts it where the services look for it.
 *
 * @returns ids of the tenants
 * @throws SystemError NO_SANDBOX
 */
export async function writeSandboxTenants(baseUrl: string, file: string, setup: SandboxSetup): Promise<string[]> {
  const text = await ask(`${baseUrl}/control/tenants.yaml`);
  const { tenants } = tenantsYaml.parse(parse(text));
  for (const { id } of tenants) {
    await ask(`${baseUrl}/control/tenants/${id}/quota`, { method: 'PATCH', body: { monthlyCalls: MONTHLY_CALLS } });
  }
  const written = tenants.map((tenant) => ({
    ...tenant,
    unleashed: {
      ...tenant.unleashed,
      monthlyCalls: MONTHLY_CALLS,
      ...(setup.pollSeconds === undefined ? {} : { pollSeconds: setup.pollSeconds }),
    },
    // The made-up systems were filled apart: nobody is to be asked before they are the same.
    sync: { enabled: true, addresses: true, breakerShare: 100 },
  }));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, stringify({ tenants: written }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return tenants.map(({ id }) => id);
}

async function ask(url: string, options: { method?: string; body?: unknown } = {}): Promise<string> {
  let said: string;
  try {
    const response = await fetch(url, {
      method: options.method ?? 'GET',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      ...(options.body === undefined
        ? {}
        : { body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (response.ok) return text;
    said = `${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    said = error instanceof Error ? error.message : String(error);
  }
  throw new SystemError('NO_SANDBOX', `There is no sandbox at ${url} (${said}).`, {
    hint: 'Check its address, and that it runs.',
  });
}
