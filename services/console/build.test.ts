/** How much a browser loads before it shows something: measured on the build itself. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { localFolders } from '#local-stack';
import { builtConsole } from './build.ts';

/** Most that the first load of a document may weigh compressed, bytes. */
const FIRST_LOAD_MAX = { 'index.html': 250_000, 'panel.html': 100_000 };

it('the first load of the console is at most 250 kB compressed, that of the panel 100 kB', async () => {
  const { folder } = await builtConsole(join(localFolders().home, 'console'));
  for (const [document, max] of Object.entries(FIRST_LOAD_MAX)) {
    const html = readFileSync(join(folder, document), 'utf8');
    // Scripts, what they load at once (modulepreload), and styles.
    const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(assets.filter((path) => path.endsWith('.js')).length, document).toBeGreaterThan(0);
    const bytes = [`/${document}`, ...assets].reduce((sum, path) => sum + statSync(join(folder, `${path}.br`)).size, 0);
    expect(bytes, document).toBeLessThan(max);
    expect(bytes, document).toBeGreaterThan(10_000);
  }
}, 180_000);
