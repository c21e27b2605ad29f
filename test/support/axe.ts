/** What axe finds on a page. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a page may take to come to rest, milliseconds. */
const REST_MS = 10_000;
/** In the page: whether nothing moves or changes its colour any more, but what does so without end. */
const IS_AT_REST = `document.getAnimations().every(({ playState, effect }) =>
  playState !== 'running' || effect?.getComputedTiming().endTime === Infinity)`;

/** Serious and critical findings on a page once it is at rest, each as `rule: the first elements`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await expect.poll(() => page.evaluate(IS_AT_REST), { timeout: REST_MS }).toBe(true);
  return (await page.evaluate(`${axe.source}; axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(' | ')))`)) as string[];
}
