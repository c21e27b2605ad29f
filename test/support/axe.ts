/** What axe finds on a page. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Serious and critical findings on a page as it is now, each as `rule: the first elements`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  return (await page.evaluate(`${axe.source}; axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(' | ')))`)) as string[];
}
