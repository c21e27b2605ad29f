/** The whole chain as a person sees it: an edit on one system's page shows on the other's, side by side. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '#test/support/browser.ts';
import { useStack } from '#test/support/stack.ts';
import { companyPairs } from '../../services/cli/sandbox-client/pairs.ts';
import { startTestSystem, type TestSystem } from './system.ts';

const servers = useStack();
const PATIENCE_MS = 45_000;
let chain: TestSystem;
let browser: Browser;

beforeAll(async () => {
  chain = await startTestSystem('pages', servers);
  await chain.agreed();
  browser = await launchBrowser();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await chain?.stop();
}, 60_000);

const phoneIn = (page: Page, side: string) =>
  page.locator(`system-app[side="${side}"] record-panel`).getByLabel(/^Phone/);

it('a phone number edited in the CRM shows in Unleashed, and the other way round', async () => {
  const tenant = chain.tenants[0]!;
  const [pair] = await companyPairs(chain.sandbox, tenant);
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  const query = new URLSearchParams({
    tenant,
    crm: `companies/${pair!.crm.Id}`,
    unleashed: `companies/${pair!.unleashed.Id}`,
  });
  await page.goto(`${chain.system.urlOf('sandbox')}/pages/both?${query}`);
  for (const [here, there, phone] of [
    ['crm', 'unleashed', '+44 20 7946 0111'],
    ['unleashed', 'crm', '+44 20 7946 0222'],
  ] as const) {
    const own = page.locator(`system-app[side="${here}"]`);
    await phoneIn(page, here).fill(phone);
    await own.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => own.locator('.say').textContent()).toContain('Saved.');
    await expect.poll(() => phoneIn(page, there).inputValue(), { timeout: PATIENCE_MS }).toBe(phone);
    const said = page.locator(`system-app[side="${there}"] .say`);
    await expect.poll(() => said.textContent()).toMatch(/^Phone.* changed by the API just now/);
  }
  expect(complaints).toEqual([]);
}, 150_000);
