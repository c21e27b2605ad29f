import { expect, test } from 'vitest';
import { pageInDocs, pages } from './pages.ts';

test.each([...pages().keys()])('docs/%s is what the code says (npm run docs writes it)', (name) => {
  expect(pageInDocs(name)).toBe(pages().get(name));
});

test('every topic and every field has a meaning', () => {
  const rows = (pages().get('topics.md') ?? '').split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(150);
  expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
});
