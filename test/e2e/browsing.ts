/** A browser over a chain: pages of the console for an admin and for a viewer, whose complaints fail the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { type Pages, usePages } from '#test/support/pages.ts';
import type { Rows } from './rows/kit.ts';

/** How long a page may take to show something, milliseconds. */
export const PATIENCE_MS = 30_000;
/** Tokens of people of each role but admin, who has the system's own. */
export const TOKENS = {
  viewer: 'a-token-that-may-only-look-0123456789',
  sales: 'a-token-that-may-edit-records-0123456789',
  operator: 'a-token-that-keeps-it-running-0123456789',
} as const;
/** Token of somebody who may only look. */
export const LOOKER = TOKENS.viewer;

/** A file of those tokens, for control-api; it goes with the tests of the file. Each is called after the role, the viewer Vic. */
export function tokensOfRoles(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'tokens-')), 'tokens.json');
  const people = Object.entries(TOKENS).map(([role, token]) => ({
    subject: role === 'viewer' ? 'vic' : role,
    role,
    token,
  }));
  writeFileSync(file, JSON.stringify(people));
  afterAll(() => rmSync(dirname(file), { recursive: true }));
  return file;
}

/** What tests do in the browser. */
export interface Browsing extends Omit<Pages, 'open'> {
  /** Opens a page of the tenant, signed in with a token: the admin's unless another is given. */
  open(path: string, options?: BrowserContextOptions, token?: string): Promise<Page>;
}

/** Starts a browser for the tests of a file; what it writes down as an error fails the test. */
export function useBrowsing(rows: Rows): Browsing {
  const pages = usePages({ viewport: { width: 1280, height: 900 }, patienceMs: PATIENCE_MS, complaints: ['error'] });
  return {
    ...pages,
    async open(path, options = {}, token = rows.chain.system.token) {
      const page = await pages.newPage(options);
      await page.addInitScript(
        (session) => {
          // Once: who signs out, or is signed out, stays out.
          if (sessionStorage.getItem('signed-in') === null) sessionStorage.setItem('twoway-session', session);
          sessionStorage.setItem('signed-in', 'yes');
        },
        JSON.stringify({ token, expiresAt: null }),
      );
      await page.goto(`${rows.chain.system.urlOf('control-api')}/t/${rows.tenant}/${path}`);
      return page;
    },
  };
}

/** Waits for the heading of a page. */
export const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor();

/** A field on the page of a record. */
export const field = (page: Page, name: string): Locator => page.locator(`[data-field="${name}"]`);

/** Waits until a place shows a text. */
export const showsText = (place: Locator, text: string | RegExp): Promise<void> =>
  expect.poll(() => place.textContent(), { timeout: PATIENCE_MS }).toMatch(text);

/** Waits until a button or field is there and cannot be used: the role is asked for once the page is there. */
export const isOff = (control: Locator): Promise<void> =>
  expect.poll(() => control.isDisabled(), { timeout: PATIENCE_MS }).toBe(true);

/** Confirms what a dialog asks. */
export async function confirm(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.waitFor({ state: 'detached' });
}
