import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';

/** A stream that only remembers. */
function memory(isTTY: boolean): { out: NodeJS.WriteStream; text: () => string } {
  const written: string[] = [];
  const out = { isTTY, columns: 20, write: (chunk: string) => void written.push(chunk) };
  return { out: out as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

test('in a file each event is a line, without escape codes that move', () => {
  const { out, text } = memory(false);
  const progress = createProgress(out);
  progress.show({ part: 'kafka', phase: 'working', message: 'Starting kafka' });
  progress.show({ part: 'kafka', phase: 'done', message: 'kafka answers', tookMs: 2345 });
  progress.show({ part: 'redis', phase: 'reused', message: 'redis answers' });
  progress.end();
  expect(stripVTControlCharacters(text())).toBe(
    '… Starting kafka\n✓ kafka answers (2.3 s)\n✓ redis answers (was running)\n',
  );
  expect(text()).not.toContain('\r');
});

test('on a terminal what is under way is one line, cut to its width', () => {
  const { out, text } = memory(true);
  const progress = createProgress(out);
  progress.show({ part: 'downloads', phase: 'working', message: 'a message longer than the terminal is wide' });
  progress.end();
  const lines = text().split('\r').map(stripVTControlCharacters);
  expect(text()).not.toContain('\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
});
