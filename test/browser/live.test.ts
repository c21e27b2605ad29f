/** Changes arrive while a person looks at a list or types into a form. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { holds, rowWith, shows, TENANT, useDesk } from './kit.ts';

const desk = useDesk();
const field = (page: Page, label: string) => page.locator('record-panel').getByLabel(label, { exact: true });
const say = (page: Page) => page.locator('.panel .say');
const isLive = (page: Page) => shows(page.locator('live-light').first(), 'Live');

it('a change through the CRM’s API shows in its row, without moving it', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}`);
  const [row] = await desk.list('crm/companies?limit=1&offset=2&sort=Name');
  await rowWith(page, String(row!.Name)).waitFor();
  await isLive(page);
  const before = await rowWith(page, String(row!.Name)).boundingBox();
  await desk.patchCrm(`/Divisions(${row!.Id})`, { PhoneNumber: '+64 9 111 2222' });
  await shows(rowWith(page, String(row!.Name)), '+64 9 111 2222');
  await shows(rowWith(page, String(row!.Name)), 'changed by the API just now');
  expect(await rowWith(page, String(row!.Name)).getAttribute('class')).toContain('flash');
  expect(await rowWith(page, String(row!.Name)).boundingBox()).toEqual(before);
});

it('a change through Unleashed’s API, and one by another person, show in their rows', async () => {
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}`);
  const [first, second] = await desk.list('unleashed/companies?limit=2');
  await rowWith(page, String(first!.CustomerCode)).waitFor();
  await isLive(page);
  await desk.postCustomer(first!.Id, {
    CustomerCode: first!.CustomerCode,
    CustomerName: 'Renamed by the API',
    Addresses: [],
  });
  await shows(rowWith(page, String(first!.CustomerCode)), 'Renamed by the API');
  await shows(rowWith(page, String(first!.CustomerCode)), 'changed by the API just now');
  await desk.control('PATCH', `tenants/${TENANT}/unleashed/companies/${second!.Id}`, { PhoneNumber: '12345' });
  await shows(rowWith(page, String(second!.CustomerCode)), 'changed by a person just now');
});

it('a record that is added is announced and leads to itself; one that is deleted is marked', async () => {
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}&unleashed=contacts`);
  const [company] = await desk.list('unleashed/companies?limit=1');
  const contacts = await desk.list('unleashed/contacts');
  await isLive(page);
  await shows(page.locator('.list h1'), String(contacts.length));
  const path = `tenants/${TENANT}/unleashed/contacts`;
  await desk.control('POST', path, { CustomerGuid: company!.Id, FirstName: 'Nina', LastName: 'Newcomer' });
  await shows(page.locator('.news'), 'Nina Newcomer was added by a person just now');
  await shows(page.locator('.list h1'), String(contacts.length + 1));
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await shows(page.locator('.panel h2'), 'Nina Newcomer');
  const gone = contacts[0]!;
  await desk.control('DELETE', `${path}/${gone.Id}`);
  await shows(page.locator('.list tbody tr.gone'), 'Deleted');
});

it('a change underneath an open form: untouched fields follow, what is typed stays until the person decides', async () => {
  const [row] = await desk.list('crm/companies?limit=1&offset=1');
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=companies/${row!.Id}`);
  await holds(field(page, 'Phone'), String(row!.PhoneNumber ?? ''));
  await isLive(page);
  await field(page, 'Phone').fill('typed by hand');
  await desk.patchCrm(`/Divisions(${row!.Id})`, { PhoneNumber: '0800 API', Website: 'https://underneath.example' });
  await holds(field(page, 'Website'), 'https://underneath.example');
  await shows(say(page), 'Phone, Website changed by the API just now. What you typed is kept.');
  await holds(field(page, 'Phone'), 'typed by hand');
  await shows(page.locator('field-row.half', { hasText: 'Phone' }), 'Now “0800 API”');
  await page.getByRole('button', { name: 'Use that' }).click();
  await holds(field(page, 'Phone'), '0800 API');
  await field(page, 'Phone').fill('typed again');
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(say(page), 'Saved.');
  expect(await desk.list(`crm/companies?search=typed again`)).toMatchObject([
    { Website: 'https://underneath.example' },
  ]);
});

it('a record that is deleted underneath an open form says so and keeps what was typed', async () => {
  const [row] = (await desk.list('unleashed/contacts')).slice(-1);
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}&unleashed=contacts/${row!.Id}`);
  await field(page, 'Fax number').fill('typed');
  await isLive(page);
  await desk.control('DELETE', `tenants/${TENANT}/unleashed/contacts/${row!.Id}`);
  await shows(say(page), 'Deleted by a person just now');
  await holds(field(page, 'Fax number'), 'typed');
});

it('what was typed is not given up unasked', async () => {
  const [row] = await desk.list('crm/companies?limit=1');
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=companies/${row!.Id}`);
  await field(page, 'Phone').fill('not yet saved');
  await page.getByRole('link', { name: 'Contacts' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
  await holds(field(page, 'Phone'), 'not yet saved');
  await field(page, 'Phone').press('Escape');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
  await page.getByLabel('Tenant').selectOption('tenant-002');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
  await expect.poll(() => page.getByLabel('Tenant').inputValue()).toBe(TENANT);
  await holds(field(page, 'Phone'), 'not yet saved');
  await page.getByRole('link', { name: 'Contacts' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Give it up' }).click();
  await shows(page.locator('.list h1'), 'Contacts');
});

it('a sandbox that is gone is said, on the light and where something is tried', async () => {
  desk.expectComplaint(/ERR_|Failed to load/);
  const [row] = await desk.list('crm/companies?limit=1');
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=companies/${row!.Id}`);
  await field(page, 'Phone').fill('777');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(say(page), 'The sandbox does not answer. Is it running?');
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(say(page), 'Saved.');
});

it('what happened while the stream was broken is caught up', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}`);
  const [row] = await desk.list('crm/companies?limit=1&offset=3&sort=Name');
  await rowWith(page, String(row!.Name)).waitFor();
  await isLive(page);
  desk.running().sandbox.endStreams();
  await desk.patchCrm(`/Divisions(${row!.Id})`, { PhoneNumber: 'while away' });
  await shows(rowWith(page, String(row!.Name)), 'while away');
  await isLive(page);
});

it('many changes at once show at once, each in its place', async () => {
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}&unleashed=contacts`);
  const contacts = await desk.list('unleashed/contacts?sort=LastName');
  await page.locator('.list tbody tr').first().waitFor();
  await isLive(page);
  expect(contacts.length).toBeGreaterThan(3);
  for (const { Id } of [...contacts, ...contacts, ...contacts]) {
    const fields = { FirstName: 'All at once', LastName: Id.slice(0, 8) };
    await desk.control('PATCH', `tenants/${TENANT}/unleashed/contacts/${Id}`, fields);
  }
  await expect.poll(() => rowWith(page, 'All at once').count()).toBe(contacts.length);
});

it('a list without records says so, and the first one appears by itself', async () => {
  const base = 'tenants/tenant-002/unleashed';
  const { items } = (await desk.control('GET', `${base}/contacts`)) as {
    items: { Id: string; CustomerGuid: string }[];
  };
  for (const { Id } of items) await desk.control('DELETE', `${base}/contacts/${Id}`);
  const page = await desk.open('/pages/unleashed?tenant=tenant-002&unleashed=contacts');
  await shows(page.locator('.rows'), 'There are no contacts yet.');
  await isLive(page);
  const fields = { CustomerGuid: items[0]!.CustomerGuid, FirstName: 'Fiona', LastName: 'First' };
  await desk.control('POST', `${base}/contacts`, fields);
  await rowWith(page, 'Fiona First').waitFor();
});
