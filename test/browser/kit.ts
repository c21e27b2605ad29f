/** What the browser tests share: a sandbox with two small tenants, one browser, pages that must not complain. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Pages, usePages } from '#test/support/pages.ts';
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
const patienceMs = 30_000;

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

/** A browser of a test file, with windows as wide as both systems side by side need. */
export const useWidePages = (): Pages =>
  usePages({ viewport: { width: 1400, height: 900 }, patienceMs, complaints: ['error', 'warning'] });

/** Sets up sandbox and browser for the tests of a file. */
export function useDesk(options: Partial<SandboxOptions> = {}): Desk {
  let running: Running;
  beforeAll(async () => {
    running = await startTestSandbox(options);
  });
  afterAll(() => running?.close());
  // After the sandbox, so that it closes before it.
  const pages = useWidePages();
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
