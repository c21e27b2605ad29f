/** The console's form of a tenant's own webhook: refused where it may not lead, stored, taken away. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import type { WebhookReceiver } from '#test/support/webhook-receiver.ts';
import type { ConfigurationView } from '../../services/control-api/tenants/bodies.ts';
import { type Alerts, documentedCheck } from './alerts-kit.ts';
import { type Browsing, confirm, isOff, LOOKER, showsText } from './browsing.ts';
import type { Rows } from './rows/kit.ts';

/** The tenant that is added, and where its notices go. */
export const ADDED = 'added';
export const ADDED_PATH = '/of-the-added';
const FORM_SECRET = 'what-was-typed-into-the-form-0815';

/** Pictures of a page in light and dark, when they are wanted. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
}

/** What the test is about. */
export interface WebhookWalk {
  readonly rows: Rows;
  readonly browsing: Browsing;
  readonly receiver: WebhookReceiver;
  readonly alerts: Alerts;
  /** A tenant of the same systems. */
  readonly other: () => string;
}

/** Adds the test. */
export function walkWebhook({ rows, browsing, receiver, alerts, other }: WebhookWalk): void {
  const { open, expectComplaint } = browsing;
  const { told } = alerts;

  /** A tenant that a person adds, with credentials that nobody takes. */
  async function addTenant(id: string): Promise<void> {
    const { body } = await rows.chain.control('GET', `/v1/tenants/${other()}/configuration`);
    const { prospect, unleashed } = body as ConfigurationView;
    const tenant = {
      ...{ id, name: 'Added Ltd', timeZone: 'UTC' },
      prospect: { baseUrl: prospect.baseUrl, token: 'a-token-of-nobody', webhookSecret: 'a-hook-of-nobody' },
      unleashed: { baseUrl: unleashed.baseUrl, apiId: 'of-nobody', apiKey: 'a-key-of-nobody', monthlyCalls: 100_000 },
    };
    const added = await rows.chain.control('POST', '/v1/tenants', { tenant, despiteProblems: true });
    expect(added).toMatchObject({ status: 200 });
  }

  it('a webhook of a tenant\u2019s own, given in the console: refused where it may not lead, stored, its secret never shown again', async () => {
    await addTenant(ADDED);
    await told(ADDED, 'credentials', 'firing');
    const path = `${rows.chain.system.urlOf('control-api')}/t/${ADDED}/alerts`;
    const looking = await open('alerts', {}, LOOKER);
    await looking.goto(path);
    await isOff(looking.getByLabel('Address of the webhook'));
    await isOff(looking.getByRole('textbox', { name: 'Secret of the webhook' }));

    const page = await open('alerts');
    await showsText(page.getByRole('region', { name: 'Webhook' }), /in the tenants file and is changed there/);
    await page.goto(path);
    const form = page.getByRole('region', { name: 'Webhook' });
    await showsText(form, /go where those of all tenants go/);
    const store = form.getByRole('button', { name: 'Store' });
    const address = form.getByLabel('Address of the webhook');
    await address.fill('http://10.1.2.3/hook');
    expect(await store.isDisabled()).toBe(true);
    const secret = form.getByRole('textbox', { name: 'Secret of the webhook' });
    await secret.fill(FORM_SECRET);
    await store.click();
    await showsText(form.getByRole('alert'), /This address cannot be used: .*10\.1\.2\.3.* is not a public address/);
    // The button fades in again: what counts is how it stays.
    await expect.poll(() => seriousFindings(page), { timeout: 30_000 }).toEqual([]);
    await look(page, 'webhook-refused');
    await address.fill(receiver.urlOf(ADDED_PATH));
    await store.click();
    await showsText(form, /Stored\. The secret is encrypted and is never shown again\./);
    await showsText(form, `go to ${receiver.urlOf(ADDED_PATH)}, signed, and nowhere else`);
    expect(await secret.inputValue()).toBe('');
    expect(await page.content()).not.toContain(FORM_SECRET);
    const { body } = await rows.chain.control('GET', `/v1/tenants/${ADDED}/configuration`);
    expect(JSON.stringify(body)).not.toContain(FORM_SECRET);
    expect(body).toMatchObject({ credentials: expect.arrayContaining(['alerts.webhookSecret']) });
    await look(page, 'webhook-stored');

    // A rule that is switched off has no incident: that is what it hears, signed with what was typed.
    await page.getByLabel('Credentials are refused', { exact: true }).selectOption({ label: 'Never' });
    await confirm(page);
    const { delivery } = await told(ADDED, 'credentials', 'resolved');
    expect(delivery.path).toBe(ADDED_PATH);
    const isOurs = await documentedCheck();
    expect(isOurs(delivery.headers, delivery.body, FORM_SECRET)).toBe(true);
    await form.getByRole('button', { name: 'Take it away' }).click();
    await showsText(form, /Taken away\./);
    await showsText(form, /go where those of all tenants go/);
    expectComplaint(/400/);
  }, 120_000);
}
