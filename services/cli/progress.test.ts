import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { createProgress } from './progress.ts';

/** A stream that remembers; as a terminal, with the calls that move the cursor written as words. */
function memory(isTTY: boolean, columns = 40): { out: NodeJS.WriteStream; text: () => string } {
  const written: string[] = [];
  const stream = new PassThrough().on('data', (chunk: Buffer) => void written.push(String(chunk)));
  const out = Object.assign(stream, {
    ...{ isTTY, columns, rows: 10 },
    cursorTo: (x: number) => stream.write(`<to ${x}>`),
    moveCursor: (x: number, y: number) => stream.write(`<by ${x} ${y}>`),
    clearLine: () => stream.write('<clear>'),
  });
  return { out: out as unknown as NodeJS.WriteStream, text: () => stripVTControlCharacters(written.join('')) };
}

afterEach(() => void vi.useRealTimers());

test.each([
  ['in a file', memory(false)],
  ['on a terminal without width', memory(true, 0)],
])('%s each event is a line, without anything that moves', (_where, { out, text }) => {
  const progress = createProgress(out);
  progress.show({ phase: 'working', message: 'Starting kafka' });
  progress.show({ phase: 'done', message: 'kafka answers', tookMs: 2345 });
  progress.show({ phase: 'reused', message: 'redis answers' });
  progress.end();
  expect(text()).toBe('… Starting kafka\n✓ kafka answers (2.3 s)\n✓ redis answers (was running)\n');
});

test('on a terminal what is under way is one line that turns, and what is done stays', () => {
  vi.useFakeTimers();
  const { out, text } = memory(true);
  const progress = createProgress(out);
  progress.show({ phase: 'working', message: 'Starting kafka' });
  vi.advanceTimersByTime(500);
  progress.show({ phase: 'working', message: 'Starting redis' });
  vi.advanceTimersByTime(500);
  const moving = text();
  expect(moving.match(/Starting kafka/g)?.length).toBeGreaterThan(1);
  expect(moving.match(/Starting redis/g)?.length).toBeGreaterThan(1);
  expect(moving).not.toContain('\n');
  progress.show({ phase: 'done', message: 'redis answers', tookMs: 2345 });
  expect(text().slice(moving.length)).toBe('<to 0><clear>✓ redis answers (2.3 s)\n');
});

test('at the end nothing of the moment is left, nothing turns on, and the terminal is as it was', () => {
  vi.useFakeTimers();
  const { out, text } = memory(true);
  const before = out.write;
  const progress = createProgress(out);
  progress.show({ phase: 'working', message: 'Stopping everything' });
  progress.end();
  const ended = text();
  expect(ended).toMatch(/Stopping everything<to 0><clear>$/);
  vi.advanceTimersByTime(1_000);
  progress.end();
  expect(text().slice(ended.length)).toMatch(/^(<to 0>)?$/);
  expect(vi.getTimerCount()).toBe(0);
  expect(out.write).toBe(before);
});

test('a program that asks for JSON is shown nothing, on a terminal or not', () => {
  for (const isTTY of [true, false]) {
    const { out, text } = memory(isTTY);
    const progress = createProgress(out, { json: true });
    progress.show({ phase: 'working', message: 'Starting kafka' });
    progress.show({ phase: 'done', message: 'kafka answers' });
    progress.end();
    expect(text()).toBe('');
  }
});
