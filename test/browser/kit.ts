/** What the browser tests share: a sandbox with two small tenants, one browser, pages that must not complain. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from '#test/support/browser.ts';
import {
  crmHeaders,
  type Running,
  rawRequest,
  signedHeaders,
  startTestSandbox,
} from '../../services/sandbox/http/test-kit.ts';
import type { SandboxOptions } from '../../services/sandbox/options.ts';

/** Tenant of the tests. */
export const TENANT = 'tenant-001';
/** Longest wait for something to show, ms. */
const patienceMs = 10_000;

export type Row = Record<string, unknown> & { Id: string };

/** Sandbox and browser of a test file. */
export interface Desk {
  /** Opens a page of the sandbox in a context of its own. */
  readonly open: (path: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Calls the control API as a person does. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Records of a collection of the tests' tenant. */
  readonly list: (path: string) => Promise<Row[]>;
  /** Changes a CRM record through its API. */
  readonly patchCrm: (path: string, fields: Record<string, unknown>) => Promise<void>;
  /** Changes an Unleashed customer through its API. */
  readonly postCustomer: (guid: string, fields: Record<string, unknown>) => Promise<void>;
  /** From here to the end of the test a console message like this is no failure. */
  readonly expectComplaint: (pattern: RegExp) => void;
  readonly running: () => Running;
}

/** A browser of a test file. */
interface Pages {
  /** Opens an address in a context of its own; `prepare` is called with the page before. */
  readonly open: (url: string, options?: BrowserContextOptions, prepare?: (page: Page) => void) => Promise<Page>;
  /** From here to the end of the test a console message like this is no failure. */
  readonly expectComplaint: (pattern: RegExp) => void;
}

/** Starts a browser for the tests of a file; every test ends with a look at what the browser complained of. */
export function usePages(): Pages {
  let browser: Browser;
  let complaints: string[] = [];
  let expected: RegExp[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const unexpected = complaints.filter((text) => !expected.some((pattern) => pattern.test(text)));
    complaints = [];
    expected = [];
    expect(unexpected).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    open: async (url, contextOptions = {}, prepare = () => {}) => {
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...contextOptions });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      prepare(page);
      await page.goto(url);
      return page;
    },
    expectComplaint: (pattern) => {
      expected.push(pattern);
    },
  };
}

/** Sets up sandbox and browser for the tests of a file, as `usePages` does. */
export function useDesk(options: Partial<SandboxOptions> = {}): Desk {
  let running: Running;
  beforeAll(async () => {
    running = await startTestSandbox(options);
  });
  afterAll(() => running?.close());
  // After the sandbox, so that it closes before it.
  const pages = usePages();
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${running.url}/control/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const write = async (
    path: string,
    method: string,
    headers: Record<string, string>,
    fields: unknown,
  ): Promise<void> => {
    const answer = await rawRequest(running.url, path, { method, headers, body: JSON.stringify(fields) });
    expect(answer.status, answer.text).toBeLessThan(300);
  };
  return {
    running: () => running,
    open: (path, contextOptions) => pages.open(`${running.url}${path}`, contextOptions),
    control,
    list: async (path) => ((await control('GET', `tenants/${TENANT}/${path}`)) as { items: Row[] }).items,
    patchCrm: (path, fields) => write(`/crm${path}`, 'PATCH', crmHeaders, fields),
    postCustomer: (guid, fields) => write(`/unleashed/Customers/${guid}`, 'POST', signedHeaders(''), fields),
    expectComplaint: pages.expectComplaint,
  };
}

/** Waits until a place on the page shows a text. */
export async function shows(place: Locator, text: string | RegExp): Promise<void> {
  const holds = (shown: string | null) => (typeof text === 'string' ? shown?.includes(text) : text.test(shown ?? ''));
  await expect
    .poll(async () => holds(await place.textContent()) || place.textContent(), { timeout: patienceMs })
    .toBe(true);
}

/** Waits until a field holds a value. */
export async function holds(field: Locator, value: string): Promise<void> {
  await expect.poll(() => field.inputValue(), { timeout: patienceMs }).toBe(value);
}

/** The row of a list that holds a text. */
export function rowWith(page: Page | Locator, text: string): Locator {
  return page.locator('.list tbody tr', { hasText: text });
}
