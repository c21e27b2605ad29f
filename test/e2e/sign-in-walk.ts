/** Getting into the console: by a link, by a token, and again when the session has ended. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Secret } from '#runtime';
import { createSessionTokens } from '../../services/control-api/authority/session-tokens.ts';
import { type Browsing, heading, LOOKER } from './browsing.ts';
import type { Rows } from './rows/kit.ts';

/** Adds the tests. */
export function walkSignIn(rows: Rows, { open, newPage, expectComplaint }: Browsing): void {
  it('signs in by a link that works once, and says so when it does not any more', async () => {
    const { body } = await rows.chain.control('POST', '/v1/sign-in-links', {});
    const link = rows.chain.system.urlOf('control-api') + (body as { path: string }).path;
    const page = await newPage();
    await page.goto(link);
    await heading(page, 'Overview');
    expect(page.url()).not.toContain('code');
    await page.getByText('admin (admin)').waitFor();
    const second = await newPage();
    await second.goto(link);
    await second.getByText('The sign-in link has been used, or is too old.').waitFor();
    await second.getByLabel('Token').fill('not-a-token-of-anybody-0123456789');
    await second.getByRole('button', { name: 'Sign in' }).click();
    await second.getByText('This token is not known').waitFor();
    expectComplaint(/401/);
  });

  it('an expired session: says so, and goes on where it was', async () => {
    const key = new Secret(readFileSync(rows.chain.system.home.sessionKeyFile, 'utf8').trim());
    const who = { subject: 'vic', role: 'viewer', tenants: null } as const;
    const { token } = await createSessionTokens(key, () => Date.now() - 3_600_000).issue(who);
    const page = await open('records?entity=company', {}, token);
    await page.getByText('Your session has ended').waitFor();
    await page.getByLabel('Token').fill(LOOKER);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Records');
    expect(page.url()).toContain('records?entity=company');
    expectComplaint(/401/);
  });
}
