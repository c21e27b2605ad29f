/** docs/spec.md names code and tests: all of them have to exist, and its states of a task are those of the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type TaskEvent, type TaskState, TRANSITIONS } from '../../../libs/kafka/stream/task-state.ts';
import { pageInDocs } from './pages.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const text = pageInDocs('spec.md');
const page = text.replaceAll(/\s+/g, ' ');
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** Without comments: what only a comment says, no test shows. */
const codeOf = (file: string): string => source(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const held = [...page.matchAll(/`((?:libs|services)\/[^`#]+)#(\w+)`/g)].map(
  ([, file, name]) => [file!, name!] as const,
);
/** A file of tests: by its name, or a part of one under test/. */
const TESTS = '`((?:test/[^`]+|[^`]+\\.test)\\.ts)`';
const shown = [...page.matchAll(new RegExp(`${TESTS} "([^"]+)"`, 'g'))].map(
  ([, file, name]) => [file!, name!] as const,
);

describe('the code that holds it', () => {
  test.each(held)('%s#%s', (file, name) => {
    expect(source(file)).toMatch(new RegExp(`export (?:async )?(?:function|const|class) ${name}\\b`));
  });
});

describe('the test that shows it', () => {
  test.each(shown)('%s: %s', (file, name) => {
    expect(codeOf(file)).toContain(name);
  });

  test('is named with every file', () => {
    const named = new Set(shown.map(([file]) => file));
    const files = [...page.matchAll(new RegExp(TESTS, 'g'))].map(([, file]) => file!);
    expect(files.filter((file) => !named.has(file))).toEqual([]);
  });
});

test('every invariant names both', () => {
  for (let number = 1; number <= 12; number++) {
    const part = page.split(`**I${number} `)[1]?.split('**I')[0] ?? '';
    expect([number, /Held by `/.test(part), /hown by `/.test(part)]).toEqual([number, true, true]);
  }
});

test('the states of a task and what leads from one to another are all of those of the code, and no others', () => {
  const rows = [...text.matchAll(/^\| T\d+ +\| ([\w, ]+?) +\| (\w+) +\| (\w+) +\|/gm)];
  const states = Object.keys(TRANSITIONS) as TaskState[];
  const told = rows.flatMap(([, from, event, to]) =>
    (from === 'any' ? states : from!.split(', ')).map((state) => `${state} ${event} ${to}`),
  );
  const there = states.flatMap((state) =>
    (Object.keys(TRANSITIONS[state]) as TaskEvent[]).flatMap((event) => {
      const to = TRANSITIONS[state][event];
      return to === null ? [] : [`${state} ${event} ${to}`];
    }),
  );
  expect(told.toSorted()).toEqual(there.toSorted());
});
