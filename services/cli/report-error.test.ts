import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { reportError } from './report-error.ts';

function report(error: unknown): { code: number; text: string } {
  const out = new PassThrough();
  const code = reportError(error, out);
  return { code, text: stripVTControlCharacters(String(out.read() ?? '')) };
}

test('an error that explains itself is a sentence, the last words of the program, and what to do', () => {
  const logTail = Array.from({ length: 30 }, (_, n) => `line ${n}`);
  const error = Object.assign(new Error('kafka ended.'), { hint: 'Start it again.', logTail });
  const { code, text } = report(error);
  expect(code).toBe(1);
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toBe('kafka ended.');
  expect(lines.slice(1, -1)).toEqual(logTail.slice(-8).map((line) => `  | ${line}`));
  expect(lines.at(-1)).toBe('Start it again.');
});

test('any other error is a defect and shows where it comes from', () => {
  const { code, text } = report(new TypeError('x is not a function'));
  expect(code).toBe(70);
  expect(text).toContain('report-error.test.ts');
  expect(report('thrown text').text).toContain('thrown text');
});

test('what an error quotes moves nothing at the terminal, and its own lines stay lines', () => {
  const evil = '\u001b]0;owned\u0007\u202e';
  const seen = '\\x1b]0;owned\\x07\\u202e';
  const error = Object.assign(new Error(`first ${evil}\nsecond`), { hint: `do ${evil}`, logTail: [`log ${evil}`] });
  expect(report(error).text).toBe(`first ${seen}\nsecond\n  | log ${seen}\ndo ${seen}\n`);
  expect(report(new TypeError(`x is ${evil}`)).text).toContain(`x is ${seen}\n    at `);
});
