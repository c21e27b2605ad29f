/** A browser of a test file, and pages whose complaints fail the test. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser.ts';

/** How the pages of a file are. */
export interface PagesOptions {
  /** Size of a window, pixels, unless a test asks for another. */
  readonly viewport: { readonly width: number; readonly height: number };
  /** Longest wait for something to show, milliseconds. */
  readonly patienceMs: number;
  /** What of the browser's console counts as a complaint; an error that nobody caught always does. */
  readonly complaints: readonly ('error' | 'warning')[];
}

/** A browser of a test file. */
export interface Pages {
  /** An empty page in a context of its own. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** Opens an address in a context of its own; `prepare` is called with the page before. */
  open(url: string, options?: BrowserContextOptions, prepare?: (page: Page) => void): Promise<Page>;
  /** Until the end of the test a complaint like this is no failure. */
  expectComplaint(pattern: RegExp): void;
}

/** Starts a browser for the tests of a file; every test ends with a look at what the browser complained of. */
export function usePages({ viewport, patienceMs, complaints: levels }: PagesOptions): Pages {
  let browser: Browser;
  let complaints: string[] = [];
  let expected: RegExp[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 120_000);
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const unexpected = complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    complaints = [];
    expected = [];
    expect(unexpected).toEqual([]);
  });
  afterAll(() => browser?.close());
  const pages: Pages = {
    async newPage(options = {}) {
      const context = await browser.newContext({ viewport: { ...viewport }, ...options });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (levels.some((level) => level === message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      return page;
    },
    async open(url, options, prepare = () => {}) {
      const page = await pages.newPage(options);
      prepare(page);
      await page.goto(url);
      return page;
    },
    expectComplaint: (pattern) => void expected.push(pattern),
  };
  return pages;
}
