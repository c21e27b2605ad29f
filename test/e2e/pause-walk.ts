/** Pausing and resuming on the overview: a kind of record, a side, everything, by those who may, and nothing is written meanwhile. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import type { AuditAnswer } from '../../services/control-api/read-model/answers.ts';
import type { SettingsView } from '../../services/control-api/view-schemas.ts';
import { type Browsing, isOff, LOOKER, PATIENCE_MS, showsText, TOKENS } from './browsing.ts';
import type { Rows } from './rows/kit.ts';

const WHY = 'Stocktaking until noon';

/** Pauses something in the dialog that is opened for it. */
async function pause(page: Page, what: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Pause writing' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause writing' });
  await dialog.getByLabel('What is paused').selectOption({ label: what });
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function resume(page: Page, what: string): Promise<void> {
  await page.getByRole('button', { name: `Resume ${what}` }).click();
  const dialog = page.getByRole('dialog', { name: `Resume ${what}` });
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** A picture of a page, when it is wanted. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Adds the tests. */
export function walkPauses(rows: Rows, { open, expectComplaint }: Browsing): void {
  const notice = (page: Page, title: string) => page.getByRole('alert').filter({ hasText: title });
  const settings = async () =>
    (await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/settings`)).body as SettingsView;
  /** Shown as not written because of this, and written nowhere. */
  const waits = (entity: 'company' | 'contact', id: string, phone: string, why: string) =>
    rows.record(entity, `c:${id}`, `that it waits (${why})`, ({ fields }) =>
      fields.some(({ field, crm, unleashed, reason }) => {
        return field === 'phone' && crm === phone && unleashed !== phone && reason === why;
      }),
    );

  it('pauses contacts and what is written to Unleashed: nothing is written until each is resumed', async () => {
    const pair = await rows.freshPairWithContact();
    const [contact] = await rows.contactsOf(pair);
    const page = await open('overview', {}, TOKENS.operator);
    await pause(page, 'Writing of contacts', WHY);
    await showsText(notice(page, 'Writing of contacts is paused'), `operator paused it: “${WHY}”.`);
    const { lastSeq: since } = await rows.sandbox.changes(Number.MAX_SAFE_INTEGER);
    await rows.edit('crm', 'contacts', contact!.crm.Id, { PhoneNumber: '+44 66 contact' });
    await waits('contact', contact!.crm.Id, '+44 66 contact', 'entity-paused');
    // Companies go on; until their side is paused as well.
    await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 66 goes on' });
    await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 66 goes on' });
    await pause(page, 'Writing to Unleashed', '');
    await showsText(notice(page, 'Writing to Unleashed is paused'), /operator paused it\. That was .*Resume it/);
    await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 66 waits' });
    await waits('company', pair.crm.Id, '+44 66 waits', 'side-paused');
    await picture(page, 'pauses');
    // What is paused is offered no more, nor everything.
    await page.getByRole('button', { name: 'Pause writing' }).click();
    const choices = page.getByLabel('What is paused').getByRole('option');
    expect(await choices.allTextContents()).toEqual(['Writing to the CRM', 'Writing of companies']);
    expect(await seriousFindings(page)).toEqual([]);
    await picture(page, 'pause-dialog');
    await page.getByRole('button', { name: 'Cancel' }).click();
    // On a telephone all of it fits.
    const narrow = await open('overview', { viewport: { width: 375, height: 900 } }, TOKENS.operator);
    await notice(narrow, 'Writing of contacts is paused').waitFor();
    await picture(narrow, 'pauses-narrow');
    await narrow.getByRole('button', { name: 'Pause writing' }).click();
    await narrow.getByRole('dialog').getByLabel('Reason').waitFor();
    await picture(narrow, 'pause-dialog-narrow');
    expect(await narrow.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);

    await resume(page, 'writing to Unleashed');
    await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 66 waits' });
    const { items } = await rows.sandbox.changes(since);
    const written = items.filter(({ by, entity }) => by === 'api' && entity === 'contacts');
    expect(written).toEqual([]);
    await resume(page, 'writing of contacts');
    await rows.shows('unleashed', 'contacts', contact!.unleashed.Id, { PhoneNumber: '+44 66 contact' });
    await notice(page, 'is paused').waitFor({ state: 'detached' });
    expect((await settings()).pauses).toEqual([]);

    const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/audit`);
    const ordered = (body as AuditAnswer).entries
      .filter(({ kind, recordId, by }) => by === 'operator' && recordId === null && /^(pause|resume)$/.test(kind))
      .map(({ kind, entity, side, reason }) => [kind, entity ?? side, reason]);
    expect(ordered).toEqual([
      ['resume', 'contact', null],
      ['resume', 'unleashed', null],
      ['pause', 'unleashed', null],
      ['pause', 'contact', WHY],
    ]);
    const audit = await open('audit');
    await showsText(audit.getByRole('row').filter({ hasText: WHY }), `PauseContacts: ${WHY}`);
  }, 150_000);

  it('pauses everything at once, says when that failed, and lets a viewer see it and change nothing', async () => {
    const page = await open('overview');
    await page.route('**/requests', (route) => route.abort());
    await page.getByRole('button', { name: 'Pause writing' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await dialog.getByRole('alert').waitFor();
    expect((await settings()).pauses).toEqual([]);
    expectComplaint(/ERR_FAILED/);
    await page.unroute('**/requests');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect((await settings()).pausedSides.toSorted()).toEqual(['crm', 'unleashed']);

    const looking = await open('overview', {}, LOOKER);
    await showsText(notice(looking, 'Writing to the CRM is paused'), /admin paused it/);
    await isOff(looking.getByRole('button', { name: 'Resume writing to the CRM' }));
    await isOff(looking.getByRole('button', { name: 'Pause writing' }));
    for (const what of ['writing to the CRM', 'writing to Unleashed']) await resume(page, what);
    await expect.poll(async () => (await settings()).pauses, { timeout: PATIENCE_MS }).toEqual([]);
  }, 90_000);
}
