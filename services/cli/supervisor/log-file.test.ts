import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { logTail, plainLine } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-file-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('logTail', () => {
  it('gives the last lines in words', () => {
    const file = join(folder, 'a.log');
    const lines = Array.from({ length: 500 }, (_, index) => JSON.stringify({ level: 30, msg: `line ${index}` }));
    writeFileSync(file, `${lines.join('\n')}\n`);
    expect(logTail(file).at(0)).toBe('info: line 488');
    expect(logTail(file).at(-1)).toBe('info: line 499');
  });

  it('is empty when there is no log', () => {
    expect(logTail(join(folder, 'none.log'))).toEqual([]);
  });
});

describe('plainLine', () => {
  it.each([
    ['{"level":50,"msg":"failed","err":{"message":"no route"}}', 'error: failed (no route)'],
    ['{"level":"warn","msg":"slow"}', 'warn: slow'],
    ['    at Object.<anonymous> (x.ts:1:1)', '    at Object.<anonymous> (x.ts:1:1)'],
    ['{"level":60', '{"level":60'],
  ])('%s', (line, expected) => {
    expect(plainLine(line)).toBe(expected);
  });

  it('cuts a long line', () => {
    expect(plainLine('x'.repeat(1000))).toHaveLength(301);
  });
});
