/** What a person decides before two records are the same: whose values stay, who is who, and who may be account manager. */
import { expect, it } from 'vitest';
import { type Browsing, confirm, field, heading, showsText } from './browsing.ts';
import { recordPath } from './looks.ts';
import { joinAnother } from './rows/alignment.ts';
import type { Rows } from './rows/kit.ts';

/** Adds the tests. */
export function walkAlignment(rows: Rows, { open }: Browsing): void {
  it('shows the first alignment with its cost, field by field, and writes what is approved', async () => {
    const page = await open('alignment');
    await page.getByRole('button', { name: 'Hold' }).click();
    await confirm(page);
    await page.getByText('Nothing is written to fields that were never the same').waitFor();
    const pair = rows.freshPair();
    const fields = { Name: 'Never the Same Ltd', PhoneNumber: '+44 11 crm', Website: '' };
    const joined = await joinAnother(rows, pair, fields);
    const record = await open(recordPath('company', `c:${joined.Id}`));
    await showsText(field(record, 'phone'), /not approved yet/);

    await page.getByLabel('Whose value stays: Company: phone').selectOption('unleashed');
    await page.getByLabel('Whose value stays: Company: name').selectOption('crm');
    const row = page.getByRole('row').filter({ hasText: 'Company: name' });
    await showsText(row, /1/);
    await showsText(page.getByLabel('What it means'), /1 would be written in the CRM, 1 in Unleashed/);
    await page.getByRole('button', { name: 'Approve' }).click();
    await showsText(page.getByRole('dialog'), /blanks are filled in any case/);
    await confirm(page);
    const { PhoneNumber } = pair.unleashed;
    await rows.shows('crm', 'companies', joined.Id, { PhoneNumber, Name: 'Never the Same Ltd' });
    await rows.shows('unleashed', 'companies', pair.unleashed.Id, { CustomerName: 'Never the Same Ltd', PhoneNumber });
    await page.getByText('Nothing differs').waitFor();
  }, 120_000);

  it('asks who a contact is that two others look like, and takes the answer', async () => {
    const { crm, unleashed } = rows.freshPair();
    const alike = { DivisionId: Number(crm.Id), Forename: 'Iris', Surname: 'Twice', RoleCode: 'MAIN' };
    const first = await rows.sandbox.create(rows.tenant, 'crm', 'contacts', alike);
    const second = await rows.sandbox.create(rows.tenant, 'crm', 'contacts', alike);
    for (const { Id } of [first, second]) await rows.record('contact', `c:${Id}`, 'known', () => true);
    const fields = { CustomerGuid: unleashed.Id, FirstName: 'Iris', LastName: 'Twice' };
    const made = await rows.sandbox.create(rows.tenant, 'unleashed', 'contacts', fields);
    await rows.record('contact', `u:${made.Id}`, 'the question', (one) => one.reason === 'match-ambiguous');
    const alignment = await open('alignment');
    await showsText(alignment.getByLabel('Matches', { exact: true }), /companies by the id that the CRM stores/);
    await alignment.getByLabel('Not taking part').getByText('none is it without doubt').waitFor();
    const page = await open(recordPath('contact', `u:${made.Id}`));
    const question = page.getByRole('region', { name: 'Who is it?' });
    await question.getByRole('button', { name: 'None of them: make it in the CRM' }).waitFor();
    expect(await page.getByRole('button', { name: /^Keep that of/ }).count()).toBe(0);
    await question.getByText(`CRM ${second.Id}`).locator('..').getByRole('button', { name: 'This one' }).click();
    await question.waitFor({ state: 'detached' });
    await rows.record('contact', `u:${made.Id}`, 'joined', (one) => one.crmId === second.Id && one.state === 'in-sync');
    await page.getByText(/Taken for the same by first and last name alone/).waitFor();
  }, 120_000);

  it('shows who can be account manager, and what the overnight fix would do', async () => {
    const page = await open('managers');
    await heading(page, 'Account managers');
    const fix = page.getByRole('region', { name: 'Overnight fix' });
    // The option is off, and so nothing is set; who differs is called by name.
    await showsText(
      fix,
      /It sets nothing, because account managers are not synced\. Once they are, it would set \d+ of \d+/,
    );
    expect(await fix.getByRole('button', { name: 'Plan it for now' }).isDisabled()).toBe(true);
    const people = page.getByRole('region', { name: 'Who can be chosen' });
    await people.getByText('The user is not ticked as account manager in the CRM.').first().waitFor();
    await expect.poll(() => people.getByText('Yes', { exact: true }).count()).toBeGreaterThan(0);
  }, 60_000);
}
