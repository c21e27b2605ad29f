/**
 * `node test/browser/screenshots.ts [FOLDER]`: a picture of each page of the console, and of the panel inside the made-up CRM, of
 * the system that runs on this machine (`npm start`), into docs/screenshots. The pictures of the documentation are made so.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from '#test/support/browser.ts';
import { askApi, findApi } from '../../services/cli/control-client.ts';

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '..', '..', 'docs', 'screenshots');
const PATIENCE_MS = 60_000;

/** Pages of a tenant, by the name of their picture. */
const PAGES: Readonly<Record<string, string>> = {
  overview: 'overview',
  fleet: 'fleet',
  records: 'records',
  conflicts: 'conflicts',
  failing: 'failing',
  settings: 'settings',
  alignment: 'alignment',
  plans: 'plans',
  drift: 'drift',
  managers: 'managers',
  alerts: 'alerts',
  audit: 'audit',
};

interface Listed {
  readonly tenants: readonly { readonly tenantId: string; readonly settings: { readonly enabled: boolean } | null }[];
}
interface Records {
  readonly records: readonly { readonly entity: string; readonly id: string; readonly crmId: string | null }[];
}

const api = findApi(process.env);
const { tenants } = (await askApi(api, 'GET', '/tenants')) as Listed;
const tenant = (tenants.find(({ settings }) => settings?.enabled === true) ?? tenants[0])?.tenantId ?? '';
const listed = (await askApi(api, 'GET', `/tenants/${tenant}/records?entity=company&state=in-sync&limit=1`)) as Records;
mkdirSync(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const session = JSON.stringify({ token: api.token, expiresAt: null });
  await context.addInitScript(`sessionStorage.setItem('twoway-session', ${JSON.stringify(session)})`);
  const page = await context.newPage();
  const addresses = new Map(Object.entries(PAGES).map(([name, path]) => [name, `/t/${tenant}/${path}`]));
  addresses.set('tenants', '/tenants');
  for (const { entity, id } of listed.records) {
    addresses.set('record', `/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`);
  }
  for (const [name, address] of addresses) {
    await page.goto(`${api.url}${address}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await take(page, name);
  }
} finally {
  await browser.close();
}

/** A picture of what is to be seen, once nothing is loading any more. */
async function take(page: Page, name: string): Promise<void> {
  const loading = page.locator('[aria-busy="true"], .mantine-Skeleton-root');
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' });
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  process.stdout.write(`${name}.png\n`);
}
