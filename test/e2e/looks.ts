/** How the console's pages are, whatever stands on them: who may frame them, how large they are, who can read them. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import type { Rows } from './rows/kit.ts';

const PATIENCE_MS = 30_000;

/** Path of a record's page below its tenant. */
export const recordPath = (entity: string, id: string): string => `records/${entity}/${encodeURIComponent(id)}`;

/** Adds the tests; a plan has to be there when they run. */
export function lookRows(rows: Rows, open: (path: string, options: BrowserContextOptions) => Promise<Page>): void {
  it('nobody but the CRM may frame the panel, and nobody at all the console', async () => {
    const base = rows.chain.system.urlOf('control-api');
    const policy = async (path: string) => (await fetch(base + path)).headers.get('content-security-policy');
    const crm = rows.chain.system.urlOf('sandbox');
    expect(await policy(`/embed/contact/${rows.tenant}/1`)).toContain(`frame-ancestors ${crm}`);
    for (const path of ['/', `/t/${rows.tenant}/overview`, '/v1/tenants']) {
      expect(await policy(path)).toContain(`frame-ancestors 'none'`);
    }
  });

  /** Pages that are named by a record of theirs, by the words of the tests. */
  const named: Readonly<Record<string, () => Promise<string>>> = {
    async 'a record'() {
      const [contact] = await rows.sandbox.list(rows.tenant, 'crm', 'contacts');
      return recordPath('contact', `c:${contact!.Id}`);
    },
    async 'a plan'() {
      const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/plans`);
      return `plans/${(body as { plans: { planId: string }[] }).plans[0]!.planId}`;
    },
  };

  it.each([
    ...['overview', 'records', 'conflicts', 'failing', 'plans', 'a plan', 'settings', 'alignment', 'managers', 'audit'],
    ...['drift', 'alerts', 'tenants', 'fleet', 'a record'],
  ])('axe finds nothing serious on %s, light and dark', async (name) => {
    const page = await open((await named[name]?.()) ?? name, { colorScheme: 'light', reducedMotion: 'reduce' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' });
      await expect.poll(() => page.locator('[aria-busy="true"]').count(), { timeout: PATIENCE_MS }).toBe(0);
      expect([colorScheme, ...(await seriousFindings(page))]).toEqual([colorScheme]);
    }
  });

  it('is a page of at most 250 kB compressed', async () => {
    const base = rows.chain.system.urlOf('control-api');
    const html = await (await fetch(`${base}/`)).text();
    const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect(files.length).toBeGreaterThan(1);
    let bytes = 0;
    for (const path of files) {
      const response = await fetch(`${base}${path}`, { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
      expect(response.headers.get('content-encoding')).toBe('br');
      bytes += Number(response.headers.get('content-length'));
    }
    expect(bytes).toBeLessThan(250_000);
    const page = await fetch(`${base}/t/anything/records`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
}
