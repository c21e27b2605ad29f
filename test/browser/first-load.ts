/**
 * `node test/browser/first-load.ts [ROUNDS]`: how long the console takes to be of use, in the system that runs on this machine
 * (`npm start`), each time in a browser that has nothing of it yet. Milliseconds since the address was entered, the median of the
 * rounds:
 *
 * - first paint: something is to be seen (first contentful paint);
 * - interactive: the page shows its heading, and the browser's main thread is free: the end of the last task of more than 50 ms
 *   that began before a second of quiet, as "time to interactive" is understood.
 */
import type { Browser } from 'playwright-core';
import { localFolders } from '#local-stack';
import { launchBrowser } from '#test/support/browser.ts';
import { askApi, findApi } from '../../services/cli/control-client.ts';
import { readUpState, systemHome } from '../../services/cli/supervisor/home.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const QUIET_MS = 1_000;

/** One look at a page. */
interface Look {
  readonly firstPaint: number;
  readonly interactive: number;
  readonly kilobytes: number;
}

if (readUpState(systemHome(localFolders().home)) === null) throw new Error('Nothing runs: start it with npm start.');
const api = findApi(process.env);
const { tenants } = (await askApi(api, 'GET', '/tenants')) as { tenants: { tenantId: string }[] };
const tenant = tenants[0]?.tenantId ?? '';
const session = JSON.stringify({ token: api.token, expiresAt: null });
const pages = { 'sign-in': '/', overview: `/t/${tenant}/overview`, records: `/t/${tenant}/records` };

/** In the page, from its begin: when its heading came, and tasks that kept the main thread for longer than 50 ms. */
const WATCH = `
  window.seen = { headingAt: null, tasks: [] };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.seen.tasks.push({ startTime, end: startTime + duration });
  }).observe({ type: 'longtask', buffered: true });
  new MutationObserver(() => {
    if (window.seen.headingAt === null && document.querySelector('h1') !== null) window.seen.headingAt = performance.now();
  }).observe(document, { childList: true, subtree: true });
`;
/** In the page, once its heading is there: waits for quiet and says what was seen. */
const MEASURE = `async (quietMs) => {
  const { headingAt, tasks } = window.seen;
  const paintEntry = () => performance.getEntriesByName('first-contentful-paint')[0];
  while (paintEntry() === undefined) await new Promise((done) => setTimeout(done, 20));
  const paint = paintEntry();
  let interactive = Math.max(headingAt, paint.startTime);
  while (performance.now() < interactive + quietMs) {
    await new Promise((done) => setTimeout(done, 50));
    for (const { startTime, end } of tasks) if (startTime < interactive + quietMs) interactive = Math.max(interactive, end);
  }
  const sizes = performance.getEntries().map(({ transferSize }) => transferSize ?? 0);
  return { firstPaint: paint.startTime, interactive, kilobytes: sizes.reduce((sum, size) => sum + size, 0) / 1000 };
}`;

const browser = await launchBrowser();
try {
  process.stdout.write('page      first paint  interactive  transferred\n');
  for (const [name, path] of Object.entries(pages)) {
    const looks: Look[] = [];
    for (let round = 0; round < ROUNDS; round++) looks.push(await look(browser, path, name !== 'sign-in'));
    const [paint, interactive, kilobytes] = (['firstPaint', 'interactive', 'kilobytes'] as const).map((key) =>
      median(looks.map((one) => one[key])),
    );
    process.stdout.write(
      `${name.padEnd(10)}${`${paint} ms`.padStart(11)}${`${interactive} ms`.padStart(13)}${`${kilobytes} kB`.padStart(13)}\n`,
    );
  }
} finally {
  await browser.close();
}

/** Opens a page in a context that has nothing cached. */
async function look(browser: Browser, path: string, isSignedIn: boolean): Promise<Look> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    if (isSignedIn) await page.addInitScript(`sessionStorage.setItem('twoway-session', ${JSON.stringify(session)})`);
    await page.goto(`${api.url}${path}`, { waitUntil: 'commit' });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    return await page.evaluate<Look>(`(${MEASURE})(${QUIET_MS})`);
  } finally {
    await context.close();
  }
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
