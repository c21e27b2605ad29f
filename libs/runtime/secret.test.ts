import { inspect } from 'node:util';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  it('gives its value only when asked for it', () => {
    expect(secret.reveal()).toBe('hunter2');
    const lines: string[] = [];
    pino({}, { write: (line) => void lines.push(line) }).info({ secret, deep: { list: [secret] } });
    const shown = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
      ...lines,
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
  });

  it('compares', () => {
    expect(secret.matches('hunter2')).toBe(true);
    expect(secret.matches('hunter')).toBe(false);
    expect(secret.matches('')).toBe(false);
  });
});
