/** The console's page of tenants: adding one with its credentials tried, pausing, removing with what it means; and nothing for a viewer. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import type { ConfigurationView } from '../../services/control-api/tenants/bodies.ts';
import { type Browsing, heading, isOff, LOOKER, showsText } from './browsing.ts';
import type { Rows } from './rows/kit.ts';

const NEW = 'walked-in';
const SECRET = 'a-key-that-nobody-may-see-again';

/** Adds the test. */
export function walkTenants(rows: Rows, { open }: Browsing): void {
  const row = (page: Page, id: string) => page.locator(`[data-tenant="${id}"]`);
  it('adds a tenant whose credentials are tried, pauses one, removes one with what it means; a viewer may not', async () => {
    const looking = await open('tenants', {}, LOOKER);
    await row(looking, rows.tenant).waitFor();
    for (const name of ['Add a tenant', /^Pause/]) {
      await isOff(looking.getByRole('button', { name }).first());
    }

    const page = await open('tenants');
    await heading(page, 'Tenants');
    await page.getByRole('button', { name: 'Add a tenant' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Id').fill(NEW);
    await dialog.getByLabel('Name').fill('Walked In Ltd');
    await dialog.getByLabel('Time zone').fill('Europe/London');
    await dialog.getByRole('button', { name: 'Next' }).click();
    const { prospect, unleashed } = (await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/configuration`))
      .body as ConfigurationView;
    await dialog.getByLabel('CRM: base URL').fill(prospect.baseUrl);
    await dialog.getByRole('textbox', { name: 'CRM: access token' }).fill(SECRET);
    await dialog.getByLabel('Unleashed: base URL').fill(unleashed.baseUrl);
    await dialog.getByLabel('Unleashed: API id').fill('an-id-of-nobody');
    await dialog.getByRole('textbox', { name: 'Unleashed: API key' }).fill(SECRET);
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Try the credentials' }).click();
    await showsText(dialog.getByLabel('What was found'), /crm: .*refused/i);
    const add = dialog.getByRole('button', { name: 'Add', exact: true });
    expect(await add.isDisabled()).toBe(true);
    await dialog.getByLabel(/Store it all the same/).check();
    await add.click();
    await dialog.getByText('Its credentials are encrypted and are never shown again.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await showsText(row(page, NEW), /Walked In Ltd/);
    expect(await page.content()).not.toContain(SECRET);

    await row(page, rows.tenant)
      .getByRole('button', { name: /^Pause/ })
      .click();
    await showsText(dialog, /they flow when you resume, however late/);
    await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
    await showsText(row(page, rows.tenant), /Paused/);
    await row(page, rows.tenant)
      .getByRole('button', { name: /^Resume/ })
      .click();
    await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
    await showsText(row(page, rows.tenant), /Syncing/);

    await row(page, NEW)
      .getByRole('button', { name: /^Remove/ })
      .click();
    await showsText(dialog.getByLabel('What it means'), /Nothing is deleted in the CRM or in Unleashed/);
    const remove = dialog.getByRole('button', { name: 'Remove', exact: true });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel(`Type ${NEW} to confirm`).fill(NEW);
    await remove.click();
    await showsText(row(page, NEW), /Removed/);
    expect(await seriousFindings(page)).toEqual([]);
  }, 120_000);
}
