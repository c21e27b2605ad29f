/** The launcher: two at once on a machine without a browser share one unpacked copy, and leave nothing running. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { launchBrowser } from '#test/support/browser.ts';
import { until } from '#test/support/until.ts';

const home = mkdtempSync(join(tmpdir(), 'browser-launch-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** Processes that run a program below a folder; only where /proc tells. */
function running(folder: string): string[] {
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return commands.flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes(folder) ? [command] : [];
    } catch {
      return [];
    }
  });
}

it('unpacks once for two at the same time and ends what it started', async () => {
  vi.stubEnv('TWOWAY_HOME', home);
  vi.stubEnv('PATH', '');
  const browsers = await Promise.all([launchBrowser(), launchBrowser()]);
  for (const browser of browsers) {
    const page = await browser.newPage();
    await page.setContent('<h1>Here</h1>');
    expect(await page.locator('h1').textContent()).toBe('Here');
  }
  expect(readdirSync(join(home, 'browser'))).toHaveLength(1);
  expect(running(home).length).toBeGreaterThanOrEqual(2);
  await Promise.all(browsers.map((browser) => browser.close()));
  await until(() => running(home).length === 0);
});
