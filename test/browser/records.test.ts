/** People at the pages of the two systems: list, search, edit, add, delete; text stays text; refusals are said. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { holds, rowWith, shows, TENANT, useDesk } from './kit.ts';

const desk = useDesk({ companies: 60 });

const field = (page: Page, label: string) => page.locator('record-panel').getByLabel(label, { exact: true });
const panel = (page: Page) => page.locator('record-panel');
const say = (page: Page) => page.locator('.panel .say');
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

describe.each([
  { side: 'crm', name: 'Name', one: 'company', title: 'Companies', phone: 'Phone' },
  { side: 'unleashed', name: 'Customer name', one: 'customer', title: 'Customers', phone: 'Phone number' },
] as const)('companies in $side', ({ side, name, one, title, phone }) => {
  const nameField = side === 'crm' ? 'Name' : 'CustomerName';

  it('are listed by pages, searched and found', async () => {
    const all = (await desk.control('GET', `tenants/${TENANT}/${side}/companies?limit=1`)) as { total: number };
    const page = await desk.open(`/pages/${side}`);
    await shows(page.locator('.list h1'), `${title} ${all.total}`);
    expect(await page.locator('.list tbody tr').count()).toBe(Math.min(50, all.total));
    if (all.total > 50) {
      await press(page, 'Next');
      await shows(page.locator('.pager'), `51 to ${all.total} of ${all.total}`);
      await press(page, 'Previous');
    }
    const [wanted] = await desk.list(`${side}/companies?limit=1&offset=7`);
    await page.getByRole('searchbox').fill(String(wanted![nameField]));
    await expect.poll(() => page.locator('.list tbody tr').count()).toBeLessThan(10);
    await shows(page.locator('.list tbody'), String(wanted![nameField]));
    await page.getByRole('searchbox').fill('nothing is called that');
    await shows(page.locator('.rows'), 'hold “nothing is called that”');
    await press(page, 'Show all');
    await expect.poll(() => page.locator('.list tbody tr').count()).toBe(Math.min(50, all.total));
  });

  it('are edited: only what was typed is written', async () => {
    const [row] = await desk.list(`${side}/companies?limit=1&offset=3`);
    const page = await desk.open(`/pages/${side}?tenant=${TENANT}&${side}=companies/${row!.Id}`);
    await holds(field(page, name + (side === 'crm' ? ' *' : ' *')), String(row![nameField]));
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await field(page, phone).fill('+64 9 555 0101');
    const sent = page.waitForRequest((request) => request.method() === 'PATCH');
    await press(page, 'Save');
    expect((await sent).postDataJSON()).toEqual({ PhoneNumber: '+64 9 555 0101' });
    await shows(say(page), 'Saved.');
    await shows(page.locator('.list tr.open'), '+64 9 555 0101');
    await shows(page.locator('.list tr.open'), 'changed by you just now');
  });

  it('are added, and a needed field that is blank is said', async () => {
    const page = await desk.open(`/pages/${side}?tenant=${TENANT}`);
    const all = (await desk.control('GET', `tenants/${TENANT}/${side}/companies?limit=1`)) as { total: number };
    await press(page, `New ${one}`);
    await press(page, `Add ${one}`);
    await shows(panel(page), /is needed/);
    if (side === 'unleashed') await field(page, 'Customer code *').fill('NEW001');
    await field(page, `${name} *`).fill('Brand New Ltd');
    await field(page, phone).fill('+64 9 555 0102');
    await press(page, `Add ${one}`);
    await shows(page.locator('.panel h2'), 'Brand New Ltd');
    await shows(page.locator('.list h1'), String(all.total + 1));
    await page.getByRole('searchbox').fill('Brand New');
    await rowWith(page, 'Brand New Ltd').waitFor();
    const [made] = await desk.list(`${side}/companies?search=Brand New Ltd`);
    expect(made).toMatchObject({ [nameField]: 'Brand New Ltd', PhoneNumber: '+64 9 555 0102' });
  });

  it('have contacts: one is added under its company, edited and deleted', async () => {
    const [company] = await desk.list(`${side}/companies?limit=1&offset=5`);
    const [first, last, mail] =
      side === 'crm' ? ['First name', 'Last name', 'E-mail'] : ['First name', 'Last name', 'E-mail address'];
    const page = await desk.open(`/pages/${side}?tenant=${TENANT}&${side}=companies/${company!.Id}`);
    await press(page, 'Add a contact');
    await field(page, first).fill('Nora');
    await field(page, last).fill(`New ${side}`);
    await press(page, 'Add contact');
    await shows(page.locator('.panel h2'), `Nora New ${side}`);
    await field(page, mail).fill('nora@new.example');
    await press(page, 'Save');
    await shows(say(page), 'Saved.');
    const [made] = await desk.list(`${side}/contacts?search=nora@new.example`);
    expect(String(made![side === 'crm' ? 'DivisionId' : 'CustomerGuid'])).toBe(company!.Id);
    await press(page, 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    if (side === 'crm') {
      await shows(page.locator('.panel header'), 'Deleted');
      await press(page, 'Restore');
      await expect.poll(async () => (await desk.list('crm/contacts?search=nora@new.example'))[0]?.StatusFlag).toBe('A');
    } else {
      await expect.poll(() => panel(page).count()).toBe(0);
      expect(await desk.list('unleashed/contacts?search=nora@new.example')).toEqual([]);
    }
  });

  it('a name that looks like markup is shown as the text it is', async () => {
    const evil = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
    const [row] = await desk.list(`${side}/companies?limit=1&offset=9`);
    await desk.control('PATCH', `tenants/${TENANT}/${side}/companies/${row!.Id}`, { [nameField]: evil });
    const page = await desk.open(`/pages/${side}?tenant=${TENANT}&${side}=companies/${row!.Id}`);
    await shows(page.locator('.panel h2'), evil);
    await page.getByRole('searchbox').fill('onerror');
    await shows(rowWith(page, 'onerror'), evil);
    await holds(field(page, `${name} *`), evil);
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
  });
});

it('a refusal of the system is shown beside its field, and what was typed stays', async () => {
  desk.expectComplaint(/400/);
  const [row] = await desk.list('unleashed/companies?limit=1&offset=2');
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}&unleashed=companies/${row!.Id}`);
  await field(page, 'Website').fill('not a website at all');
  await press(page, 'Save');
  await shows(say(page), 'Not saved: Website is not a valid URL.');
  await shows(page.locator('field-row', { hasText: 'Website' }), 'Website is not a valid URL.');
  expect(await field(page, 'Website').getAttribute('aria-invalid')).toBe('true');
  await holds(field(page, 'Website'), 'not a website at all');
  await field(page, 'Website').fill('https://better.example');
  await press(page, 'Save');
  await shows(say(page), 'Saved.');
});

it('the addresses of an Unleashed customer are edited as a list', async () => {
  const [row] = (await desk.list('unleashed/companies')).filter(
    ({ Addresses }) => (Addresses as unknown[]).length === 1,
  );
  const page = await desk.open(`/pages/unleashed?tenant=${TENANT}&unleashed=companies/${row!.Id}`);
  await press(page, 'Add an address');
  const added = page.getByRole('region', { name: 'Address 2' });
  await added.getByLabel('Street', { exact: true }).fill('5 New Lane');
  await added.getByRole('button', { name: 'Make default' }).click();
  await press(page, 'Save');
  await shows(say(page), 'Saved.');
  const [after] = await desk.list(`unleashed/companies?search=${row!.CustomerCode}`);
  const addresses = after!.Addresses as Record<string, unknown>[];
  expect(addresses.map(({ StreetAddress, IsDefault }) => [StreetAddress, IsDefault])).toEqual([
    [(row!.Addresses as Record<string, unknown>[])[0]!.StreetAddress, false],
    ['5 New Lane', true],
  ]);
});

it('the main address of a CRM company is edited with it, and shows among the addresses', async () => {
  const [row] = await desk.list('crm/companies?limit=1&offset=11');
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=companies/${row!.Id}`);
  await field(page, 'Address line 1').fill('77 Changed Street');
  await press(page, 'Save');
  await shows(say(page), 'Saved.');
  await page.getByRole('link', { name: 'Addresses' }).click();
  await page.getByRole('searchbox').fill('77 Changed');
  await rowWith(page, '77 Changed Street').click();
  await field(page, 'Postcode').fill('9999');
  await press(page, 'Save');
  await shows(say(page), 'Saved.');
  expect((await desk.list('crm/companies?search=77 Changed'))[0]).toMatchObject({ Address: { Postcode: '9999' } });
});

it('users and sales people are added, edited and made obsolete', async () => {
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=users`);
  await press(page, 'New user');
  await field(page, 'Code (3 letters) *').fill('QQQ');
  await field(page, 'Name *').fill('Quirin Quick');
  await press(page, 'Add user');
  await shows(page.locator('.panel h2'), 'Quirin Quick');
  await press(page, 'Make obsolete');
  await shows(page.locator('.panel header'), 'Obsolete');
  await page.goto(`${desk.running().url}/pages/unleashed?tenant=${TENANT}&unleashed=salespersons`);
  await press(page, 'New sales person');
  await field(page, 'Full name *').fill('Sally Seller');
  await field(page, 'E-mail *').fill('sally@sells.example');
  await press(page, 'Add sales person');
  await shows(page.locator('.panel h2'), 'Sally Seller');
  await press(page, 'Make obsolete');
  await shows(page.locator('.panel header'), 'Obsolete');
  await shows(rowWith(page, 'Sally Seller'), 'Obsolete');
  expect(await desk.list('unleashed/salespersons?search=Sally')).toMatchObject([{ Obsolete: true }]);
});

it('a contact without a company is given one by typing a part of its name', async () => {
  const [company] = await desk.list('crm/companies?limit=1&offset=13');
  const page = await desk.open(`/pages/crm?tenant=${TENANT}&crm=contacts`);
  await press(page, 'New contact');
  const picker = page.getByRole('combobox', { name: 'Company' });
  await picker.fill(String(company!.Name));
  await page.getByRole('listbox').getByRole('option').first().waitFor();
  await picker.press('Enter');
  await field(page, 'Last name').fill('Picked');
  await press(page, 'Add contact');
  await shows(page.locator('.panel h2'), 'Picked');
  expect(await desk.list('crm/contacts?search=Picked')).toMatchObject([{ DivisionName: company!.Name }]);
  await page
    .locator('.panel header')
    .getByRole('link', { name: String(company!.Name) })
    .click();
  await shows(page.locator('.panel h2'), String(company!.Name));
  await shows(page.locator('child-list'), 'Picked');
});
