/** Signing in with an identity provider, in a browser: there and back, who is let in, and what the browser never gets. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { localFolders } from '#local-stack';
import { seriousFindings } from '#test/support/axe.ts';
import { builtConsole } from '../../services/console/build.ts';
import type { OidcSignIn } from '../../services/control-api/authority/oidc-sign-in.ts';
import { startProvider, type TestProvider } from '../../services/control-api/authority/provider.fixture.ts';
import { createTestSignIn, PROVIDER_NAME } from '../../services/control-api/authority/sign-in.fixture.ts';
import { MARK, MINE, RIVAL, SESSION_KEY, useEveryRoute } from '../../services/control-api/every-route.fixture.ts';
import { shows, useWidePages } from './kit.ts';

let provider: TestProvider;
let signIn: OidcSignIn;
const service = useEveryRoute({
  console: async () => (await builtConsole(join(localFolders().home, 'console'))).folder,
  // Made below: only once the service listens is it known where the provider sends people back to.
  provider: {
    ...{ name: PROVIDER_NAME, secure: false },
    begin: () => signIn.begin(),
    finish: (query, sealed) => signIn.finish(query, sealed),
  },
});
const pages = useWidePages();

beforeAll(async () => {
  provider = await startProvider();
  const redirectUri = `${service.http.url}/sign-in/callback`;
  signIn = createTestSignIn({ issuer: provider.issuer, redirectUri, key: SESSION_KEY });
  letIn();
});
afterEach(() => {
  provider.reset();
  letIn();
});
afterAll(() => provider.close());

/** From here on people come with a role and a tenant of ours. */
function letIn(): void {
  provider.manner.claims = { tenants: [MINE] };
}
/** From here on people come without a role. */
function refuse(): void {
  provider.manner.claims = { tenants: [MINE], roles: ['accounting'] };
  pages.expectComplaint(/status of 403/);
}

const PLACE = `/t/${MINE}/records?search=Acme`;
/** The way to the provider. */
const way = (page: Page) => page.getByRole('link', { name: `Sign in with ${PROVIDER_NAME}` });
/** Goes there, and is sent back. */
async function go(page: Page): Promise<void> {
  await way(page).click();
  await page.waitForURL((url) => url.origin === service.http.url && url.pathname !== '/sign-in/start');
}

interface Heard {
  readonly all: () => Promise<string>;
}

/** Notes everything that a page is answered, headers and texts. Streams have no end, and a text is gone with its page. */
function heardBy(page: Page): Heard {
  const heard: Promise<string>[] = [];
  page.on('response', (response) => {
    const read = async (): Promise<string> => {
      const headers = JSON.stringify(await response.allHeaders());
      const isStream = headers.includes('text/event-stream');
      const isRedirect = response.status() >= 300 && response.status() < 400;
      return isStream || isRedirect ? headers : headers + (await response.text().catch(() => ''));
    };
    heard.push(read());
  });
  return { all: async () => (await Promise.all(heard)).join('\n') };
}

describe('who signs in with the provider', () => {
  it('is back at the page that they left, with their role and tenants, and sees nothing of another', async () => {
    let heard: Heard | undefined;
    const page = await pages.open(service.http.url + PLACE, {}, (fresh) => {
      heard = heardBy(fresh);
    });
    await go(page);
    const table = page.locator('main table');
    await shows(table, 'Acme');
    const { pathname, search, hash } = new URL(page.url());
    expect(pathname + search + hash).toBe(PLACE);
    await shows(page.getByRole('banner'), 'ann@example.com (operator)');
    expect(await page.getByLabel('Tenant').getByRole('option').allTextContents()).toEqual(['Acme']);
    const text = await heard!.all();
    expect(text).toContain('Acme');
    expect(text).not.toContain(MARK);
    // One step back is the page that they came from, not the code.
    await page.goBack();
    expect(page.url()).toBe(service.http.url + PLACE);
    pages.expectComplaint(/status of 404/);
    await page.goto(`${service.http.url}/t/${RIVAL}/records`);
    await shows(page.locator('main'), 'There is no such tenant');
    expect(await page.content()).not.toContain(MARK);
  });

  it('has nothing of the provider in the browser', async () => {
    let heard: Heard | undefined;
    let code = '';
    const page = await pages.open(service.http.url + PLACE, {}, (fresh) => {
      heard = heardBy(fresh);
      fresh.on('request', (request) => {
        code = new URL(request.url()).searchParams.get('code') ?? code;
      });
    });
    provider.given.length = 0;
    await go(page);
    await shows(page.locator('main table'), 'Acme');
    // Its code passes through the browser, bound to a verifier that does not. Three tokens and the verifier are left.
    const secrets = provider.given.filter((one) => one !== code);
    expect(code).not.toBe('');
    expect(secrets).toHaveLength(4);
    const kept = await page.evaluate(() =>
      JSON.stringify({ local: { ...localStorage }, session: { ...sessionStorage } }),
    );
    expect(kept).toContain('twoway-session');
    expect(await page.evaluate('document.cookie')).toBe('');
    const cookies = JSON.stringify(await page.context().cookies());
    const text = await heard!.all();
    expect(text).toContain('"token":"');
    for (const place of [kept, cookies, text, await page.content()])
      expect(secrets.filter((one) => place.includes(one))).toEqual([]);
    expect([kept.includes(code), cookies]).toEqual([false, '[]']);
  });

  it('and signs out is asked to sign in, and can', async () => {
    const page = await pages.open(service.http.url + PLACE);
    await go(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await way(page).waitFor();
    await shows(page.locator('main'), 'or enter a token');
    expect(await page.evaluate(() => ({ ...sessionStorage }))).toEqual({});
    await go(page);
    await page.waitForURL(`${service.http.url}/t/${MINE}/overview`);
  });
});

describe('who has no role', () => {
  it('hears so and what to do, and is where they wanted to be once they have one', async () => {
    const page = await pages.open(service.http.url + PLACE);
    refuse();
    await go(page);
    const main = page.locator('main');
    await shows(main.getByRole('heading', { level: 1 }), 'Not signed in');
    await shows(main, 'The identity provider knows you, but you may not use this system.');
    await shows(main, 'Ask whoever runs the identity provider to give you a role');
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual(['twoway-return']);
    letIn();
    await main.getByRole('link', { name: 'To the sign-in page' }).click();
    await go(page);
    await shows(page.locator('main table'), 'Acme');
    expect(page.url()).toBe(service.http.url + PLACE);
  });
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it('the sign-in page and that of a refusal can be read by everybody', async () => {
    const page = await pages.open(service.http.url, { colorScheme });
    await way(page).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    refuse();
    await go(page);
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });
});
