/** The pages as a whole: side by side, the start page, the tenant, the keyboard, and what assistive programs are told. */

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import { holds, rowWith, shows, TENANT, useDesk } from './kit.ts';

const desk = useDesk({ companies: 1500 });
const app = (page: Page, side: string) => page.locator(`system-app[side="${side}"]`);

it('the start page leads to every page', async () => {
  const page = await desk.open('/');
  for (const [name, heading] of [
    ['Side by side', 'Companies'],
    ['Prospect CRM', 'Companies'],
    ['Unleashed', 'Customers'],
    ['Operator', 'API calls'],
  ] as const) {
    await page.goto(desk.running().url);
    await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
    await shows(page.getByRole('heading', { level: 1 }).first(), heading);
  }
});

it('side by side: the same record opens on both sides, and a change on one shows there at once', async () => {
  const [customer] = (await desk.list('crm/companies')).filter(({ SalesLedger }) => SalesLedger !== null);
  const page = await desk.open(`/pages/both?tenant=${TENANT}`);
  await app(page, 'crm').getByRole('searchbox').fill(String(customer!.Name));
  await rowWith(app(page, 'crm'), String(customer!.Name)).first().click();
  await holds(app(page, 'crm').getByLabel('Name *'), String(customer!.Name));
  const code = String((customer!.SalesLedger as Record<string, unknown>).CustomerCode);
  await shows(app(page, 'unleashed').locator('.panel header'), code);
  await desk.patchCrm(`/Divisions(${customer!.Id})`, { Name: 'Seen at once' });
  await holds(app(page, 'crm').getByLabel('Name *'), 'Seen at once');
  // Back closes both. The other way round, by a contact.
  await page.goBack();
  await expect.poll(() => page.locator('record-panel').count()).toBe(0);
  await app(page, 'unleashed').getByRole('link', { name: 'Contacts' }).click();
  const contact = app(page, 'unleashed').locator('.list tbody a').first();
  const name = String(await contact.textContent());
  await contact.click();
  await shows(app(page, 'unleashed').locator('.panel h2'), name);
  await shows(app(page, 'crm').locator('.panel h2'), name);
  // What is typed on the other side is left alone.
  await app(page, 'crm').getByLabel('Phone', { exact: true }).fill('typed');
  await app(page, 'unleashed').getByRole('button', { name: 'Close' }).click();
  await app(page, 'unleashed').locator('.list tbody a').nth(1).click();
  await shows(app(page, 'unleashed').locator('.panel h2'), /./);
  await holds(app(page, 'crm').getByLabel('Phone', { exact: true }), 'typed');
});

it('thousands of records come by pages', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=contacts`);
  const { total } = (await desk.control('GET', `tenants/${TENANT}/crm/contacts?limit=1`)) as { total: number };
  expect(total).toBeGreaterThan(2000);
  await shows(page.locator('.pager'), `1 to 50 of ${total}`);
  await page.getByRole('button', { name: 'Next' }).click();
  await shows(page.locator('.pager'), `51 to 100 of ${total}`);
  expect(await page.locator('.list tbody tr').count()).toBe(50);
});

it('another tenant has other records; an unknown one is said, with a way on', async () => {
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}`);
  await page.getByLabel('Tenant').selectOption('tenant-002');
  const [row] = (
    (await desk.control('GET', 'tenants/tenant-002/unleashed/companies?limit=1')) as {
      items: { CustomerName: string }[];
    }
  ).items;
  await rowWith(page, row!.CustomerName).first().waitFor();
  await page.goto(`${desk.running().url}/pages/unleashed?tenant=nobody`);
  await shows(page.getByRole('heading', { level: 1 }), 'There is no tenant “nobody”');
  await page.getByRole('button', { name: 'tenant-001' }).or(page.locator('.choices a').first()).first().click();
  await shows(page.locator('.list h1'), 'Customers');
});

it('a record that is not there, and a collection without records, are said', async () => {
  desk.expectComplaint(/404/);
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=companies/999999`);
  await shows(page.locator('.panel'), 'There is no such company');
});

it('everything can be done by keyboard', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}`);
  await page.locator('.list tbody tr').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(`document.activeElement?.className`)).toBe('home');
  await page.locator('.masthead a').first().focus();
  await page.keyboard.press('/');
  expect(await page.evaluate(`document.activeElement?.getAttribute('type')`)).toBe('search');
  await page.keyboard.press('ArrowDown');
  const first = await page.evaluate(`document.activeElement?.textContent`);
  await page.keyboard.press('ArrowDown');
  const second = await page.evaluate(`document.activeElement?.textContent`);
  expect(second).not.toBe(first);
  await page.keyboard.press('Enter');
  await shows(page.locator('.panel h2'), String(second));
  await expect.poll(() => page.evaluate(`document.activeElement?.tagName`)).toBe('H2');
  await page.locator('record-panel').getByLabel('Phone', { exact: true }).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('by keys');
  await page.keyboard.press('Enter');
  await shows(page.locator('.panel .say'), 'Saved.');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('record-panel').count()).toBe(0);
  expect(await page.evaluate(`document.activeElement?.textContent`)).toBe(second);
});

it('the address of the page says what is shown: reload and back keep it', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}`);
  await page.getByRole('link', { name: 'Users' }).click();
  await shows(page.locator('.list h1'), 'Users');
  const link = page.locator('.list tbody a').first();
  const name = String(await link.textContent());
  await link.click();
  await shows(page.locator('.panel h2'), name);
  await page.reload();
  await shows(page.locator('.panel h2'), name);
  await page.goBack();
  await expect.poll(() => page.locator('record-panel').count()).toBe(0);
  await shows(page.locator('.list h1'), 'Users');
});

it.each(['crm', 'unleashed', 'both'])('nothing jumps while /pages/%s loads with a record open', async (path) => {
  const [company] = await desk.list('crm/companies?limit=1');
  const [customer] = await desk.list('unleashed/companies?limit=1');
  const query = `tenant=${TENANT}&crm=companies/${company!.Id}&unleashed=companies/${customer!.Id}`;
  const page = await desk.open(`/pages/${path}?${query}`);
  await page.locator('field-row input').first().waitFor();
  await page.locator('.list tbody tr').first().waitFor({ state: 'attached' });
  await page.locator('child-list li').first().waitFor({ state: 'attached' });
  const shift = await page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) => resolve(
    list.getEntries().reduce((sum, { value }) => sum + value, 0))).observe({ type: 'layout-shift', buffered: true })
    ?? setTimeout(() => resolve(0), 500))`);
  // What browsers' makers call good is 0.1.
  expect(shift).toBeLessThan(0.02);
});

it('nothing but own files may run: the policy names no unsafe source', async () => {
  for (const path of ['/', '/pages/crm', '/pages/both', '/pages/operator', '/pages/system.js']) {
    const response = await fetch(`${desk.running().url}${path}`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect([path, response.status]).toEqual([path, 200]);
    expect(policy).toContain(`default-src 'none'`);
    expect(policy).not.toMatch(/unsafe/);
  }
  const hidden = await fetch(`${desk.running().url}/pages/tsconfig.json`);
  expect(hidden.status).toBe(404);
});

it.each(
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    [
      '/',
      '/pages/crm?crm=contacts/1001',
      '/pages/unleashed?unleashed=contacts/new',
      '/pages/both',
      '/pages/operator?view=faults',
      '/pages/operator?view=switches',
    ].map((path) => [colorScheme, path] as const),
  ),
)('axe finds nothing serious, %s, at %s', async (colorScheme, path) => {
  const page = await desk.open(path, { colorScheme, reducedMotion: 'reduce' });
  await page.locator('h1').first().waitFor();
  if (path.includes('/contacts')) await page.locator('field-row input').first().waitFor();
  const found = await seriousFindings(page);
  expect(found).toEqual([]);
});
