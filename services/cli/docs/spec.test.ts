/** docs/spec.md names code and tests: all of them have to exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageInDocs } from './pages.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const page = pageInDocs('spec.md').replaceAll(/\s+/g, ' ');
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const held = [...page.matchAll(/`((?:libs|services)\/[^`#]+)#(\w+)`/g)].map(
  ([, file, name]) => [file!, name!] as const,
);
const shown = [...page.matchAll(/`([^`]+\.test\.ts)` "([^"]+)"/g)].map(([, file, name]) => [file!, name!] as const);

describe('the code that holds it', () => {
  test.each(held)('%s#%s', (file, name) => {
    expect(source(file)).toMatch(new RegExp(`export (?:async )?(?:function|const|class) ${name}\\b`));
  });
});

describe('the test that shows it', () => {
  test.each(shown)('%s: %s', (file, name) => {
    expect(source(file)).toContain(name);
  });
});

test('every invariant names both', () => {
  for (let number = 1; number <= 12; number++) {
    const part = page.split(`**I${number} `)[1]?.split('**I')[0] ?? '';
    expect([number, /Held by `/.test(part), /Shown by `/.test(part)]).toEqual([number, true, true]);
  }
});
