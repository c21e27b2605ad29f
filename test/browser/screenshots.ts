/**
 * `node test/browser/screenshots.ts [FOLDER]`: a picture of each page of the console, and of the panel inside the made-up CRM, of
 * the system that runs on this machine (`npm start`), into docs/screenshots. Before that people do what there is to be seen: a
 * conflict, a website that Unleashed refuses, a retry that waits for approval, a comparison. It can be run again at any time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { localFolders } from '#local-stack';
import { launchBrowser } from '#test/support/browser.ts';
import { until } from '#test/support/until.ts';
import { askApi, findApi } from '../../services/cli/control-client.ts';
import { createSandboxClient } from '../../services/cli/sandbox-client/client.ts';
import { companyPairs } from '../../services/cli/sandbox-client/pairs.ts';
import { readUpState, systemHome } from '../../services/cli/supervisor/home.ts';

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '..', '..', 'docs', 'screenshots');
const SIZE = { width: 1280, height: 800 };
const PATIENCE_MS = 60_000;

/** Pages of a tenant, in the order of the menu; a picture is called like its page. */
const PAGES = [
  ...['overview', 'fleet', 'records', 'conflicts', 'failing', 'drift', 'plans', 'settings', 'alignment', 'managers'],
  ...['audit', 'tenants', 'alerts'],
];
/** Those that are shown in dark colours as well. */
const DARK = ['overview', 'record'];

const api = findApi(process.env);
const ask = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> =>
  (await askApi(api, method, path, body)) as T;

const { tenants } = await ask<{ tenants: { tenantId: string; settings: { enabled: boolean } | null }[] }>(
  'GET',
  '/tenants',
);
const tenant = (tenants.find(({ settings }) => settings?.enabled === true) ?? tenants[0])?.tenantId ?? '';
const sandboxPort = readUpState(systemHome(localFolders().home))?.services.sandbox?.port;
if (sandboxPort === undefined) throw new Error('The pictures need the made-up systems: start them with npm start.');
const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
const sandbox = createSandboxClient(sandboxUrl);

/** What people do; gives the pages that are about one record or plan. */
async function prepare(): Promise<{ record: string; plan: string; contactId: string }> {
  const [pair, refused] = await companyPairs(sandbox, tenant);
  if (pair === undefined || refused === undefined) throw new Error('The made-up systems have no companies in common.');
  const sides = ['crm', 'unleashed'] as const;
  const order = (body: object) => ask('POST', `/tenants/${tenant}/requests`, body);
  const fieldsOf = async (id: string) => {
    const path = `/tenants/${tenant}/records/company/${encodeURIComponent(`c:${id}`)}`;
    return (await ask<{ fields: { field: string; state: string; crm: string; unleashed: string }[] }>('GET', path))
      .fields;
  };
  const shows = (id: string, is: (fields: Awaited<ReturnType<typeof fieldsOf>>) => boolean) =>
    until(async () => is(await fieldsOf(id)), { timeoutMs: PATIENCE_MS, what: 'what was done to be shown' });
  // Both sides edit the same field while nothing is written: a conflict.
  const ending = String(Date.now() % 1_000).padStart(3, '0');
  for (const side of sides) await order({ kind: 'pause', side });
  await sandbox.update(tenant, 'crm', 'companies', pair.crm.Id, { PhoneNumber: `+44 20 7946 0${ending}` });
  await sandbox.update(tenant, 'unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: `+44 117 496 0${ending}` });
  await shows(pair.crm.Id, (fields) =>
    fields.some(({ crm, unleashed }) => crm.endsWith(ending) && unleashed.endsWith(ending)),
  );
  for (const side of sides) await order({ kind: 'resume', side });
  await shows(pair.crm.Id, (fields) => fields.every(({ state }) => state !== 'waiting'));
  await sandbox.update(tenant, 'crm', 'companies', refused.crm.Id, { Website: 'see our brochure' });
  await shows(refused.crm.Id, (fields) => fields.some(({ state }) => state === 'stopped'));
  await order({ kind: 'check-drift' }).catch(() => undefined);
  const { planId } = await ask<{ planId: string }>('POST', `/tenants/${tenant}/plans`, {
    kind: 'restore',
  });
  const { records } = await ask<{ records: { crmId: string }[] }>(
    'GET',
    `/tenants/${tenant}/records?entity=contact&reason=not-in-unleashed&limit=1`,
  );
  return {
    record: `records/company/${encodeURIComponent(`c:${refused.crm.Id}`)}`,
    plan: `plans/${planId}`,
    contactId: records[0]?.crmId ?? '',
  };
}

const prepared = await prepare();
mkdirSync(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  const light = await browser.newContext({ viewport: SIZE, colorScheme: 'light' });
  for (const path of PAGES) await takeOf(light, path, path);
  for (const name of ['record', 'plan'] as const) await takeOf(light, name, prepared[name]);
  const panel = await light.newPage();
  await panel.goto(`${sandboxUrl}/pages/crm?tenant=${tenant}&crm=contacts/${prepared.contactId}`);
  await panel.frameLocator('iframe[title="Sync to Unleashed"]').getByRole('button').first().waitFor();
  // The contact's page; the list beside it says nothing here.
  await take(panel, 'panel', { x: 820, y: 38, width: 460, height: 540 });
  const dark = await browser.newContext({ viewport: SIZE, colorScheme: 'dark' });
  for (const name of DARK) await takeOf(dark, `${name}-dark`, name === 'record' ? prepared.record : name);
} finally {
  await browser.close();
}

/** A picture of a page of the tenant. */
async function takeOf(context: BrowserContext, name: string, path: string): Promise<void> {
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const session = JSON.stringify({ token: api.token, expiresAt: null });
  await page.addInitScript(`sessionStorage.setItem('twoway-session', ${JSON.stringify(session)})`);
  await page.goto(`${api.url}/t/${tenant}/${path}`);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await take(page, name);
  await page.close();
}

interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture of what is to be seen, once nothing is loading any more. */
async function take(page: Page, name: string, clip?: Clip): Promise<void> {
  const loading = page.locator('[aria-busy="true"], .mantine-Skeleton-root');
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), ...(clip === undefined ? {} : { clip }) });
  process.stdout.write(`${name}.png\n`);
}
